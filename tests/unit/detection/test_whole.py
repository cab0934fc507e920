"""Long texts in one process: the findings of a gateway."""

from guardrail_gw.core.text import SegmentKind
from guardrail_gw.detection.engine import Engine
from guardrail_gw.detection.rules.every import RULES
from guardrail_gw.detection.whole import PIECE, cut, joined, scan

ENGINE = Engine(rules=RULES, names=None)
MAIL = "someone@example.com"


def test_short_texts_are_scanned_as_they_are() -> None:
    """A text of one piece has the engine's own findings, countries and kind included."""
    texts = ["her ssn is 219-09-9999", "```python\nborn = since('12 March 2024')\n```"]
    countries = frozenset({"US"})

    found = scan(ENGINE, texts, SegmentKind.EVERYTHING, countries)

    assert found == ENGINE.scan([(t, SegmentKind.EVERYTHING) for t in texts], countries)
    assert [f.entity for each in found for f in each] == ["US_SSN", "DATE_TIME"]


def test_what_stands_at_a_border_is_found_once_at_its_place() -> None:
    """A value at the end of each piece is found whole, and none of it twice."""
    text = "".join(f"{'x' * (PIECE - 10)} {MAIL} " for _ in range(3))

    (found,) = scan(ENGINE, [text])

    assert len(cut(text)) > 3
    assert [text[f.start : f.end] for f in found] == [MAIL] * 3


def test_pieces_come_together_in_places_of_the_text() -> None:
    """What each piece shows is moved to where the piece lies."""
    text = f"{'word ' * 5_000}{MAIL}"
    parts = cut(text)
    found = ENGINE.scan([(text[p.start : p.end], SegmentKind.PROSE) for p in parts])

    (mail,) = joined(text, zip(parts, found, strict=True))

    assert (mail.start, mail.end) == (len(text) - len(MAIL), len(text))
