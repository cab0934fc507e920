"""Every cut, every bit and every proof of a small log; the suite takes a seeded sample of them.

    python -m tests.exhaustive.audit [--part cuts|bits|restarts|proofs] [--every N]

cuts      each file cut at every byte: never called whole, and both readers agree
bits      each bit of each file flipped, the checksum as it is and mended: tampered; for one bit
          of each byte, both readers agree
restarts  a gateway starts on a log cut at every byte, and on one with a bit of every byte flipped:
          it goes on only with what was there, and `verify` never calls whole what is not
proofs    inclusion and consistency for all trees of up to 70 leaves, and wrong proofs of each

`--every N` takes every N-th of them. Ends with 1 and names the place if one of them is not so.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

from rich.progress import track

from guardrail_gw.audit.verify import LogFiles, verify
from tests.exhaustive.changes import Change, cuts, flips
from tests.exhaustive.logs import Sample, sample
from tests.exhaustive.proofs import wrong_consistency, wrong_inclusion
from tests.exhaustive.restart import wrong_restart
from tests.support.audit_world import judged


def _wrongly_judged(made: Sample, change: Change, *, both: bool = True) -> str | None:
    found = change.applied(made.found)
    log = LogFiles(names=tuple(sorted(found)), read=found.__getitem__)
    report = judged(found, made.public) if both else verify(log, made.public)
    return None if report.verdict in change.allowed else f"{change.place}: {report.verdict.name}"


def _cuts(made: Sample, every: int) -> Iterator[str | None]:
    for change in track([*cuts(made.found)][::every], "cuts"):
        yield _wrongly_judged(made, change)


def _bits(made: Sample, every: int) -> Iterator[str | None]:
    changes = [*flips(made.found, mended=False), *flips(made.found, mended=True)]
    for number, change in enumerate(track(changes[::every], "bits")):
        yield _wrongly_judged(made, change, both=number % 8 == 0)


def _restarts(made: Sample, every: int) -> Iterator[str | None]:
    each_byte = islice(flips(made.found, mended=False), 0, None, 8)
    changes = [*cuts(made.found), *each_byte]
    with tempfile.TemporaryDirectory() as folder:
        for number, change in enumerate(track(changes[::every], "restarts")):
            yield wrong_restart(made, change, Path(folder) / str(number))


def _proofs(_: Sample, every: int) -> Iterator[str | None]:
    for size in track(range(1, 71, every), "proofs"):
        yield from wrong_inclusion(size)
        yield from wrong_consistency(size)


PARTS: dict[str, Callable[[Sample, int], Iterator[str | None]]] = {
    "cuts": _cuts,
    "bits": _bits,
    "restarts": _restarts,
    "proofs": _proofs,
}


def main(parts: list[str], every: int) -> int:
    """Go through the parts; gives the exit code."""
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        made = sample(Path(folder))
        for part in parts:
            found = [*PARTS[part](made, every)]
            wrong = [one for one in found if one is not None]
            print(f"{part}: {len(found)} tried, {len(wrong)} wrong", *wrong[:10], sep="\n  ")
            failed += len(wrong)
    return 1 if failed else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.exhaustive.audit")
    parser.add_argument("--part", choices=[*PARTS], action="append")
    parser.add_argument("--every", type=int, default=1)
    options = parser.parse_args()
    sys.exit(main(options.part or [*PARTS], options.every))
