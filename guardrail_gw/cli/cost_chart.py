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


def svg(chart: Chart, heading: str, below: str) -> str:
    """The picture.

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
    lines = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}"'
            f' width="{_WIDTH}" height="{height}" role="img" font-family="system-ui, sans-serif">'
        ),
        f"<title>{escape(heading)}</title>",
        f'<rect width="{_WIDTH}" height="{height}" fill="#ffffff"/>',
        (
            '<text x="24" y="38" font-size="22" font-weight="600" fill="#1a1a1a">'
            f"{escape(heading)}</text>"
        ),
        f'<text x="24" y="62" font-size="14" fill="#555555">{escape(below)}</text>',
        *_bars(chart, colours),
        *(_legend(chart, colours, bottom + 20) if has_legend else ()),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _bars(chart: Chart, colours: dict[str, str]) -> Iterator[str]:
    totals = [sum((cost for _, cost in parts), start=Decimal(0)) for _, parts in chart.bars]
    longest = max(totals, default=Decimal(0)) or Decimal(1)
    for place, ((name, parts), total) in enumerate(zip(chart.bars, totals, strict=True)):
        y, x = _TOP + _ROW * place, float(_LEFT)
        yield (
            f'<text x="{_LEFT - 12}" y="{y + 19}" font-size="14" text-anchor="end" fill="#1a1a1a">'
            f"{_short(name)}<title>{escape(name)}</title></text>"
        )
        for part, cost in parts:
            width = float(cost / longest) * _BAR
            told = " · ".join(each for each in (name, part) if each)
            yield (
                f'<rect x="{x:.2f}" y="{y}" width="{width:.2f}" height="{_ROW - 8}"'
                f' fill="{colours[part]}"><title>{escape(told)}: {escape(usd(cost))},'
                f" {share(cost, chart.total)}</title></rect>"
            )
            x += width
        yield (
            f'<text x="{x + 10:.2f}" y="{y + 19}" font-size="14" fill="#1a1a1a">'
            f'{escape(usd(total))}<tspan fill="#555555"> {share(total, chart.total)}</tspan></text>'
        )


def _legend(chart: Chart, colours: dict[str, str], top: int) -> Iterator[str]:
    for place, (name, cost) in enumerate(chart.parts):
        x, y = 24 + _LEGEND_COLUMN * (place % 3), top + 24 * (place // 3)
        yield f'<rect x="{x}" y="{y}" width="14" height="14" fill="{colours[name]}"/>'
        yield (
            f'<text x="{x + 22}" y="{y + 12}" font-size="13" fill="#1a1a1a">{_short(name)}'
            f'<tspan fill="#555555"> {share(cost, chart.total)}</tspan>'
            f"<title>{escape(name)}: {escape(usd(cost))}</title></text>"
        )


def _short(name: str) -> str:
    shown = name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…"
    return escape(shown)


def share(cost: Decimal, total: Decimal) -> str:
    """Of the whole, in per cent."""
    return f"{float(100 * cost / total) if total else 0.0:.1f} %"


_LEAST: Final = Decimal("0.0001")


def usd(cost: Decimal) -> str:
    """Rounded for reading: cents from a dollar on, hundredths of a cent below."""
    if cost and cost < _LEAST:
        return f"<${_LEAST}"
    return f"${cost:,.2f}" if cost >= 1 or not cost else f"${cost:,.4f}"
