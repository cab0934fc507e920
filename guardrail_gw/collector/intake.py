"""Whether a parcel is acknowledged: verified record by record, stored, and only then cosigned.

A checkpoint that the log's own key has signed and that does not continue what was accepted is a
fork: it is refused, kept as evidence, and an alarm.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from guardrail_gw.audit.continuation import Continuation, ContradictionError, Row, check_signed
from guardrail_gw.audit.cosignature import cosign
from guardrail_gw.audit.note import SignedCheckpoint
from guardrail_gw.audit.parcel import Unpacking
from guardrail_gw.audit.record import RecordError
from guardrail_gw.collector.store import Putting, Store
from guardrail_gw.core.ports import Clock
from guardrail_gw.keys.vkey import Verifier

_INLINE_BYTES = 32 * 1024
_AHEAD_BYTES = 1024 * 1024
log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Cosigner:
    """The key that acknowledges."""

    name: str
    key: Ed25519PrivateKey = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """A log as the collector's list knows it."""

    gateway: str
    """The name in the client's certificate."""
    origin: str
    key: Verifier


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledged:
    """The records below `size` are on the collector's disk."""

    size: int
    cosignature: str
    records: int


class OutOfStepError(RecordError):
    """The parcel does not begin where the collector stands."""

    def __init__(self, size: int) -> None:
        super().__init__("the parcel does not begin where the collector stands")
        self.size = size


class Intake:
    """Takes parcels of all logs."""

    def __init__(self, store: Store, cosigner: Cosigner, clock: Clock) -> None:
        """Nothing is asked yet."""
        self._store = store
        self._cosigner = cosigner
        self._clock = clock

    async def take(self, sender: Sender, start: int, pieces: AsyncIterator[bytes]) -> Acknowledged:
        """Judge a parcel and store it.

        Args:
            sender: whose log it is of.
            start: the index of its first record.
            pieces: its bytes, however they are cut.

        Raises:
            OutOfStepError: it begins elsewhere; nothing is wrong with what was signed.
            ContradictionError: the log was forked; what was signed is kept.
            RecordError: it is not what a gateway writes.
            DatabaseDownError: it could not be stored.
        """
        try:
            unpacking = await _begun(pieces)
            async with self._store.putting(sender.origin, sender.gateway) as putting:
                return await self._put(putting, sender, start, (unpacking, pieces))
        except ContradictionError as found:
            log.error(  # noqa: TRY400 - an alarm; where it was raised says nothing
                "collector.forked", gateway=sender.gateway, origin=sender.origin
            )
            await self._store.keep_fork(found, sender.gateway)
            raise

    async def _put(
        self,
        putting: Putting,
        sender: Sender,
        start: int,
        parcel: tuple[Unpacking, AsyncIterator[bytes]],
    ) -> Acknowledged:
        unpacking, pieces = parcel
        points, standing = unpacking.points or (), putting.stood.standing
        check_signed(sender.origin, sender.key, points)
        if points[0].checkpoint.size <= standing.size or start != standing.size:
            await _compare(putting, points[0])
            raise OutOfStepError(standing.size)
        continuation = Continuation(standing, sender.key, points)
        while True:
            await putting.add(await _judged(unpacking, continuation))
            piece = await anext(pieces, None)
            if piece is None:
                break
            unpacking.feed(piece)
        unpacking.end()
        if not continuation.is_complete:
            raise RecordError("the parcel ends before its last checkpoint")
        last = continuation.accepted[-1].point.checkpoint
        now_s = self._clock.now_us() // 1_000_000
        line = cosign(last, self._cosigner.name, self._cosigner.key, now_s)
        await putting.cover(continuation.accepted, line)
        return Acknowledged(size=last.size, cosignature=line, records=last.size - standing.size)


async def _begun(pieces: AsyncIterator[bytes]) -> Unpacking:
    """The beginning of a parcel, most often all of it: a slow gateway keeps no transaction open."""
    unpacking = Unpacking()
    async for piece in pieces:
        unpacking.feed(piece)
        if unpacking.points is not None and unpacking.held > _AHEAD_BYTES:
            break
    if unpacking.points is None:
        unpacking.end()  # too early
    return unpacking


async def _compare(putting: Putting, point: SignedCheckpoint) -> None:
    """Two roots for one size are a fork."""
    size = point.checkpoint.size
    if size > putting.stood.standing.size:
        return  # nothing to compare it with until its records come
    root = await putting.root_at(size)
    if root != point.checkpoint.root:
        raise ContradictionError(point, root, size, "two roots were signed for one size")


async def _judged(unpacking: Unpacking, continuation: Continuation) -> list[Row]:
    """The whole records that are here; many are judged away from the event loop."""
    if unpacking.held <= _INLINE_BYTES:
        return [continuation.take(frame) for frame in unpacking.frames()]
    return await asyncio.to_thread(
        lambda: [continuation.take(frame) for frame in unpacking.frames()]
    )
