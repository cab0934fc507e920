"""What servers say, made safe for a terminal: nothing in it is hidden, moved or coloured."""

import difflib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from rich.text import Text

from guardrail_gw.mcp.control.pins import Change, Difference, ToolSet

_STYLES = {"+": "green", "-": "red", "@": "cyan"}


def plain(text: str) -> str:
    """Text with every character that does not show written as its code point."""
    return "".join(c if c.isprintable() or c == "\n" else f"\\u{ord(c):04x}" for c in text)


def brief(text: str, most: int = 60) -> str:
    """The beginning of a text, in one line."""
    line = plain(" ".join(text.split()))
    return line if len(line) <= most else f"{line[: most - 1]}…"


def diff(then: ToolSet | None, now: ToolSet, difference: Difference) -> Iterator[Text]:
    """Yield the lines of one difference, as `diff -u` shows them, in colour."""
    name = "instructions" if difference.name is None else f"tool {plain(difference.name)}"
    members = f" ({', '.join(difference.members)})" if difference.members else ""
    yield Text(f"{name}: {difference.change}{members}", style="bold")
    before, after = _lines(then, difference.name), _lines(now, difference.name)
    for line in [*difflib.unified_diff(before, after, lineterm="", n=2)][2:]:
        yield Text(line, style=_STYLES.get(line[:1], ""))


def _lines(of: ToolSet | None, name: str | None) -> list[str]:
    if of is None:
        return []
    said: Mapping[str, Any] | str | None = of.instructions if name is None else of.tools.get(name)
    if said is None:
        return []
    shown = said if isinstance(said, str) else json.dumps(said, indent=2, ensure_ascii=False)
    return [plain(line) for line in shown.split("\n")]


def counted(differences: tuple[Difference, ...]) -> str:
    """`1 new, 2 changed`."""
    counts = [(change, sum(each.change is change for each in differences)) for change in Change]
    return ", ".join(f"{count} {change}" for change, count in counts if count) or "as approved"
