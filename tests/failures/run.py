"""One failure after another, and the page that says what came of each.

    python -m tests.failures.run [--only NAME] [--write docs/failure-matrix.md]

Exit 0: nothing was lost, clients were told what they may be told, and everything recovered.
"""

import argparse
import asyncio
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tests.failures.place import SERVED
from tests.failures.playing import Came
from tests.failures.scenes import SCENES, Scene

PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "failure-matrix.md"
_WITHIN: Final = (1, 2, 5, 10, 30, 60)
HEAD: Final = """\
# What fails, and what comes of it

Made by `make failure-matrix` from a run: a whole gateway with detector processes on loopback, one
thing fails at a time under load, ends, and is waited for. Every request has personal data in it.
*Lost* is looked for when the gateway has stopped: the log has to verify, every intent to have its
outcome, every request that the provider received to be on record, every attempt on record to have
been received, and every answer to be what was asked for. A test holds the rows to the scenes in
`tests/failures`, and plays some of them each time.

| what fails | clients see | on record as | lost | recovered |
|---|---|---|---|---|
"""
TAIL: Final = """
## What each is made of

{how}

## What it does not say

- **A detector that says in good form that nothing is there is believed.** At start a canary finds
  it out, and so does `guardrail-gw doctor` at any time ([cli.md](cli.md#guardrail-gw-doctor)).
- **A flushed state server** forgets what budgets had counted in their window, and what
  conversations at providers need; records and requests are not touched. What was spent is in the
  log: `guardrail-gw cost report`.
- **A disk that takes no more writes at all** may miss the outcomes of the last 5 ms before
  ([ADR 39](adr/0039-an-outcome-shares-the-next-sync.md)); their intents are there, and
  `guardrail_gw_audit_unrecorded` counts them. On a disk that is only full they are written into the
  place of the ballast.
- Where callers are told 503, nothing has left, and asking again is safe ([errors.md](errors.md)).
"""


async def came_of(scene: Scene, folder: Path) -> Came:
    """Play one scene."""
    return await scene.play(folder)


def problems(scene: Scene, came: Came) -> Iterator[str]:
    """What is not as it has to be."""
    for each in came.lost:
        yield f"{scene.name}: {each}"
    for said in came.saw:
        if said != SERVED and said not in scene.refuses:
            yield f"{scene.name}: clients were told {said}"
    if scene.refuses and not scene.refuses & came.saw.keys() and SERVED not in came.saw:
        yield f"{scene.name}: nothing came of it"


def row(scene: Scene, came: Came) -> str:
    """The scene's line of the page."""
    saw = ", ".join(sorted(came.saw, key=lambda said: (said != SERVED, said)))
    records = ", ".join(sorted(came.records)) or "nothing was asked"
    lost = "; ".join(came.lost) or "nothing"
    return f"| {scene.name} | {saw} | {records} | {lost} | {_recovered(came)} |"


def _recovered(came: Came) -> str:
    if came.recovered_s is None:
        return "it does not start"
    within = next((each for each in _WITHIN if came.recovered_s <= each), _WITHIN[-1])
    return f"by itself, within {within} s"


def page(rows: list[str]) -> str:
    """The whole page."""
    how = "\n".join(f"- **{scene.name}**: {scene.how}." for scene in SCENES)
    return HEAD + "\n".join(rows) + "\n" + TAIL.format(how=how)


def main() -> int:
    """Play, print, judge, write."""
    options = _options()
    rows, bad = list[str](), list[str]()
    for scene in SCENES:
        if options.only and options.only not in scene.name:
            continue
        with tempfile.TemporaryDirectory(prefix="failures-") as name:
            came = asyncio.run(came_of(scene, Path(name)))
        rows.append(row(scene, came))
        bad += problems(scene, came)
        print(rows[-1], f"{came.recovered_s or 0:.2f} s {dict(came.saw)} {came.noted}", flush=True)
    print("\n".join(bad) or "everything held")
    if options.write and not options.only and not bad:
        options.write.write_text(page(rows), encoding="utf-8")
    return bool(bad)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.failures.run", description=__doc__)
    parser.add_argument("--only", default="")
    parser.add_argument("--write", type=Path)
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
