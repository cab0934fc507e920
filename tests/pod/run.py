"""A pod as processes in a network namespace, and what happens to it under load.

    python -m tests.pod.run [--seed N] [--only NAME]

Needs root and iproute2. Exit 0: every promise held, and nothing is left of any process.
"""

import argparse
import asyncio
import tempfile
import time
from pathlib import Path
from random import Random

import pytest

from tests.pod.playing import Came, Size
from tests.pod.scenes import SCENES
from tests.pod.spaces import Spaces, spaces


async def played(name: str, size: Size, seed: int, where: Spaces) -> Came:
    """Play one scene in a folder of its own; what is left of processes is a problem, too."""
    with tempfile.TemporaryDirectory(prefix="pod-") as folder:
        came = await SCENES[name](Path(folder), where, size, Random(seed))
    if left := where.pids():
        came.problems.append(f"{len(left)} processes are left in the pod")
    return came


def main() -> int:
    """Play, print, judge."""
    options = _options()
    try:
        with spaces() as where:
            bad = _all(where, options.only, options.seed)
    except pytest.skip.Exception as why:
        print(f"not played: {why}")
        return 0
    print("everything held" if not bad else f"{len(bad)} problems")
    return bool(bad)


def _all(where: Spaces, only: str, seed: int) -> list[str]:
    bad = list[str]()
    print(f"{'scene':26}{'requests':>9}{'seconds':>9}  what happened")
    for name in SCENES:
        if only not in name:
            continue
        begun_s = time.monotonic()
        came = asyncio.run(played(name, Size(), seed, where))
        took_s = time.monotonic() - begun_s
        held = came.said if not came.problems else "; ".join(came.problems)
        print(f"{name:26}{came.requests:9,}{took_s:9.1f}  {held}", flush=True)
        bad += came.problems
    return bad


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.pod.run", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="")
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
