"""docs/detection-limits.md stays true: what it says is missed is missed."""

import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from guardrail_gw.core.text import Finding, Segment, SegmentKind
from guardrail_gw.detection.seams import AcrossSegments
from tests.bench.false_positives import default_policy
from tests.support.world import real_engine

PAGE = Path(__file__).resolve().parents[3] / "docs" / "detection-limits.md"
ROW = re.compile(
    r"^\| (?P<what>[^|]+) \| (?P<fence>`+) ?(?P<example>.+?) ?(?P=fence) \|", re.MULTILINE
)
EXAMPLES = {m["what"]: m["example"] for m in ROW.finditer(PAGE.read_text(encoding="utf-8"))}


class Shipped:
    """The engine as shipped, without processes, and the policy that is switched on."""

    def __init__(self) -> None:
        self.engine = real_engine()
        self.policy = default_policy()

    async def detect(
        self, segments: Sequence[Segment], *, countries: frozenset[str] = frozenset()
    ) -> Sequence[tuple[Finding, ...]]:
        """Scan at once."""
        return [tuple(f) for f in self.engine.scan([(s.text, s.kind) for s in segments])]


@pytest.fixture(scope="module")
def shipped() -> Shipped:
    """Loaded once, before a loop runs."""
    return Shipped()


async def left(shipped: Shipped, example: str) -> list[str]:
    """What of each text the default policy leaves."""
    segments = [
        Segment(text=text.replace("\u23ce", "\n"), place=f"/content/{index}/text")
        for index, text in enumerate(example.split("\u2016"))
    ]
    texts = []
    found = await AcrossSegments(detector=shipped).detect(segments)
    for segment, findings in zip(segments, found, strict=True):
        text = segment.text
        for finding in reversed(findings):
            if shipped.policy.rule_for(finding.entity).concerns(finding.score):
                text = text[: finding.start] + text[finding.end :]
        texts.append(text)
    return texts


def test_the_page_has_examples() -> None:
    """Every row of the table has one."""
    rows = PAGE.read_text(encoding="utf-8").count("\n| ") - 1

    assert len(EXAMPLES) == rows > 15


@pytest.mark.parametrize("what", EXAMPLES)
async def test_what_the_page_lists_is_still_missed(shipped: Shipped, what: str) -> None:
    """The value of each example, or the part that the row speaks of, is left as it stands."""
    first, *_ = EXAMPLES[what].split("\u2016")

    rest, *_ = await left(shipped, EXAMPLES[what])

    assert rest == first.replace("\u23ce", "\n")


@pytest.mark.parametrize(
    ("example", "rest"),
    [
        ("mail anna (at) example (dot) com", ["mail "]),
        ("IBAN DE89 3704 0044\u20160532 0130 00", ["IBAN ", ""]),
    ],
)
async def test_what_is_found_would_not_pass_for_missed(
    shipped: Shipped, example: str, rest: list[str]
) -> None:
    """The measure is not blind."""
    assert await left(shipped, example) == rest


def test_a_policy_that_scans_code_finds_the_name_in_the_comment(shipped: Shipped) -> None:
    """The way out that the page names is one."""
    text = "```python\n# ask Anna Schmidt\nx = 1\n```"

    found = shipped.engine.scan([(text, SegmentKind.EVERYTHING)])[0]

    assert [text[f.start : f.end] for f in found] == ["Anna Schmidt"]
