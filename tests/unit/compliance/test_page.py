"""The report as a file of HTML."""

import re
from html.parser import HTMLParser

import pytest

from guardrail_gw.audit.exchanges import Exchange
from guardrail_gw.compliance.assess import assess
from guardrail_gw.compliance.controls import Controls
from guardrail_gw.compliance.page import Material, chapters, page
from guardrail_gw.compliance.traffic import Traffic
from guardrail_gw.core.shipped import shipped
from tests.support.audit_world import START_US

CONTROLS = Controls.load(shipped("compliance"))
HOSTILE = "<script>x</script>\u202e\x1b[2J"
VOID = {"meta", "br", "rect", "link"}


class Balance(HTMLParser):
    """Finds elements that are not closed, ids, links within, and addresses that would be loaded."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.inner: set[str] = set()
        self.loaded: list[str] = []
        self.tables = self.headings = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if tag not in VOID:
            self.open.append(tag)
        self.ids += [named["id"] or ""] if "id" in named else []
        href = named.get("href") or ""
        self.inner |= {href[1:]} if href.startswith("#") else set()
        self.loaded += [v or "" for k, v in attrs if k in {"src", "srcset", "data"}]
        self.tables += tag == "table"

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in VOID

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def text() -> str:
    """A report on a log in which somebody named things to do harm."""
    traffic = Traffic()
    intent = {"decision": "refused", "entities": {"PERSON": 3, "IBAN_CODE": 1}, "code": HOSTILE}
    traffic.add(Exchange(index=1, intent=intent, outcome=None, outcome_index=None))
    material = Material(
        assessment=assess(CONTROLS), traffic=traffic, title=HOSTILE, made_us=START_US
    )
    return page(material)


def test_it_is_whole_and_alone(text: str) -> None:
    """Every element is closed, every link within leads somewhere, nothing is loaded."""
    seen = Balance()
    seen.feed(text)

    assert seen.open == []
    assert seen.inner <= set(seen.ids)
    assert len(seen.ids) == len(set(seen.ids))
    assert seen.loaded == []
    assert "default-src 'none'" in text
    assert not re.search(r"@import|url\(|<script", text)


def test_what_people_named_does_nothing(text: str) -> None:
    """Markup is text, and control characters and turned directions are signs."""
    assert "&lt;script&gt;" in text
    assert "\x1b" not in text
    assert "\u202e" not in text


def test_every_picture_has_its_numbers_in_words(text: str) -> None:
    """A bar is hidden from readers of the table, which has the count beside it."""
    assert text.count("<svg") == text.count('<svg width="100%"')
    assert all('aria-hidden="true"' in svg for svg in re.findall(r"<svg[^>]*>", text))
    assert re.search(r"PERSON</bdi></th>.*?<td class=\"number\">3</td>", text, re.DOTALL)


def test_no_word_says_that_a_law_is_kept(text: str) -> None:
    """Results are pass, fail and not tested."""
    assert "compliant" not in text.lower()
    assert "not tested" in text


def test_a_bar_is_all_clauses() -> None:
    """The parts of a framework's bar add up to its length and to its clauses."""
    for chapter in chapters(assess(CONTROLS)):
        assert sum(part.count for part in chapter.parts) == len(chapter.clauses)
        assert sum(part.width for part in chapter.parts) == pytest.approx(100, abs=0.1)


def _luminance(colour: str) -> float:
    digits = colour if len(colour) == 6 else "".join(c * 2 for c in colour)
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize(
    ("ink", "ground"),
    [
        *((ink, ground) for ink in ("ink", "soft", "accent") for ground in ("ground", "surface")),
        *((each, f"{each}-ground") for each in ("pass", "fail", "untested", "none")),
    ],
)
def test_text_can_be_read_on_its_ground(text: str, ink: str, ground: str) -> None:
    """Contrast is at least 4.5 to 1 (WCAG 2.2, 1.4.3)."""
    colours = dict(re.findall(r"--([a-z-]+):#([0-9a-f]{3,6})", text))
    light, dark = sorted((_luminance(colours[ink]), _luminance(colours[ground])), reverse=True)

    assert (light + 0.05) / (dark + 0.05) >= 4.5
