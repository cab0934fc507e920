"""The table of docs/compatibility.md."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from tests.clients.roster import FOLDER
from tests.clients.scenarios import SCENARIOS
from tests.clients.trial import Result

PAGE: Final = FOLDER.parents[1] / "docs" / "compatibility.md"
BEGIN: Final = "<!-- written by make e2e-clients -->"
END: Final = "<!-- until here -->"
PASSED, FAILED, CANNOT, NEEDS = "yes", "**no**", "-", "yes*"


def table(results: Sequence[Result]) -> Iterator[str]:
    """A line per client, in Markdown, and then why some cannot do something."""
    yield f"| client | version | speaks | {' | '.join(SCENARIOS)} | notes |"
    yield f"|---|---|---|{'---|' * len(SCENARIOS)}---|"
    for result in results:
        client = result.client
        where = client.script.partition("/")[0].capitalize()
        marks = " | ".join(mark(result, scenario) for scenario in SCENARIOS)
        yield (
            f"| {client.name} ({where}) | {client.version} | {client.speaks} | {marks} | "
            f"{'; '.join(_notes(result))} |"
        )


def mark(result: Result, scenario: str) -> str:
    """How one scenario went."""
    if scenario in result.client.without:
        return CANNOT
    if result.faults.get(scenario) != []:
        return FAILED
    return NEEDS if scenario in result.client.needs else PASSED


def line(result: Result) -> str:
    """For the terminal, while clients are tried."""
    if result.passed:
        return f"[green]ok[/]   {result.client.id} {result.client.version}"
    wrong = "\n".join(f"       {s}: {'; '.join(f)}" for s, f in result.faults.items() if f)
    return f"[red]FAIL[/] {result.client.id} {result.client.version}\n{wrong}"


def _notes(result: Result) -> Iterator[str]:
    classes = {str(s): f"`{name.rpartition('.')[2]}`" for s, name in result.classes.items()}
    for statuses, name in _grouped(classes):
        yield f"{statuses}: {name}"
    for scenarios, reason in _grouped(result.client.without):
        yield f"{scenarios}: {reason}"
    for scenarios, need in _grouped(result.client.needs):
        yield f"*{scenarios}: needs {need}"
    if result.elsewhere:
        yield f"also wants to reach {', '.join(result.elsewhere)}"


def _grouped(reasons: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for reason in dict.fromkeys(reasons.values()):
        yield ", ".join(name for name in reasons if reasons[name] == reason), reason


def write(results: Sequence[Result], page: Path = PAGE) -> None:
    """Put the table in its place."""
    text = page.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    day = datetime.now(tz=UTC).date().isoformat()
    lines = "\n".join(table(results))
    after = rest.partition(END)[2]
    page.write_text(f"{before}{BEGIN}\n\nTried on {day}.\n\n{lines}\n\n{END}{after}", "utf-8")
