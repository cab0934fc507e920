"""What speaks one dialect."""

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from guardrail_gw.standin.asked import Asked
from guardrail_gw.standin.behaviour import Behaviour


class Voice(Protocol):
    """A module, or an object, that speaks one dialect."""

    @property
    def ANSWER_ID(self) -> str:  # noqa: N802 - a constant of the module
        """What the ids of its answers begin with."""
        ...

    def asked(self, body: Mapping[str, Any], raw: bytes) -> Asked:
        """Read a request."""
        ...

    def whole(self, ask: Asked, how: Behaviour, answer_id: str) -> dict[str, Any]:
        """An answer."""
        ...

    def events(self, ask: Asked, how: Behaviour, answer_id: str) -> Iterator[tuple[bool, bytes]]:
        """The events of a stream, without its end mark."""
        ...

    def done(self, ask: Asked, how: Behaviour, answer_id: str) -> bytes:
        """The end mark of a stream."""
        ...

    def event(self, data: Mapping[str, Any]) -> bytes:
        """One event."""
        ...

    def error(self, status: int) -> dict[str, Any]:
        """An error object."""
        ...
