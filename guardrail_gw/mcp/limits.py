"""Rates of tools (`rates` with a line `tool`), taken before a server is asked."""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final, Protocol

from guardrail_gw.core.allowance import Asked
from guardrail_gw.core.identity import Principal
from guardrail_gw.core.tags import Tags

COUNTED: Final = frozenset({"tools/call", "prompts/get", "resources/read", "completion/complete"})
"""Methods that have a server work; lists and subscriptions do not count."""
_ENDPOINT: Final = "mcp"


class Keeping(Protocol):
    """What keeps rates; `routing.accounts.Accounts` does."""

    async def enter(self, asked: Asked, tokens: int | None) -> Sequence[Any]:
        """Take what rates ask for; raises RateExceeded, StateDown."""
        ...

    async def settle(self, held: Iterable[Any], nano: int, tokens: int) -> None:
        """Give slots back; never fails."""
        ...


class Limiting(Protocol):
    """What the last step asks for while a server works."""

    def within(
        self, principal: Principal, server: str, tool: str, tags: Tags
    ) -> AbstractAsyncContextManager[None]:
        """Hold what rates ask for; raises RateExceeded, StateDown."""
        ...


@dataclass(frozen=True, slots=True)
class ToolRates:
    """Implements `Limiting`."""

    keeping: Keeping

    @asynccontextmanager
    async def within(
        self, principal: Principal, server: str, tool: str, tags: Tags
    ) -> AsyncIterator[None]:
        """Hold what rates ask for.

        Args:
            principal: who asks.
            server: its id, which stands where a virtual model's name does.
            tool: by its own name; empty: none is called.
            tags: of the request.
        """
        asked = Asked(
            principal=principal,
            endpoint=_ENDPOINT,
            model=server,
            tags=tags,
            tool=f"{server}/{tool}" if tool else "",
        )
        held = await self.keeping.enter(asked, None)
        try:
            yield
        finally:
            await self.keeping.settle(held, 0, 0)
