"""A plan as a person reads it: who is asked, in which order, and why others are not."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One deployment."""

    deployment: str
    place: int | None
    """None: it is out."""
    score: str
    why: str


def plan_table(lines: Iterable[Line], title: str) -> Table:
    """Those that are asked in their order, then those that are out."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False, title=title, title_justify="left")
    table.add_column("", justify="right", no_wrap=True)
    table.add_column("Deployment", overflow="fold")
    table.add_column("Score", justify="right", no_wrap=True)
    table.add_column("Why", overflow="fold")
    for line in lines:
        place = Text("out", style="red") if line.place is None else Text(str(line.place))
        table.add_row(place, Text(line.deployment), line.score, Text(line.why))
    return table


def lines_of_record(plan: dict[str, Any]) -> list[Line]:
    """The lines of a plan as an intent record has it; what is not of that form is left out."""
    order = [each for each in plan.get("order") or () if isinstance(each, list) and each]
    out = [each for each in plan.get("out") or () if isinstance(each, list) and each]
    lines = [
        Line(
            deployment=str(each[0]),
            place=place,
            score="".join(map(str, each[1:2])),
            why=", ".join((*map(str, each[2:]), *_nearness(plan, each[0]))),
        )
        for place, each in enumerate(order, start=1)
    ]
    lines += [
        Line(deployment=str(e[0]), place=None, score="", why=", ".join(map(str, e[1:])))
        for e in out
    ]
    for name, what in (("more_order", "more that are asked"), ("more_out", "more that are out")):
        if name in plan:
            lines.append(Line(deployment=f"and {plan[name]} {what}", place=None, score="", why=""))
    return lines


def timeouts_line(timeouts_ms: Mapping[str, Any]) -> str:
    """Timeouts as a record has them; empty where there are none."""
    said = (f"{name.replace('_', ' ')} {_span(each)}" for name, each in timeouts_ms.items())
    return f"timeouts: {', '.join(said)}" if timeouts_ms else ""


def _span(milliseconds: object) -> str:
    return f"{milliseconds / 1e3:g} s" if isinstance(milliseconds, int) else str(milliseconds)


def _nearness(plan: dict[str, Any], deployment: object) -> list[str]:
    """What put it before its equals."""
    near, times = plan.get("near"), plan.get("connect_ms")
    said = ["same zone"] if isinstance(near, list) and deployment in near else []
    if isinstance(times, dict) and isinstance(deployment, str) and deployment in times:
        said.append(f"connects in {times[deployment]} ms")
    return said
