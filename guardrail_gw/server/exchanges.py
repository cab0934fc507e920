"""The chain, as the server sees it."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from guardrail_gw.chain import Answer
from guardrail_gw.core.exchange import Arrival, Inbound


class Exchanges(Protocol):
    """Takes requests through the safeguards."""

    def exchange(
        self, arrival: Arrival, admit: Callable[[], Awaitable[Inbound]]
    ) -> AbstractAsyncContextManager[Answer]:
        """Take one request through the chain."""
        ...
