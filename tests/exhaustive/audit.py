"""Every cut, every bit and every proof of small logs; the suite takes a seeded sample of them.

    python -m tests.exhaustive.audit [--log plain|lived|hybrid] [--part cuts|bits|restarts|proofs]
                                     [--every N] [--jobs N] [--keep FOLDER]

cuts      each file cut at every byte: never called whole, and both readers agree
bits      each bit of each file flipped, the checksum as it is and mended: tampered; for one bit
          of each byte, both readers agree
restarts  a gateway starts on a log cut at every byte, and on one with a bit of every byte flipped:
          it goes on only with what was there, and `verify` never calls whole what is not
proofs    inclusion and consistency for all trees of up to 70 leaves, and wrong proofs of each

`--every N` takes every N-th of them. The work is done in shares, on `--jobs` processes; with
`--keep` the logs and what was found in each share stay in a folder, and a run that was ended goes
on where it was. Ends with 1 and names the place if something is not so.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import cache, partial
from itertools import chain, islice
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

from rich.progress import track

from guardrail_gw.audit.verify import LogFiles, verify
from tests.exhaustive.changes import Change, cuts, flips
from tests.exhaustive.logs import SAMPLES, Sample
from tests.exhaustive.proofs import wrong_consistency, wrong_inclusion
from tests.exhaustive.restart import wrong_restart
from tests.support.audit_world import judged

T = TypeVar("T")
SHARES = 8
_AGREED = 8
"""Bits of a byte, of which one is judged by both readers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A part of the work: every `SHARES`-th of its changes, from `number` on."""

    log: str
    part: str
    every: int
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What came of a share."""

    share: Share
    tried: int
    wrong: tuple[str, ...]


def _judged(made: Sample, change: Change, *, both: bool) -> str | None:
    found = change.applied(made.found)
    log = LogFiles(names=tuple(sorted(found)), read=found.__getitem__)
    report = judged(found, made.public) if both else verify(log, made.public)
    return None if report.verdict in change.allowed else f"{change.place}: {report.verdict.name}"


def _cuts(made: Sample, share: Share) -> Iterator[str | None]:
    for _, change in _mine(cuts(made.found), share):
        yield _judged(made, change, both=True)


def _bits(made: Sample, share: Share) -> Iterator[str | None]:
    changes = chain(flips(made.found, mended=False), flips(made.found, mended=True))
    for number, change in _mine(changes, share):
        yield _judged(made, change, both=number // share.every % _AGREED == 0)


def _restarts(made: Sample, share: Share) -> Iterator[str | None]:
    each_byte = islice(flips(made.found, mended=False), 0, None, 8)
    with tempfile.TemporaryDirectory() as folder:
        for number, change in _mine(chain(cuts(made.found), each_byte), share):
            yield wrong_restart(made, change, Path(folder) / str(number))


def _proofs(_: Sample, share: Share) -> Iterator[str | None]:
    for _number, size in _mine(range(1, 71), share):
        yield from wrong_inclusion(size)
        yield from wrong_consistency(size)


PARTS: dict[str, Callable[[Sample, Share], Iterator[str | None]]] = {
    "cuts": _cuts,
    "bits": _bits,
    "restarts": _restarts,
    "proofs": _proofs,
}


def _mine(changes: Iterable[T], share: Share) -> Iterator[tuple[int, T]]:
    """A share's changes with their numbers among all."""
    first, step = share.number * share.every, SHARES * share.every
    return islice(enumerate(changes), first, None, step)


@cache
def _sample(home: Path, log: str) -> Sample:
    (home / log).mkdir(exist_ok=True)
    return SAMPLES[log](home / log)


def _worked(home: Path, share: Share) -> Done:
    found = [*PARTS[share.part](_sample(home, share.log), share)]
    wrong = tuple(one for one in found if one is not None)
    return Done(share=share, tried=len(found), wrong=wrong)


def _journal(path: Path) -> dict[Share, Done]:
    """What earlier runs have finished."""
    lines = path.read_text().splitlines() if path.exists() else []
    read = [json.loads(line) for line in lines]
    done = [Done(**{**o, "share": Share(**o["share"]), "wrong": tuple(o["wrong"])}) for o in read]
    return {each.share: each for each in done}


def work(home: Path, shares: list[Share], jobs: int) -> list[Done]:
    """Go through the shares that the folder's journal lacks; gives what came of all."""
    for log in {share.log for share in shares}:
        _sample(home, log)
    journal = home / "journal"
    done = _journal(journal)
    left = [share for share in shares if share not in done]
    with ProcessPoolExecutor(jobs, mp_context=get_context("fork")) as pool:
        for each in track(pool.map(partial(_worked, home), left), "shares", total=len(left)):
            done[each.share] = each
            with journal.open("a") as file:
                file.write(json.dumps(asdict(each)) + "\n")
    return [done[share] for share in shares]


def main(shares: list[Share], jobs: int, keep: Path | None) -> int:
    """Do the work and tell; gives the exit code."""
    with tempfile.TemporaryDirectory() as folder:
        home = keep or Path(folder)
        home.mkdir(parents=True, exist_ok=True)
        done = work(home, shares, jobs)
    for log, part in dict.fromkeys((s.log, s.part) for s in shares):
        of_part = [d for d in done if (d.share.log, d.share.part) == (log, part)]
        wrong = [place for d in of_part for place in d.wrong]
        tried = sum(d.tried for d in of_part)
        print(f"{log} {part}: {tried} tried, {len(wrong)} wrong", *wrong[:10], sep="\n  ")
    return 1 if any(each.wrong for each in done) else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.exhaustive.audit")
    parser.add_argument("--log", choices=[*SAMPLES], action="append")
    parser.add_argument("--part", choices=[*PARTS], action="append")
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--keep", type=Path)
    options = parser.parse_args()
    asked = [
        Share(log=log, part=part, every=options.every, number=number)
        for log in options.log or [*SAMPLES]
        for part in options.part or [*PARTS]
        if part != "proofs" or log == "plain"  # they are of no log
        for number in range(SHARES)
    ]
    sys.exit(main(asked, options.jobs, options.keep))
