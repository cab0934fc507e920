"""The picture of a cost report: what is drawn is what was spent."""

from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from PIL import Image

from guardrail_gw.audit.spend import Spend
from guardrail_gw.cli.cost_chart import OTHERS, chart_of, drawing, svg
from guardrail_gw.cli.cost_picture import plain, png

SVG = "{http://www.w3.org/2000/svg}"


def spend(cost: str, *group: str) -> Spend:
    """What one group came to."""
    return Spend(group=group, requests=1, cost_usd=Decimal(cost))


def drawn(*sums: Spend) -> ET.Element:
    """The picture, parsed."""
    return ET.fromstring(svg(drawing(chart_of(sums), "a heading", "a period")))  # noqa: S314 - our own


def bars(picture: ET.Element) -> dict[str, float]:
    """What each part of a bar says on hovering -> its width."""
    found: dict[str, float] = {}
    for rect in picture.iter(f"{SVG}rect"):
        if (title := rect.find(f"{SVG}title")) is not None:
            found[title.text or ""] = float(rect.attrib["width"])
    return found


def test_widths_are_costs() -> None:
    """Half the money is half the width; the longest bar takes all the room."""
    widths = bars(drawn(spend("6", "a", "x"), spend("2", "a", "y"), spend("4", "b", "x")))

    assert list(widths) == [
        "a · x: $6.00, 50.0 %",
        "a · y: $2.00, 16.7 %",
        "b · x: $4.00, 33.3 %",
    ]
    assert sum(list(widths.values())[:2]) == 570.0
    assert widths["b · x: $4.00, 33.3 %"] == 285.0


def test_nothing_is_left_out() -> None:
    """Too many to be told apart are taken together, and the sum stays the sum."""
    sums = [spend(f"{n}", f"team {n}", f"model {n % 20}") for n in range(1, 61)]
    chart = chart_of(sums)

    assert chart.total == sum(range(1, 61))
    assert sum(cost for _, parts in chart.bars for _, cost in parts) == chart.total
    assert sum(cost for _, cost in chart.parts) == chart.total
    assert chart.bars[-1][0] == chart.parts[-1][0] == OTHERS
    assert (len(chart.bars), len(chart.parts)) == (24, 8)
    assert chart.bars[0][0] == "team 60"


def test_one_dimension_is_bars_alone() -> None:
    """Without a legend, which would say the same again."""
    words = [text.text for text in drawn(spend("1", "x"), spend("3", "y")).iter(f"{SVG}text")]

    assert words == ["a heading", "a period", "y", "$3.00", "x", "$1.00"]


def test_names_are_words_and_never_markup() -> None:
    """Whatever a model is called; a log without any cost is drawn, too."""
    picture = drawn(spend("1", "<script>&\"'", "]]>" * 30))
    empty = drawn(spend("0", "a", "b"))

    assert picture.find(f".//{SVG}script") is None
    assert any("<script>&\"'" in title for title in bars(picture))
    assert list(bars(empty)) == ["a · b: $0.00, 0.0 %"]
    assert bars(drawn()) == {}


def test_a_png_shows_the_same(tmp_path: Path) -> None:
    """Twice as large: each bar has its colour as far as its cost goes, and there are words."""
    sums = [spend("6", "a", "x"), spend("2", "a", "y"), spend("4", "büro", "x")]
    path = tmp_path / "november.png"
    path.write_bytes(png(drawing(chart_of(sums), "a heading", "a period")))
    with Image.open(path) as opened:
        picture = opened.convert("RGB")

    def row(bar: int) -> Counter[Any]:
        y = 2 * (84 + 34 * bar + 2)  # above the words beside it
        return Counter(picture.getpixel((x, y)) for x in range(picture.width))

    blue, orange = (0, 0x72, 0xB2), (0xE6, 0x9F, 0)
    assert picture.size == (1920, 2 * (84 + 34 * 2 + 48))
    assert (row(0)[blue], row(0)[orange]) == (855, 285)
    assert (row(1)[blue], row(1)[orange]) == (570, 0)
    head = picture.crop((0, 0, 1920, 80)).convert("L")
    assert sum(head.histogram()[:128]) > 500


def test_without_fonts_names_are_written_in_plain_letters() -> None:
    """Accents go, and what has no plain letter is a question mark: no box, and never nothing."""
    assert plain("Büro Straße · Łódź … 東京") == "Buro Strasse - ?odz ... ??"
