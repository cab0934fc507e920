"""Some of the failures that `make failure-matrix` plays all of, and the page that it writes."""

import os
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from tests.failures.place import SERVED
from tests.failures.playing import Came
from tests.failures.run import PAGE, came_of, page, problems, row
from tests.failures.scenes import SCENES

pytestmark = [pytest.mark.e2e, pytest.mark.allow_blocking]

FEW = (
    *("detector lying", "detector blind", "disk full", "disk read-only", "clock jumps 1 h back"),
    *("collector down, policy waits", "audit archive down"),
)
"""Of each kind one that is soon over; the others take a minute together."""
GOOD = Came(
    saw=Counter({SERVED: 3, "503 `audit.full`": 1}),
    records=Counter({"ok": 3}),
    lost=[],
    recovered_s=0.4,
)


@pytest.mark.skipif("CI" in os.environ, reason="a minute; `make failure-matrix` plays them all")
@pytest.mark.parametrize("scene", [s for s in SCENES if s.name in FEW], ids=lambda s: str(s.name))
async def test_nothing_is_lost(scene: object, tmp_path: Path) -> None:
    """Clients are told what they may be told, all is on record, and it recovers."""
    [played] = [each for each in SCENES if each is scene]

    came = await came_of(played, tmp_path)

    assert list(problems(played, came)) == []


def test_the_page_has_a_row_for_every_failure() -> None:
    """The committed page's rows are the scenes, in their order; each says that nothing is lost."""
    text = PAGE.read_text(encoding="utf-8")
    rows = [line.split(" | ") for line in text.splitlines() if line.startswith("| ")][1:]

    assert [cells[0].removeprefix("| ") for cells in rows] == [scene.name for scene in SCENES]
    assert {cells[3] for cells in rows} == {"nothing"}
    assert re.findall(r"^- \*\*(.+?)\*\*: ", text, re.MULTILINE) == [s.name for s in SCENES]
    assert text.split("|---|")[0] == page([]).split("|---|")[0]


def test_what_does_not_hold_is_told() -> None:
    """Something lost, a code that clients may not be told, a failure that changed nothing."""
    scene = next(each for each in SCENES if each.name == "disk full")

    assert list(problems(scene, GOOD)) == []
    assert list(problems(scene, replace(GOOD, lost=["a record"]))) == ["disk full: a record"]
    told = replace(GOOD, saw=Counter({"500 `server.defect`": 1}))
    assert len(list(problems(scene, told))) == 2
    assert "| nothing | by itself, within 1 s |" in row(scene, GOOD)
