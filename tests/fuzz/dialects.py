"""Requests and answers that nobody means, in every dialect and between all that are translated.

    python -m tests.fuzz.dialects [--examples 100000] [--seed N] [--only EXAMPLE]

Recorded requests and answers are changed in their bytes, structure, types, depth, numbers and
texts. Nothing but our own errors may come of it; what a rule finds in a request is in no body that
leaves; and answers are the same however their bytes are cut, and whole again at the client.

Each example follows from the seed and its number alone: `--only` runs one of them again.
"""

import argparse
import asyncio
import faulthandler
import time
import traceback
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from random import Random, SystemRandom

from rich.console import Console
from rich.progress import track

from tests.fuzz.asked import ask
from tests.fuzz.told import hear, tell

_KINDS: tuple[Callable[[Random], Awaitable[str]], ...] = (ask, ask, hear, hear, tell)
_STUCK_S = 120
"""No single example takes as long; the process then says where it is, and ends."""


@dataclass(slots=True)
class Found:
    """What came of all examples."""

    seed: int
    came: Counter[str] = field(default_factory=Counter)
    faults: dict[str, tuple[int, str]] = field(default_factory=dict)
    """Where something failed -> the first example that did, and how."""
    failed: int = 0
    slowest_s: float = 0.0
    slowest: int = 0


async def example(found: Found, number: int) -> None:
    """Run one, and note what came of it."""
    dice = Random(f"{found.seed}/{number}")  # noqa: S311 - repeatable, and guards nothing
    act = _KINDS[number % len(_KINDS)]
    start = time.process_time()
    try:
        found.came[f"{act.__name__}: {await act(dice)}"] += 1
    except Exception as fault:  # noqa: BLE001 - whatever it is, it is what is looked for
        found.failed += 1
        found.faults.setdefault(_place(fault), (number, traceback.format_exc()))
    taken = time.process_time() - start
    if taken > found.slowest_s:
        found.slowest_s, found.slowest = taken, number


def _place(fault: Exception) -> str:
    frames = traceback.extract_tb(fault.__traceback__)
    return f"{type(fault).__name__} {fault} in {frames[-1].filename}:{frames[-1].lineno}"


async def run(found: Found, numbers: range) -> None:
    """Run many, with a bar that says how far."""
    for number in track(numbers, description="examples"):
        faulthandler.dump_traceback_later(_STUCK_S, exit=True)
        await example(found, number)
    faulthandler.cancel_dump_traceback_later()


def main() -> int:
    """Run, print, judge."""
    options = _options()
    found = Found(options.seed)
    print(f"seed {found.seed}", flush=True)
    start = time.monotonic()
    only = options.only
    asyncio.run(run(found, range(options.examples) if only is None else range(only, only + 1)))
    for came, count in sorted(found.came.items()):
        print(f"{count:>8}  {came}")
    console = Console(highlight=False, soft_wrap=True, markup=False)
    for place, (number, how) in found.faults.items():
        console.print(f"\nexample {number} (--seed {found.seed} --only {number}): {place}\n{how}")
    took = time.monotonic() - start
    print(f"seed {found.seed}: {found.failed} failed, {took:.0f} s, slowest ", end="")
    print(f"{found.slowest_s:.2f} s of processor time (example {found.slowest})")
    return 1 if found.failed else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.dialects", description=__doc__)
    parser.add_argument("--examples", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=SystemRandom().randrange(2**32))
    parser.add_argument("--only", type=int, help="run this example alone")
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
