"""What the commands about a log share: where it is, and how a time is written."""

from datetime import UTC, datetime
from pathlib import Path

import click

FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)
FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


def beside(path: Path) -> Path:
    """The public keys of a log or proof: `keys init` and the demo put them beside it or its folder.

    Raises:
        click.UsageError: they are not there.
    """
    for folder in (path.parent, path.parent / "keys", path):
        if (folder / "audit-public").is_dir():
            return folder / "audit-public"
    raise click.UsageError("no audit-public folder beside it; give --public")


def time_of(ts_us: int) -> str:
    """Microseconds since the epoch, as ISO 8601 in UTC."""
    return datetime.fromtimestamp(ts_us / 1e6, tz=UTC).isoformat(timespec="milliseconds")
