"""How many records a second `audit verify` reads, and what the time goes to.

    python -m tests.bench.audit_verify [RECORDS]

Writes a log of exchanges whose sealed parts come to 2 kB a record, as a gateway under load would,
then verifies it: the whole, and each stage of the work alone over the same bytes. Times are
processor time of this one process.
"""

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from hashlib import sha256
from operator import itemgetter
from pathlib import Path
from zlib import crc32

from guardrail_gw.audit.frame import Frame, frames
from guardrail_gw.audit.ledger import Limits
from guardrail_gw.audit.record import Content, Draft, Kind, Level, canonical, parse
from guardrail_gw.audit.report import Report
from guardrail_gw.audit.review import verify_directory
from guardrail_gw.audit.stride import Stride
from guardrail_gw.audit.tree import CompactRange, leaf_hash
from guardrail_gw.audit.verify import Verdict
from tests.support.audit_world import DIGEST, SteadyClock, World, world

_GOAL = 50_000
_ROUNDS = 5
_GROUP = 64
_META = canonical({"request": "r" * 36, "said": "m" * 700})
_SAID = Content(level=Level.REDACTED, data=b"c" * 2400)


def main(records: int) -> int:
    """Write, verify, measure, print; ends with 1 if the goal is missed."""
    with tempfile.TemporaryDirectory() as folder:
        made = world(Path(folder))
        _write(made, records)
        size = sum(path.stat().st_size for path in made.log.iterdir())
        report, took = _verified(made)
        rate = report.records / took
        print(f"{report.records} records, {size / 1e6:.0f} MB, {report.epochs} epochs")
        print(f"verify        {took:6.2f} s  {rate:9,.0f} records/s   goal {_GOAL:,}")
        for name, seconds in _stages(made):
            print(f"  {name:12}{seconds:6.2f} s  {seconds / report.records * 1e6:5.2f} us a record")
    return 0 if rate >= _GOAL else 1


def _write(made: World, records: int) -> None:
    clock = SteadyClock()
    ledger = made.ledger(clock, Limits())
    ledger.open()
    intent = Draft(
        kind=Kind.INTENT, clear={"dec": "allowed", "pol": DIGEST}, sealed=_META, content=_SAID
    )
    outcome = Draft(kind=Kind.OUTCOME, clear={"end": "ok"}, sealed=_META)
    for _ in range(records // (2 * _GROUP)):
        ledger.append([[intent, outcome]] * _GROUP)
        clock.pass_s(0.01)
        ledger.tend()
    ledger.close()


def _verified(made: World) -> tuple[Report, float]:
    rounds = sorted((_verified_once(made) for _ in range(_ROUNDS)), key=itemgetter(1))
    return rounds[_ROUNDS // 2]


def _verified_once(made: World) -> tuple[Report, float]:
    begun = time.process_time()
    report = verify_directory(made.log, made.public_folder)
    took = time.process_time() - begun
    assert report.verdict is Verdict.OK, report.findings
    return report, took


def _stages(made: World) -> Iterator[tuple[str, float]]:
    """Each stage over the whole log; what is left of the whole is going from one to the next."""
    paths = sorted(made.log.glob("*.seg"))
    yield "reading", _timed(lambda: [path.read_bytes() for path in paths])
    whole = [path.read_bytes() for path in paths]
    stored = [(data, list(frames(data))) for data in whole]
    yield "checksums", _timed(lambda: [_checksums(*each) for each in stored])
    yield "sections", _timed(lambda: [_sections(found) for _, found in stored])
    yield "leaf forms", _timed(lambda: [_forms(found) for _, found in stored])
    leaves = [frame.leaf for _, found in stored for frame in found]
    yield "leaf hashes", _timed(lambda: [leaf_hash(leaf) for leaf in leaves])
    hashes = [leaf_hash(leaf) for leaf in leaves]
    yield "tree", _timed(lambda: CompactRange().extend(hashes))


def _checksums(data: bytes, found: list[Frame]) -> list[int]:
    view = memoryview(data)
    return [crc32(view[frame.at + 8 : frame.end]) for frame in found]


def _sections(found: list[Frame]) -> list[tuple[bytes, bytes]]:
    return [(sha256(frame.meta).digest(), sha256(frame.content).digest()) for frame in found]


def _forms(found: list[Frame]) -> list[object]:
    fits = Stride(parse(found[0].leaf), {}, 0)._fits  # noqa: SLF001 - a stage is measured alone
    return [fits(frame.leaf) for frame in found]


def _timed(work: Callable[[], object]) -> float:
    begun = time.process_time()
    work()
    return time.process_time() - begun


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000))
