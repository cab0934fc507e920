"""What of a log's folder is still to be sent."""

from dataclasses import replace
from pathlib import Path

import pytest

from guardrail_gw.audit.ledger import Limits
from guardrail_gw.audit.note import parse_checkpoints
from guardrail_gw.audit.parcel import MAX_POINTS, PARCEL_BYTES
from guardrail_gw.audit.segments import CHECKPOINTS, SEGMENT, segment_firsts, segment_name
from guardrail_gw.audit.unsent import AheadError, GoneError, Unsent
from tests.support.audit_world import SteadyClock, World, pair, redacted_content
from tests.support.parcels import lived, packed, parcels


@pytest.fixture(scope="module")
def long(keyed: World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log of more checkpoints than one parcel has."""
    return lived(keyed, tmp_path_factory.mktemp("log"), pairs=40)


def sizes(log: Path) -> list[int]:
    """The sizes of all checkpoints of a log."""
    return [
        point.checkpoint.size
        for path in sorted(log.glob(f"*{CHECKPOINTS}"))
        for point in parse_checkpoints(path.read_bytes())[0]
    ]


def test_all_of_a_log_is_sent_once(long: Path) -> None:
    """Every byte of every segment and every checkpoint, in order, in parcels that are bounded."""
    log = long

    found = list(parcels(log))

    joined = b"".join(span.read() for parcel in found for span in parcel.spans)
    stored = b"".join((log / segment_name(first)).read_bytes() for first in segment_firsts(log))
    assert joined == stored
    assert [p.checkpoint.size for parcel in found for p in parcel.points] == sizes(log)
    assert max(len(parcel.points) for parcel in found) == MAX_POINTS
    assert all(parcel.since_us for parcel in found)


def test_it_goes_on_wherever_the_collector_stands(long: Path) -> None:
    """From every size that a checkpoint has, the rest of the log follows."""
    log = long
    whole = b"".join((log / segment_name(first)).read_bytes() for first in segment_firsts(log))

    for size in (0, *sizes(log)[::3], sizes(log)[-1]):
        found = list(parcels(log, size))
        rest = b"".join(span.read() for parcel in found for span in parcel.spans)
        assert whole.endswith(rest)
        assert [p.start for p in found][:1] == ([size] if size < sizes(log)[-1] else [])


def test_a_parcel_is_the_same_until_it_is_sent(long: Path) -> None:
    """What was not acknowledged is offered again, with what came since."""
    unsent = Unsent(long)
    unsent.resume(0)

    first, again = unsent.parcel(), unsent.parcel()
    unsent.sent()
    after = unsent.parcel()

    assert first is not None
    assert first == again
    assert after is not None
    assert after.start == first.last.checkpoint.size


def test_a_growing_log_is_followed(keyed: World, tmp_path: Path) -> None:
    """While a ledger writes, across epochs, nothing is left out and nothing comes twice."""
    here = replace(keyed, home=tmp_path)
    ledger = here.ledger(SteadyClock(), Limits(epoch_records=10, checkpoint_records=3))
    ledger.open()
    unsent, joined = Unsent(here.log), b""
    unsent.resume(0)

    for number in range(40):
        ledger.append([pair(number)])
        while ledger.due_s() <= 0:
            ledger.tend()
        if number % 3 == 0 and (parcel := unsent.parcel()) is not None:
            joined += b"".join(span.read() for span in parcel.spans)
            unsent.sent()
    ledger.close()
    while (parcel := unsent.parcel()) is not None:
        joined += b"".join(span.read() for span in parcel.spans)
        unsent.sent()

    paths = sorted(here.log.glob(f"*{SEGMENT}"))
    assert joined == b"".join(path.read_bytes() for path in paths)
    assert len(paths) > 5


def test_large_records_make_small_parcels(keyed: World, tmp_path: Path) -> None:
    """Behind a few MiB no further checkpoint is added."""
    here = replace(keyed, home=tmp_path)
    ledger = here.ledger(SteadyClock(), Limits(checkpoint_records=2))
    ledger.open()
    large = redacted_content(bytes(PARCEL_BYTES // 3))
    for number in range(8):
        ledger.append([pair(number, large)])
        ledger.tend()
    ledger.close()

    found = list(parcels(here.log))

    assert len(found) > 2
    assert max(parcel.size for parcel in found) < 2 * PARCEL_BYTES


def test_a_torn_end_is_not_sent(keyed: World, tmp_path: Path) -> None:
    """What no checkpoint covers, and half a checkpoint, stay where they are."""
    log = lived(keyed, tmp_path)
    before = [packed(parcel) for parcel in parcels(log)]
    last = segment_name(segment_firsts(log)[-1])
    with (log / last).open("ab") as file:
        file.write(b"\0\0\1")
    with (log / last.replace(SEGMENT, CHECKPOINTS)).open("ab") as file:
        file.write(b"log.exam")

    assert [packed(parcel) for parcel in parcels(log)] == before


def test_a_collector_that_has_more(keyed: World, tmp_path: Path) -> None:
    """A folder with fewer records than the collector is told from one that lacks older ones."""
    log = lived(keyed, tmp_path)
    unsent = Unsent(log)

    with pytest.raises(AheadError):
        unsent.resume(sizes(log)[-1] + 1)
    newest = unsent.newest()
    assert newest is not None
    assert newest.checkpoint.size == sizes(log)[-1]
    for path in (log / segment_name(0), log / segment_name(0).replace(SEGMENT, CHECKPOINTS)):
        path.unlink()
    with pytest.raises(GoneError, match="record 3"):
        unsent.resume(3)
