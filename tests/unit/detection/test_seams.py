"""Values that begin in one text and end in the next."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings, strategies as st

from guardrail_gw.core.text import Finding, Segment, SegmentKind
from guardrail_gw.detection.engine import Engine
from guardrail_gw.detection.rules.every import RULES
from guardrail_gw.detection.seams import LONGEST_ROW, REACH, AcrossSegments, open_row
from guardrail_gw.errors import DetectionDown

ENGINE = Engine(rules=RULES, names=None)
ENGINE.scan([("Anna Schmidt of Bonn", SegmentKind.PROSE), ("DE89" * 5, SegmentKind.KEY)])
"""Lists are read when a text first needs them, which must not be on an event loop."""


@dataclass(slots=True)
class Rules:
    """A detector of rules, without processes."""

    asked: list[str] = field(default_factory=list)

    async def detect(
        self, segments: Sequence[Segment], *, countries: frozenset[str] = frozenset()
    ) -> Sequence[tuple[Finding, ...]]:
        """Scan at once."""
        self.asked += [s.text for s in segments]
        return [tuple(f) for f in ENGINE.scan([(s.text, s.kind) for s in segments])]


def elements(*texts: str, kind: SegmentKind = SegmentKind.PROSE) -> list[Segment]:
    """Texts as elements of one array."""
    return [Segment(text=t, kind=kind, place=f"/content/{i}/text") for i, t in enumerate(texts)]


def members(*texts: str) -> list[Segment]:
    """Texts as members of one object, each behind its name."""
    segments = []
    for text in texts:
        segments.append(Segment(text="k", kind=SegmentKind.KEY, place="/row/*"))
        segments.append(Segment(text=text, place="/row/*"))
    return segments


async def left(segments: Sequence[Segment]) -> list[str]:
    """What of each text is no finding."""
    found = await AcrossSegments(detector=Rules()).detect(segments)
    rests = []
    for segment, findings in zip(segments, found, strict=True):
        rest = segment.text
        for finding in reversed(findings):
            rest = rest[: finding.start] + "_" + rest[finding.end :]
        rests.append(rest)
    return rests


@pytest.mark.parametrize(
    ("texts", "rests"),
    [
        (["I am anna.schm", "idt@example.com"], ["I am _", "_"]),
        (["Write to anna@example.org.", "My name is"], ["Write to _.", "My name is"]),
        (["Write to anna@example.", "org is mine"], ["Write to _", "_ is mine"]),
        (["write to anna@exam", "ple.com today"], ["write to _", "_ today"]),
        (["anna", "@", "example.com"], ["_", "_", "_"]),
        (["My IBAN is DE89 3704 0044", "0532 0130 00, thanks"], ["My IBAN is _", "_, thanks"]),
        (["IBAN DE89 3704 0044 ", "0532 0130 00"], ["IBAN _", "_"]),
        (["DE89", "3704", "0044", "0532", "0130", "00"], ["_"] * 6),
        (list("4111111111111111"), ["_"] * 16),
        (["\U0001f600 4111 1111", "1111 1111 \U0001f600"], ["\U0001f600 _", "_ \U0001f600"]),
        (["x" * 200 + " anna@exam", "ple.com" + " y" * 200], ["x" * 200 + " _", "_" + " y" * 200]),
        (["x" * 200 + " 4111 1111", "1111 1111" + " y" * 99], ["x" * 200 + " _", "_" + " y" * 99]),
    ],
)
async def test_a_value_across_texts_is_found_in_each(texts: list[str], rests: list[str]) -> None:
    """Every text of the row shows its part, to the character."""
    assert await left(elements(*texts)) == rests


async def test_cells_of_a_row_and_names_of_members_are_neighbours() -> None:
    """Values with names between them are one row, and so are the names."""
    names = [
        Segment(text=t, kind=SegmentKind.KEY, place="/row/*") for t in ("anna@exam", "ple.com")
    ]

    assert (await left(members("4111", "1111", "1111", "1111")))[1::2] == ["_"] * 4
    assert await left(names) == ["_", "_"]


@pytest.mark.parametrize(
    "segments",
    [
        elements("You are a helpful assistant", "anna@example.com is my address"),
        elements("write to anna@example.com", "Thanks"),
        members("Anna", "anna@example.com"),
        members("user-17", "anna@example.com"),
    ],
)
async def test_what_stands_beside_a_whole_value_is_no_part(segments: list[Segment]) -> None:
    """A word, a name or an id next to a whole address is left alone."""
    alone = [f for s in segments for f in ENGINE.scan([(s.text, s.kind)])[0]]

    found = await AcrossSegments(detector=Rules()).detect(segments)

    assert [f for each in found for f in each] == alone


@pytest.mark.parametrize(
    "segments",
    [
        elements("4111 1111.", "1111 1111"),
        elements("4111 1111\n", "\n1111 1111"),
        [Segment(text=t, place=p) for t, p in (("41111111", "/a/x"), ("11111111", "/b/y"))],
        elements(*"12345678901", kind=SegmentKind.PROSE),
        elements(*["40000000"] * (LONGEST_ROW + 1)),
        elements("hello", "world"),
    ],
)
async def test_what_is_no_row_stays_apart(segments: list[Segment]) -> None:
    """A full stop, a new line, another place, weak checks and long columns part texts."""
    found = await AcrossSegments(detector=Rules()).detect(segments)

    assert not any(found)


async def test_parts_say_that_they_are() -> None:
    """A part is marked; a whole value that ends at a border is not."""
    found = await AcrossSegments(detector=Rules()).detect(elements("anna.schm", "idt@example.com"))

    assert [[f.part for f in each] for each in found] == [[True], [False]]


async def test_ordinary_neighbours_cost_nothing() -> None:
    """Texts without an at sign and without digits are not joined."""
    rules = Rules()

    await AcrossSegments(detector=rules).detect(elements("Anna lives", "in Bonn"))

    assert rules.asked == ["Anna lives", "in Bonn"]


class Half:
    """A detector that leaves a text out."""

    async def detect(
        self, segments: Sequence[Segment], *, countries: frozenset[str] = frozenset()
    ) -> Sequence[tuple[Finding, ...]]:
        """Answer for all but one."""
        return [()] * (len(segments) - 1)


async def test_an_incomplete_answer_is_none() -> None:
    """When the joined texts were not all scanned, nothing was."""
    with pytest.raises(DetectionDown):
        await AcrossSegments(detector=Half()).detect(elements("anna@exam", "ple.com"))


TEXTS = st.sampled_from(
    ["anna.schm", "idt@example.com", "DE89", "3704 0044", "", "end.", "end!", "x" * REACH, "1" * 70]
)
PLACES = st.sampled_from(["/content/{}/text", "/other/{}/text", "/content/{}"])
SEGMENTS = st.lists(
    st.tuples(TEXTS, PLACES, st.sampled_from([SegmentKind.PROSE, SegmentKind.KEY])), max_size=8
)


@settings(max_examples=200, deadline=None)
@given(told=SEGMENTS, count=st.integers(0, 8))
def test_what_is_open_stands_for_all_before_it(
    told: list[tuple[str, str, SegmentKind]], count: int
) -> None:
    """Texts behind others are joined with those that are open as they are with all of them."""
    segments = [
        Segment(text=text, kind=kind, place=place.format(at))
        for at, (text, place, kind) in enumerate(told)
    ]
    count = min(count, len(segments))
    new = segments[count:]
    open_ = [segments[at] for at in open_row(segments, count)]
    whole, part = Rules(), Rules()

    asyncio.run(AcrossSegments(detector=whole).detect(segments))
    asyncio.run(AcrossSegments(detector=part).detect([*open_, *new]))

    seams = set(part.asked[len(open_) + len(new) :])
    before = Rules()
    asyncio.run(AcrossSegments(detector=before).detect(segments[:count]))
    assert seams <= set(whole.asked[len(segments) :])
    assert set(whole.asked[len(segments) :]) - seams <= set(before.asked[count:])
