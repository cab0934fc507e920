"""The audit room: one entry per exchange, with exactly one intent and one outcome.

    async with log.entry(arrival) as entry:
        ...                                            a refusal writes intent and outcome together
        recorded = await entry.commit(placed, policy)  the intent is durable from here on
        ...
        yield entry.closing(pieces)                    the last piece waits for the outcome

Nothing else makes a `Recorded`, and `routing` takes nothing else.
"""

import asyncio
import secrets
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from guardrail_gw.audit import facts
from guardrail_gw.audit.entry import Collector, Entry
from guardrail_gw.audit.keepers import Keepers
from guardrail_gw.audit.keyring import Keyring
from guardrail_gw.audit.ledger import Ledger, Limits
from guardrail_gw.audit.record import Draft, Kind, canonical
from guardrail_gw.audit.space import Space
from guardrail_gw.audit.writer import Bounds, Tally, Writer
from guardrail_gw.core.exchange import Arrival
from guardrail_gw.core.ports import Clock
from guardrail_gw.errors import AuditDown
from guardrail_gw.keys.audit_keys import AuditKeys
from guardrail_gw.policy.source import PolicySet

_DEFAULT_LIMITS = Limits()
_NO_KEEPERS = Keepers()
_DEFAULT_BOUNDS = Bounds()


class AuditLog:
    """One log in one folder, written by this process alone."""

    def __init__(self, writer: Writer, clock: Clock) -> None:
        """Use `open`."""
        self._writer = writer
        self._clock = clock
        self._entries = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self.policy_digest: str | None = None
        """Of the last `policy` record; entries keep it."""
        self.configured: Mapping[str, str | int] = {}
        """What tells the configuration and the keys in force from others."""
        self.keyring: Keyring | None = None
        """Finds keys for content; None: the epoch's own keys seal it."""
        self.collector: Collector | None = None
        """Whose acknowledgement policies may ask for; None: there is none."""

    @classmethod
    def open(
        cls,
        directory: Path,
        keys: AuditKeys,
        clock: Clock,
        *,
        keepers: Keepers = _NO_KEEPERS,
        bounds: Bounds = _DEFAULT_BOUNDS,
    ) -> "AuditLog":
        """Start the writer; does not touch the disk itself and never raises for its sake.

        Until the folder can be written every `commit` raises AuditDown; `ready` tells.
        """
        ledger = Ledger(directory, keys, clock, _DEFAULT_LIMITS, keepers)
        log = cls(Writer(ledger, clock, bounds), clock)
        log._writer.start()
        return log

    @property
    def tally(self) -> Tally:
        """Counts and the present problem, for metrics and probes."""
        return self._writer.tally

    @property
    def space(self) -> Space | None:
        """Room on the log's disk, if anybody looks after it."""
        return self._writer.keepers.space

    @property
    def signed_ago_s(self) -> float | None:
        """Seconds since the last checkpoint; None: there is none yet."""
        return self._writer.signed_ago_s

    @property
    def writable(self) -> bool:
        """Whether new exchanges are recorded now."""
        return self.tally.problem is None and not self._writer.keepers.full

    async def ready(self) -> None:
        """Write a canary record and read it back from the file by its hash.

        Raises:
            AuditDown: it is not there.
        """
        sealed = canonical({"canary": secrets.token_hex(16)})
        draft = Draft(kind=Kind.HEARTBEAT, sealed=sealed)
        stored = await self._writer.settled(self._writer.submit([draft], read_back=True))
        if not stored:
            raise AuditDown("a record was written but could not be read back")

    async def activated(self, policies: PolicySet) -> None:
        """Record that these policies come into force.

        Raises:
            AuditDown: it is not recorded, so they must not.
        """
        draft = facts.policy_activated(policies, self.configured)
        await self._writer.settled(self._writer.submit([draft]))
        self.policy_digest = policies.digest

    async def loaded(self, said: Mapping[str, str | int]) -> None:
        """Record that other keys come into force.

        Args:
            said: digests and numbers that tell them from others.

        Raises:
            AuditDown: it is not recorded, so they must not.
        """
        configured = {**self.configured, **said}
        draft = facts.keys_loaded(self.policy_digest, configured)
        await self._writer.settled(self._writer.submit([draft]))
        self.configured = configured

    def entry(self, arrival: Arrival) -> Entry:
        """Open the entry of one exchange; use it as an async context manager."""
        return Entry(self, self._writer, self._clock, arrival)

    async def close(self, *, patience_s: float = 5.0) -> None:
        """Wait for open entries, then write the shutdown record and the last checkpoint.

        Args:
            patience_s: how long; entries still open after it are listed by `verify`.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(patience_s):
                await self._idle.wait()
        await self._writer.close()

    def entered(self) -> None:
        """An entry was opened."""
        self._entries += 1
        self._idle.clear()

    def left(self) -> None:
        """An entry needs nothing more from the log."""
        self._entries -= 1
        if not self._entries:
            self._idle.set()
