"""Tables of `tests.bench.dialects`."""

from typing import Any

from rich.console import Console
from rich.table import Table

Report = dict[str, Any]


def target(
    what: str, measured: float, *, at_least: float | None = None, at_most: float | None = None
) -> Report:
    """One promise beside what was measured."""
    met = (at_least is None or measured >= at_least) and (at_most is None or measured <= at_most)
    wanted = f">= {at_least:g}" if at_least is not None else f"<= {at_most:g}"
    return {"what": what, "measured": measured, "wanted": wanted, "met": met}


def show(report: Report) -> None:
    """Print each part, then the promises."""
    console = Console()
    console.print(_requests(report))
    console.print(_translated(report))
    console.print(_streams(report))
    console.print(_memory(report))
    console.print(_targets(report))


def _requests(report: Report) -> Table:
    title = f"(a) 100 kB of an agent, findings cached, ms (p50), {report['cpus']} CPUs"
    columns = ("bytes", "bare", "gateway", "added", "gateway's processor ms")
    table = _table(title, ("dialect", "kind", "way"), columns)
    names = ("bare_ms", "gateway_ms", "added_ms", "processor_ms")
    for row in report["requests"]:
        times = (f"{row[name]:.2f}" for name in names)
        table.add_row(row["dialect"], row["kind"], row["way"], str(row["bytes"]), *times)
    return table


def _translated(report: Report) -> Table:
    title = "(b) µs of processor time per event of the provider's: read, said, written"
    table = _table(title, ("provider", "client"), ("events", "passed on", "translated"))
    for row in report["translated"]:
        costs = (f"{row[name]:.1f}" for name in ("passed_us", "translated_us"))
        table.add_row(row["provider"], row["client"], str(row["events"]), *costs)
    return table


def _streams(report: Report) -> Table:
    title = "(c) events/s of 64 streams at once, names restored"
    columns = ("bare", "gateway", "gateway's processor µs per event")
    table = _table(title, ("offered/s",), columns)
    for row in report["streams"]:
        offered = f"{row['offered']:,}" if row["offered"] else "all it takes"
        rates = (f"{row[name]:,.0f}" for name in ("bare", "gateway"))
        table.add_row(offered, *rates, f"{row['processor_us']:.1f}")
    return table


def _memory(report: Report) -> Table:
    memory = report["memory"]
    title = f"(d) kB of the worker for each of {memory['streams']} streams that are open"
    table = _table(title, (), ("resident (RSS)", "resident (PSS)", "held by Python"))
    table.add_row(*(f"{memory[name]:.1f}" for name in ("rss_kb", "pss_kb", "python_kb")))
    return table


def _targets(report: Report) -> Table:
    table = _table("targets", ("target",), ("wanted", "measured", ""))
    for one in report["targets"]:
        verdict = "met" if one["met"] else "[bold red]missed"
        table.add_row(one["what"], one["wanted"], f"{one['measured']:,.2f}", verdict)
    return table


def _table(title: str, words: tuple[str, ...], numbers: tuple[str, ...]) -> Table:
    table = Table(title=title)
    for column in words:
        table.add_column(column)
    for column in numbers:
        table.add_column(column, justify="right")
    return table
