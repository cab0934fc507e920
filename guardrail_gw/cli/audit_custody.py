"""`audit erase`, `hold`, `release`, `prune`, `retention`: what becomes of content, and why."""

import asyncio
import getpass
import sys
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import click
import orjson
from rich.console import Console
from rich.table import Table
from rich.text import Text

from guardrail_gw.audit.configured import acts, opened_register, tags
from guardrail_gw.audit.erasure import BASES, Custody, Done, Judged
from guardrail_gw.audit.keyring import Tags
from guardrail_gw.audit.retention import Why
from guardrail_gw.cli.person import PERSON
from guardrail_gw.observability.clock import SystemClock
from guardrail_gw.settings import Settings

T = TypeVar("T")
_CONFIG = click.option(
    "--config",
    "path",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    required=True,
    help="gateway.yaml",
)
_TENANT = click.option("--tenant", help="Whose content.")
_SUBJECT = click.option(
    "--subject",
    type=PERSON,
    help="The person, as `user` names them; needs --tenant. `-`: from standard input.",
)
_REASON = click.option("--reason", required=True, help="On what ground; recorded, sealed.")
_BY = click.option("--by", default=getpass.getuser, help="Who does it; you if left out.")
_JSON = click.option("--json", "as_json", is_flag=True, help="For machines.")
_WORDS = {
    Why.HOLD: "stays: under a hold",
    Why.MINIMUM: "stays: a law asks for it until",
    Why.ERASURE: "goes: its erasure was asked for",
    Why.EXPIRED: "goes: its time has passed",
    Why.KEPT: "stays: its retention ends",
}


@click.command(name="erase")
@_CONFIG
@_TENANT
@_SUBJECT
@click.option("--basis", type=click.Choice(BASES), required=True, help="art17: a person's request.")
@_REASON
@_BY
@_JSON
def erase(
    path: Path,
    tenant: str | None,
    subject: str | None,
    basis: str,
    reason: str,
    by: str,
    as_json: bool,
) -> None:
    """Make the content of a person, or of a whole tenant, unreadable in every copy of the log.

    Do not name the person in --reason: the record stays. Exit codes: 0 all of it is gone, 1 some
    has to stay for now and goes with a later `audit prune`.
    """

    async def work(own: Custody, tagged: Tags) -> Done:
        return await own.erase(_scope(tagged, tenant, subject), basis, {"by": by, "reason": reason})

    _tell_done(_run(path, work), as_json=as_json, verb="erased")


@click.command(name="prune")
@_CONFIG
@_BY
@_JSON
def prune(path: Path, by: str, as_json: bool) -> None:
    """Destroy keys whose time has passed, and carry out erasures that had to wait. Run it daily.

    Exit codes: 0 nothing is due any more, 1 something is, and has to stay for now.
    """

    async def work(own: Custody, _tagged: Tags) -> Done:
        return await own.prune({"by": by})

    _tell_done(_run(path, work), as_json=as_json, verb="destroyed")


@click.command(name="hold")
@_CONFIG
@_TENANT
@_SUBJECT
@click.option("--everything", is_flag=True, help="Everybody's content.")
@_REASON
@_BY
def hold(
    path: Path, tenant: str | None, subject: str | None, everything: bool, reason: str, by: str
) -> None:
    """Keep content whatever else is asked for, until the hold is released by its id."""
    if everything and tenant is not None:
        raise click.UsageError("give either --everything or --tenant")

    async def work(own: Custody, tagged: Tags) -> str:
        scope = "" if everything else _scope(tagged, tenant, subject)
        return (await own.hold(scope, {"by": by, "reason": reason})).id

    click.echo(_run(path, work))


@click.command(name="release")
@click.argument("hold_id", metavar="ID")
@_CONFIG
@_REASON
@_BY
def release(hold_id: str, path: Path, reason: str, by: str) -> None:
    """End a hold.

    Exit codes: 0 it has ended, 1 there is no such hold.
    """

    async def work(own: Custody, _tagged: Tags) -> bool:
        return await own.release(hold_id, {"by": by, "reason": reason})

    if not _run(path, work):
        click.echo("there is no such hold", err=True)
        sys.exit(1)


@click.command(name="retention")
@_CONFIG
@_TENANT
@_SUBJECT
@_JSON
def retention(path: Path, tenant: str | None, subject: str | None, as_json: bool) -> None:
    """Explain what would happen to content now, and which rule decides. Changes nothing.

    Without --tenant: everything whose time has passed or whose erasure was asked for.
    """

    async def work(own: Custody, tagged: Tags) -> tuple[Judged, ...]:
        scope = None if tenant is None and subject is None else _scope(tagged, tenant, subject)
        return await own.judged(scope)

    judged = _run(path, work)
    if as_json:
        sys.stdout.buffer.write(orjson.dumps([_plain(each) for each in judged]) + b"\n")
    else:
        Console().print(_table(judged))


def _run(path: Path, work: Callable[[Custody, Tags], Awaitable[T]]) -> T:
    settings, clock = Settings.load(path), SystemClock()
    recorded, tagged = acts(settings, clock), tags(settings)

    async def opened() -> T:
        register = await opened_register(settings)
        try:
            return await work(Custody(register, recorded, clock), tagged)
        finally:
            await register.close()

    return asyncio.run(opened())


def _scope(tagged: Tags, tenant: str | None, subject: str | None) -> str:
    if tenant is None:
        raise click.UsageError("give --tenant, and --subject for one person of it")
    return tagged.tenant(tenant) if subject is None else tagged.person(tenant, subject)


def _tell_done(done: Done, *, as_json: bool, verb: str) -> None:
    if as_json:
        said = {"destroyed": done.destroyed, "waiting": [_plain(each) for each in done.waiting]}
        sys.stdout.buffer.write(orjson.dumps(said) + b"\n")
    else:
        console = Console()
        console.print(f"{done.destroyed} keys {verb}; what was sealed under them opens nowhere.")
        if done.waiting:
            console.print(_table(done.waiting))
    sys.exit(1 if done.waiting else 0)


def _table(judged: tuple[Judged, ...]) -> Table:
    """Counted by what decides, for a person; single rows have no names that mean anything."""
    counts = Counter(
        (each.decision.why, each.row.level, _day(each.decision.until_us)) for each in judged
    )
    table = Table(title="Keys of content", title_justify="left")
    for column in ("Keys", "Level", "What happens, and which rule decides"):
        table.add_column(column)
    order = list(Why)
    for (why, level, day), count in sorted(counts.items(), key=lambda c: (order.index(c[0][0]), c)):
        table.add_row(str(count), level, Text(f"{_WORDS[why]} {day}".rstrip()))
    return table


def _plain(judged: Judged) -> dict[str, object]:
    row, decision = judged.row, judged.decision
    return {
        "sid": row.sid,
        "level": row.level,
        "decides": decision.why.value,
        "goes": decision.destroy,
        "until_us": decision.until_us,
        "not_before_us": row.not_before_us,
        "retention_ends_us": row.until_us,
        "erasure_asked_for": row.wanted or None,
    }


def _day(time_us: int | None) -> str:
    return (
        "" if time_us is None else datetime.fromtimestamp(time_us / 1e6, tz=UTC).date().isoformat()
    )


CUSTODY = (erase, prune, hold, release, retention)
