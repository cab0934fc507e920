"""The gateway without its audit room, to measure what the room adds. Never a mode of the product.

python -m tests.bench.unaudited serve --config gateway.yaml
"""

from collections.abc import AsyncGenerator, AsyncIterator, Callable
from typing import Any, Self

from guardrail_gw import app
from guardrail_gw.audit.writer import Tally
from guardrail_gw.cli.main import main
from guardrail_gw.core.exchange import (
    Arrival,
    Inbound,
    Journal,
    Placed,
    Receipt,
    Recorded,
    Redacted,
)
from guardrail_gw.policy.policy import Policy
from guardrail_gw.policy.source import PolicySet


class _Unrecorded:
    """An entry that writes nothing, and lets everything pass at once."""

    def __init__(self) -> None:
        self.journal = Journal()

    def identified(self, inbound: Inbound, policy: Policy) -> None:
        pass

    def shadowed(self, shadowed: object) -> None:
        pass

    def redacted(self, redacted: Redacted) -> None:
        pass

    async def commit(
        self,
        placed: Placed,
        policy: Policy,
        *,
        plan: object,
        cached: object,
        meanwhile: Callable[[], None],
    ) -> Recorded:
        meanwhile()
        receipt = Receipt(origin="none", index=0, leaf_hash="")
        return Recorded(placed=placed, receipt=receipt, journal=self.journal)

    async def closing(
        self, pieces: AsyncIterator[bytes], then: Callable[[], None]
    ) -> AsyncGenerator[bytes]:
        self.journal.status = 200
        async for piece in pieces:
            yield piece
        then()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        pass


class _NoLog:
    """In the place of `AuditLog`."""

    tally = Tally()
    writable = True
    space = None

    @classmethod
    def open(cls, *_: Any, **__: Any) -> Self:
        return cls()

    async def ready(self) -> None:
        pass

    async def activated(self, _: PolicySet) -> None:
        pass

    async def close(self) -> None:
        pass

    def entry(self, arrival: Arrival) -> _Unrecorded:
        return _Unrecorded()


if __name__ == "__main__":
    vars(app)["AuditLog"] = _NoLog
    main()
