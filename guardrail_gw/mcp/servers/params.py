"""Which arguments of which tools a server wants repeated in headers: learned from its lists."""

from collections.abc import Mapping
from typing import Final

from guardrail_gw.core.ports import Clock
from guardrail_gw.dialects.mcp.headers import Param, params
from guardrail_gw.mcp.ports import Message

_MOST: Final = 10_000
"""Tools."""
_FRESH_S: Final = 30.0
"""A tool that was not there is not looked for again so soon."""


class Params:
    """Of one server."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._known: dict[str, tuple[Param, ...]] = {}
        self._looked_s: float | None = None

    def of(self, tool: str) -> tuple[Param, ...]:
        """The arguments of a tool that are repeated."""
        return self._known.get(tool, ())

    def must_look(self, tool: str) -> bool:
        """Whether the server has to be asked for its tools first."""
        if tool in self._known:
            return False
        looked = self._looked_s
        return looked is None or self._clock.monotonic_s() >= looked + _FRESH_S

    def looked(self) -> None:
        """The server was asked for all of them."""
        self._looked_s = self._clock.monotonic_s()

    def learn(self, message: Message) -> None:
        """Read the tools of one page."""
        result = message.get("result")
        tools = result.get("tools") if isinstance(result, Mapping) else None
        for tool in tools if isinstance(tools, list) else ():
            self._learn(tool)

    def forget(self) -> None:
        """They are others now."""
        self._known.clear()
        self._looked_s = None

    def _learn(self, tool: object) -> None:
        if not isinstance(tool, Mapping):
            return
        name = tool.get("name")
        if isinstance(name, str) and (name in self._known or len(self._known) < _MOST):
            self._known[name] = params(tool.get("inputSchema"))
