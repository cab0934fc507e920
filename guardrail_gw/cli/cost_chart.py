"""A picture of a cost report: a bar for each value of the first dimension, split by the others.

SVG by hand: bars and words are all there is to it, every browser and office program shows it, and
it stays sharp. Colours are Okabe and Ito's, which people with colour blindness can tell apart.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from html import escape
from typing import Final

from guardrail_gw.audit.spend import Spend

OTHERS: Final = "all others"
_COLOURS: Final = (
    *("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442"),
    "#999999",
)
_MOST_BARS: Final = 24
_MOST_PARTS: Final = len(_COLOURS)
_INK: Final = "#1a1a1a"
PALE: Final = "#555555"
_WIDTH: Final = 960
_LEFT: Final = 190
_BAR: Final = 570
_ROW: Final = 34
_TOP: Final = 84
_LEGEND_COLUMN: Final = 300
_LONGEST: Final = 20
"""Letters of a name; what is longer ends with an ellipsis, and in full on hovering."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """What is drawn: costs in US dollars by bar and by part, the largest first."""

    bars: tuple[tuple[str, tuple[tuple[str, Decimal], ...]], ...]
    parts: tuple[tuple[str, Decimal], ...]
    total: Decimal


def chart_of(sums: Sequence[Spend]) -> Chart:
    """The bars of a report; what is too much to be told apart is taken together."""
    named = [(each.group[0], " · ".join(each.group[1:]), each.cost_usd) for each in sums]
    parts = _summed([(part, cost) for _, part, cost in named], _MOST_PARTS)
    kept = {name: place for place, (name, _) in enumerate(parts)}
    whole = _summed([(bar, cost) for bar, _, cost in named], _MOST_BARS)
    shown = {name for name, _ in whole}
    bars = tuple((name, _of_bar(named, name, shown, kept)) for name, _ in whole)
    return Chart(bars=bars, parts=parts, total=sum((c for *_, c in named), start=Decimal(0)))


def _of_bar(
    named: Sequence[tuple[str, str, Decimal]], name: str, shown: set[str], kept: dict[str, int]
) -> tuple[tuple[str, Decimal], ...]:
    """The parts of one bar, in the order of all; those that are too many by their common name."""
    mine = [
        (part if part in kept else OTHERS, cost)
        for bar, part, cost in named
        if (bar if bar in shown else OTHERS) == name
    ]
    return tuple(sorted(_summed(mine, _MOST_PARTS), key=lambda each: kept[each[0]]))


def _summed(costs: Sequence[tuple[str, Decimal]], most: int) -> tuple[tuple[str, Decimal], ...]:
    """Name -> sum, the largest first; beyond `most` all together as others."""
    sums: dict[str, Decimal] = {}
    for name, cost in costs:
        sums[name] = sums.get(name, Decimal(0)) + cost
    others = sums.pop(OTHERS, Decimal(0))
    ranked = sorted(sums.items(), key=lambda each: (-each[1], each[0]))
    if len(ranked) > most or others:
        others += sum((cost for _, cost in ranked[most - 1 :]), start=Decimal(0))
        ranked = [*ranked[: most - 1], (OTHERS, others)]
    return tuple(ranked)


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A filled rectangle; lengths are pixels from the upper left corner."""

    x: float
    y: float
    width: float
    height: float
    fill: str
    told: str = ""
    """What is said on hovering."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """A line of text, and a paler end of it."""

    x: float
    y: float
    """Of the base line."""
    size: int
    text: str
    end: str = ""
    fill: str = _INK
    is_heading: bool = False
    is_left_of: bool = False
    """It ends at `x`."""
    told: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """What is drawn, the lowest first."""

    heading: str
    width: int
    height: int
    shapes: tuple[Box | Words, ...]


def drawing(chart: Chart, heading: str, below: str) -> Drawing:
    """A chart as shapes.

    Args:
        chart: what is drawn.
        heading: a line above it.
        below: a smaller one, such as the period.
    """
    colours = {
        name: _COLOURS[-1] if name == OTHERS else _COLOURS[place % len(_COLOURS)]
        for place, (name, _) in enumerate(chart.parts)
    }
    has_legend = len(chart.parts) > 1
    bottom = _TOP + _ROW * len(chart.bars)
    rows = -(-len(chart.parts) // 3) if has_legend else 0
    height = bottom + 24 + 24 * rows
    return Drawing(
        heading=heading,
        width=_WIDTH,
        height=height,
        shapes=(
            Box(x=0, y=0, width=_WIDTH, height=height, fill="#ffffff"),
            Words(x=24, y=38, size=22, text=heading, is_heading=True),
            Words(x=24, y=62, size=14, text=below, fill=PALE),
            *_bars(chart, colours),
            *(_legend(chart, colours, bottom + 20) if has_legend else ()),
        ),
    )


def svg(drawn: Drawing) -> str:
    """The picture as SVG."""
    size = f'width="{drawn.width}" height="{drawn.height}"'
    lines = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {drawn.width} {drawn.height}"'
            f' {size} role="img" font-family="system-ui, sans-serif">'
        ),
        f"<title>{escape(drawn.heading)}</title>",
        *(_box(each) if isinstance(each, Box) else _words(each) for each in drawn.shapes),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _box(box: Box) -> str:
    told = f"><title>{escape(box.told)}</title></rect>" if box.told else "/>"
    return (
        f'<rect x="{box.x:.2f}" y="{box.y:g}" width="{box.width:.2f}" height="{box.height:g}"'
        f' fill="{box.fill}"{told}'
    )


def _words(words: Words) -> str:
    weight = ' font-weight="600"' if words.is_heading else ""
    anchor = ' text-anchor="end"' if words.is_left_of else ""
    end = f'<tspan fill="{PALE}"> {escape(words.end)}</tspan>' if words.end else ""
    told = f"<title>{escape(words.told)}</title>" if words.told else ""
    return (
        f'<text x="{words.x:.2f}" y="{words.y:g}" font-size="{words.size}"{weight}{anchor}'
        f' fill="{words.fill}">{escape(words.text)}{end}{told}</text>'
    )


def _bars(chart: Chart, colours: dict[str, str]) -> Iterator[Box | Words]:
    totals = [sum((cost for _, cost in parts), start=Decimal(0)) for _, parts in chart.bars]
    longest = max(totals, default=Decimal(0)) or Decimal(1)
    for place, ((name, parts), total) in enumerate(zip(chart.bars, totals, strict=True)):
        y, x = _TOP + _ROW * place, float(_LEFT)
        yield Words(x=_LEFT - 12, y=y + 19, size=14, text=_short(name), is_left_of=True, told=name)
        for part, cost in parts:
            width = float(cost / longest) * _BAR
            named = " · ".join(each for each in (name, part) if each)
            told = f"{named}: {usd(cost)}, {share(cost, chart.total)}"
            yield Box(x=x, y=y, width=width, height=_ROW - 8, fill=colours[part], told=told)
            x += width
        yield Words(x=x + 10, y=y + 19, size=14, text=usd(total), end=share(total, chart.total))


def _legend(chart: Chart, colours: dict[str, str], top: int) -> Iterator[Box | Words]:
    for place, (name, cost) in enumerate(chart.parts):
        x, y = 24 + _LEGEND_COLUMN * (place % 3), top + 24 * (place // 3)
        yield Box(x=x, y=y, width=14, height=14, fill=colours[name])
        yield Words(
            x=x + 22,
            y=y + 12,
            size=13,
            text=_short(name),
            end=share(cost, chart.total),
            told=f"{name}: {usd(cost)}",
        )


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…"


def share(cost: Decimal, total: Decimal) -> str:
    """Of the whole, in per cent."""
    return f"{float(100 * cost / total) if total else 0.0:.1f} %"


_LEAST: Final = Decimal("0.0001")


def usd(cost: Decimal) -> str:
    """Rounded for reading: cents from a dollar on, hundredths of a cent below."""
    if cost and cost < _LEAST:
        return f"<${_LEAST}"
    return f"${cost:,.2f}" if cost >= 1 or not cost else f"${cost:,.4f}"
