"""A look into a log, as the commands take it: with keys, for a reason, and on record."""

from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from functools import wraps
from pathlib import Path
from typing import Any

import click

from guardrail_gw.audit.access import AccessLog, access_path
from guardrail_gw.audit.exchanges import Exchange, exchanges
from guardrail_gw.audit.fates import Kept
from guardrail_gw.audit.record import Kind
from guardrail_gw.audit.review import Opened, show
from guardrail_gw.cli.audit_folder import FILE, received_within
from guardrail_gw.keys.audit_keys import load_recipient
from guardrail_gw.keys.private import RecipientKey
from guardrail_gw.observability.clock import SystemClock

_OPTIONS = (
    click.option(
        "--key", "keys", type=FILE, multiple=True, required=True, help="A private key file."
    ),
    click.option("--reason", default="", help="Why you look; kept in the access log."),
    click.option(
        "--access",
        type=click.Path(path_type=Path, dir_okay=False),
        help="Where the look is recorded; default DIRECTORY.access.",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Who looks into a log, and where that is recorded."""

    keys: tuple[RecipientKey, ...] = field(repr=False)
    reason: str
    access: Path | None

    def recorded(
        self, act: str, directory: Path, opened: Iterable[Opened], **asked: object
    ) -> Generator[Opened, None, None]:
        """Pass records on: the look is on record before the first, and which they were after.

        Close it, so that the latter is on record however the reading ends.

        Raises:
            ConfigError: the access log cannot be written; then no record is passed on.
        """
        log = AccessLog(self.access or access_path(directory), self.keys[0], SystemClock())
        narrowed = {name: str(value) for name, value in asked.items() if value is not None}
        log.record(act, reason=self.reason, asked=narrowed)
        seen: list[int] = []
        try:
            for record in opened:
                seen.append(record.index)
                yield record
        finally:
            log.record(f"{act}.ended", seen)


def exchanges_within(
    act: str,
    directory: Path,
    look: Look,
    since: datetime | None,
    until: datetime | None,
    *,
    content: Kept | None = None,
) -> Iterator[Exchange]:
    """A log's exchanges that were received in a time: from `since` on, before `until`, in UTC.

    Raises:
        ConfigError: the look cannot be recorded.
        SealError, RecordError, RegisterDown, OSError: as `review.show`.
    """
    kinds = frozenset({Kind.INTENT, Kind.OUTCOME})
    opened = show(directory, look.keys, kinds=kinds, content=content)
    with closing(look.recorded(act, directory, opened, since=since, until=until)) as recorded:
        yield from received_within(exchanges(recorded), since, until)


def looks(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of a look; it takes a `look` in their place."""

    @wraps(command)
    def taken(
        keys: tuple[Path, ...],
        reason: str,
        access: Path | None,
        **others: Any,  # noqa: ANN401 - a command's own options
    ) -> None:
        loaded = tuple(load_recipient(key) for key in keys)
        command(look=Look(keys=loaded, reason=reason, access=access), **others)

    for option in reversed(_OPTIONS):
        option(taken)
    return taken
