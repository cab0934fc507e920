"""Logs as parcels: written by a real ledger, and read as a shipper reads them."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

from guardrail_gw.audit.frame import Frame, frames
from guardrail_gw.audit.ledger import Limits
from guardrail_gw.audit.parcel import Parcel
from guardrail_gw.audit.segments import Span
from guardrail_gw.audit.unsent import Unsent
from tests.support.audit_world import SteadyClock, World, pair


def lived(made: World, home: Path, *, pairs: int = 12, runs: int = 2) -> Path:
    """A log of several epochs and runs, with a checkpoint behind every few records."""
    here = replace(made, home=home)
    for _ in range(runs):
        ledger = here.ledger(SteadyClock(), Limits(epoch_records=10, checkpoint_records=4))
        ledger.open()
        for number in range(pairs):
            ledger.append([pair(number)])
            while ledger.due_s() <= 0:
                ledger.tend()
        ledger.close()
    return here.log


def parcels(log: Path, size: int = 0) -> Iterator[Parcel]:
    """What is to be sent of a log, from a size on."""
    unsent = Unsent(log)
    unsent.resume(size)
    while (parcel := unsent.parcel()) is not None:
        yield parcel
        unsent.sent()


def singly(log: Path) -> list[Parcel]:
    """The same, with one checkpoint in each."""
    return [each for parcel in parcels(log) for each in _split(parcel)]


def _split(parcel: Parcel) -> Iterator[Parcel]:
    """Cut where its checkpoints are."""
    places = [
        Span(path=span.path, start=span.start + frame.at, end=span.start + frame.end)
        for span in parcel.spans
        for frame in frames(span.read())
    ]
    start = parcel.start
    for point in parcel.points:
        end = point.checkpoint.size
        spans = places[start - parcel.start : end - parcel.start]
        yield replace(parcel, start=start, points=(point,), spans=tuple(spans))
        start = end


def frames_of(parcel: Parcel) -> list[Frame]:
    """Its records."""
    return [frame for span in parcel.spans for frame in frames(span.read())]


def packed(parcel: Parcel) -> bytes:
    """As it travels."""
    return parcel.head() + b"".join(span.read() for span in parcel.spans)


async def pieces(data: bytes, size: int = 1000) -> AsyncIterator[bytes]:
    """Bytes, cut."""
    for at in range(0, len(data), size):
        yield data[at : at + size]
