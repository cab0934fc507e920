"""docs/logs.md lists exactly what log lines can say, and the code says nothing else."""

import ast
from collections.abc import Iterator
from pathlib import Path

from guardrail_gw.observability.log import EVENTS, FIELDS
from tests.house.sources import PACKAGE, ROOT, calls, modules, names, rows, text_of

LEVELS = {"debug", "info", "warning", "error", "exception", "critical"}


def test_every_event_and_field_is_documented() -> None:
    """The tables of the page are the lists of the code."""
    text = (ROOT / "docs" / "logs.md").read_text(encoding="utf-8")
    events, fields = text.split("## Fields")

    assert {names(r[0])[0] for r in rows(events)} == EVENTS
    assert {names(r[0])[0] for r in rows(fields)} == FIELDS


def test_the_code_logs_listed_events_and_fields_only() -> None:
    """Every logged event is a literal on the list, and every field is listed."""
    wrong = [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for path, call, _ in logged()
        if text_of(call.args[0] if call.args else None) not in EVENTS
        or not {str(k.arg) for k in call.keywords} <= FIELDS
    ]

    assert wrong == []


def test_every_listed_event_is_logged_with_its_level() -> None:
    """No event is listed that nothing logs, and the page names the level it is logged with."""
    text = (ROOT / "docs" / "logs.md").read_text(encoding="utf-8").split("## Fields")[0]
    said = {(text_of(call.args[0]), level) for _, call, level in logged()}

    assert {(names(r[0])[0], r[1]) for r in rows(text)} == said


def logged() -> Iterator[tuple[Path, ast.Call, str]]:
    """Each call of the product on a logger, with the level."""
    for path, tree in modules(PACKAGE):
        for name, call in calls(tree):
            func = call.func
            if name in LEVELS and isinstance(func, ast.Attribute) and is_logger(func.value):
                yield path, call, name


def is_logger(value: ast.expr) -> bool:
    """`log`, `_log`, `logger`, `self._log`, or what `get_logger()` returns."""
    match value:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name.strip("_").lower() in ("log", "logger", "logging")
        case ast.Call(func=ast.Attribute(attr="get_logger") | ast.Name(id="get_logger")):
            return True
        case _:
            return False
