"""The report as one file of HTML, with pictures in it and nothing from elsewhere."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from jinja2 import Environment, PackageLoader, StrictUndefined

from guardrail_gw.audit.report import Report
from guardrail_gw.compliance.assess import Assessment, Mapped
from guardrail_gw.compliance.controls import Framework
from guardrail_gw.compliance.register import Entry
from guardrail_gw.compliance.result import Status
from guardrail_gw.compliance.traffic import Traffic

_ROWS = 12
_VISIBLE = dict.fromkeys((*range(32), *range(127, 160), 8206, 8207), 65533) | (
    dict.fromkeys((*range(8234, 8239), *range(8294, 8298)), 65533)
)
"""Control characters and those that turn the direction of a text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A row of a chart."""

    label: str
    count: int
    share: float
    """Of the longest, in percent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A piece of a framework's bar, in percent of its length."""

    word: str
    kind: str
    """`pass`, `fail`, `untested` or `none`."""
    count: int
    start: float
    width: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """One framework."""

    framework: Framework
    clauses: tuple[Mapped, ...]
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """What a report is made of."""

    assessment: Assessment
    entries: Sequence[Entry] = ()
    traffic: Traffic | None = None
    """None: the log was not opened."""
    report: Report | None = None
    """None: no log was given."""
    tests: bool = False
    title: str = field(default="guardrail-gw")
    made_us: int


_KINDS: dict[Status | None, str] = {
    Status.PASS: "pass",
    Status.FAIL: "fail",
    Status.NOT_TESTED: "untested",
    None: "none",
}
_WORDS: dict[Status | None, str] = {
    Status.PASS: "pass",
    Status.FAIL: "fail",
    Status.NOT_TESTED: "not tested",
    None: "no control",
}


def page(material: Material) -> str:
    """The whole file."""
    environment = Environment(
        loader=PackageLoader("guardrail_gw.compliance"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"day": day, "kind": _KINDS.__getitem__, "word": _WORDS.__getitem__}
    environment.filters["inert"] = inert
    environment.globals |= {"Status": Status}
    return environment.get_template("report.html").render(
        m=material,
        chapters=chapters(material.assessment),
        entities=bars(material.traffic.entities) if material.traffic else [],
        refusals=bars(material.traffic.refusals) if material.traffic else [],
        flows=bars(Counter({n: f.records.count for n, f in material.traffic.flows.items()}))
        if material.traffic
        else [],
    )


def day(ts_us: int) -> str:
    """Microseconds since the epoch, as people write a time in UTC."""
    return datetime.fromtimestamp(ts_us / 1e6, tz=UTC).strftime("%d %B %Y, %H:%M UTC")


def inert(text: str) -> str:
    """A text that somebody wrote, with signs in the place of what is not seen."""
    return text.translate(_VISIBLE)


def bars(counts: Counter[str]) -> list[Bar]:
    """The largest, longest first; what is beyond them is one row."""
    rows = sorted(counts.items(), key=lambda each: (-each[1], each[0]))
    shown, rest = rows[:_ROWS], sum(count for _, count in rows[_ROWS:])
    if rest:
        shown.append((f"{len(rows) - _ROWS} others", rest))
    most = max((count for _, count in shown), default=1)
    return [Bar(label=inert(name), count=n, share=round(100 * n / most, 1)) for name, n in shown]


def chapters(assessment: Assessment) -> list[Chapter]:
    """The frameworks with their clauses, in the order of their names."""
    by_framework: dict[str, list[Mapped]] = {}
    for mapped in assessment.clauses:
        by_framework.setdefault(mapped.framework.framework, []).append(mapped)
    found = [
        Chapter(framework=each[0].framework, clauses=tuple(each), parts=_parts(each))
        for each in by_framework.values()
    ]
    return sorted(found, key=lambda chapter: chapter.framework.name)


def _parts(clauses: Sequence[Mapped]) -> tuple[Part, ...]:
    counts = Counter(mapped.status for mapped in clauses)
    parts, start = [], 0.0
    for status, kind in _KINDS.items():
        width = 100 * counts[status] / len(clauses)
        if width:
            parts.append(
                Part(
                    word=_WORDS[status],
                    kind=kind,
                    count=counts[status],
                    start=round(start, 2),
                    width=round(width, 2),
                )
            )
        start += width
    return tuple(parts)
