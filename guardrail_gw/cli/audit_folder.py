"""What the commands about a log share: where it is, its exchanges, and how a time is written."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from unicodedata import category

import click
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

from guardrail_gw.audit.exchanges import Exchange
from guardrail_gw.audit.shares import gateway_folder

FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)
FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
MOMENT = click.DateTime(formats=("%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"))


def beside(path: Path) -> Path:
    """The public keys of a log or proof: `keys init` and the demo put them beside it or its folder.

    Raises:
        click.UsageError: they are not there.
    """
    whole = gateway_folder(path)
    for folder in (whole.parent, whole.parent / "keys", whole, path):
        if (folder / "audit-public").is_dir():
            return folder / "audit-public"
    raise click.UsageError("no audit-public folder beside it; give --public")


_PICTURES = 0x2400
"""Where Unicode has signs for the control characters from 0 on."""
_CONTROLS = 0x20
_DELETE = 0x7F


def inert(text: str) -> Text:
    """What a client named, for a table: no markup, and what would act or hide as a sign."""
    return Text(signs(text))


def signs(text: str, *, keep: str = "") -> str:
    """A text in which each control, mark of direction or invisible character is a sign.

    Args:
        text: as somebody wrote it.
        keep: characters that stay, such as the line ends of a layout.
    """
    if text.isprintable():
        return text
    return "".join(character if character in keep else _sign(character) for character in text)


def _sign(character: str) -> str:
    code = ord(character)
    if character.isprintable() or category(character) == "Zs":
        return character
    if code < _CONTROLS:
        return chr(_PICTURES + code)
    return "\u2421" if code == _DELETE else "\ufffd"


def time_of(ts_us: int) -> str:
    """Microseconds since the epoch, as ISO 8601 in UTC."""
    return datetime.fromtimestamp(ts_us / 1e6, tz=UTC).isoformat(timespec="milliseconds")


def received_within(
    found: Iterable[Exchange], since: datetime | None, until: datetime | None
) -> Iterator[Exchange]:
    """The exchanges that were received in a time: from `since` on, before `until`, in UTC."""
    first, end = micros(since), micros(until)
    for exchange in found:
        received = exchange.intent.get("received_us", 0)
        if (first is None or received >= first) and (end is None or received < end):
            yield exchange


def progress() -> Progress:
    """Counts exchanges on a terminal, and never in the way of the output."""
    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.completed} exchanges"), TimeElapsedColumn())
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)


def micros(time: datetime | None) -> int | None:
    """Microseconds since the epoch of a time in UTC."""
    return None if time is None else round(time.replace(tzinfo=UTC).timestamp() * 1e6)
