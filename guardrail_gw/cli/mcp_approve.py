"""`guardrail-gw mcp approve`, `deny`, `waiting`: people decide about definitions and calls."""

import asyncio
import getpass
import json
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import click
import orjson
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from guardrail_gw.audit.configured import acts
from guardrail_gw.checked import revealing
from guardrail_gw.cli.mcp_open import CONFIG, loaded, run
from guardrail_gw.cli.mcp_pin import Compared, compared, show
from guardrail_gw.cli.mcp_words import plain
from guardrail_gw.cli.policies import AS_JSON
from guardrail_gw.errors import ConfigError
from guardrail_gw.keys.secret_files import REDACTION_KEY, read_secret
from guardrail_gw.mcp.acting import Acting, pins_path
from guardrail_gw.mcp.approvals import Approvals
from guardrail_gw.mcp.control.approval import Decision, Pending
from guardrail_gw.mcp.control.pins import Pin
from guardrail_gw.mcp.pin_file import PinFile
from guardrail_gw.observability.clock import SystemClock
from guardrail_gw.settings import Settings
from guardrail_gw.state.arranged import arranged

T = TypeVar("T")
BY = click.option("--by", default=getpass.getuser, help="Who decides; you if left out.")
_REASON = click.option("--reason", default="", help="Why; recorded, sealed.")
_CALL = click.option("--call", "call_id", metavar="ID", help="A call that waits, by its id.")


@click.command(name="approve")
@click.argument("servers", nargs=-1)
@CONFIG
@_CALL
@click.option("--yes", is_flag=True, help="Ask nothing; the differences are shown all the same.")
@_REASON
@BY
def approve(
    servers: tuple[str, ...], path: Path, call_id: str | None, yes: bool, reason: str, by: str
) -> None:
    """Approve what SERVERS say of their tools now, or one call that waits.

    Differences are shown first. It is on record before it counts; running gateways see it by
    themselves. Exit codes: 0 done, or nothing differs, 1 not done, 2 wrong use.
    """
    if (call_id is None) == (not servers):
        raise click.UsageError("give either SERVERS or --call")
    if call_id is not None:
        _decide(path, call_id, Decision.ALLOWED, by, reason)
        return
    found = run(path, servers, compared)
    is_done = [_approve(path, each, by, yes=yes) for each in found]
    sys.exit(not all(is_done))


@click.command(name="deny")
@CONFIG
@_CALL
@_REASON
@BY
def deny(path: Path, call_id: str | None, reason: str, by: str) -> None:
    """Refuse a call that waits.

    Exit codes: 0 it is refused, 1 it does not wait any more.
    """
    if call_id is None:
        raise click.UsageError("give --call")
    _decide(path, call_id, Decision.DENIED, by, reason)


@click.command(name="waiting")
@CONFIG
@AS_JSON
def waiting(path: Path, as_json: bool) -> None:
    """List the calls that wait for a decision, with placeholders where policy replaces values.

    Exit code: 0.
    """
    found = with_approvals(path, lambda approvals: approvals.waiting())
    if as_json:
        sys.stdout.buffer.write(orjson.dumps([_said(each) for each in found]) + b"\n")
        return
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("id", no_wrap=True)  # to be copied
    for column in ("until (UTC)", "tool", "who", "arguments"):
        table.add_column(column, overflow="fold")
    for each in found:
        table.add_row(*map(Text, _row(each)))
    Console().print(table if found else "no call waits")


def _approve(path: Path, each: Compared, by: str, *, yes: bool) -> bool:
    """Pin what one server says now; whether it is approved in the end."""
    show(each)
    if each.is_approved:
        return True
    if each.now is None or each.digest is None:
        return False
    if not yes and not click.confirm(f"Approve what {each.server} says now?"):
        return False
    settings, clock = Settings.load(path), SystemClock()
    pin = Pin(set=each.now, by=by, at_us=clock.now_us())
    asyncio.run(Acting(acts(settings, clock)).pinned(each.server, pin))
    PinFile(pins_path(settings)).change(lambda pins: {**pins, each.server: pin})
    Console().print(Text(f"{each.server}: approved by {by} ({each.digest[:12]})", style="green"))
    return True


def _decide(path: Path, id_: str, decision: Decision, by: str, reason: str) -> None:
    settings, clock = Settings.load(path), SystemClock()
    acting = Acting(acts(settings, clock))

    async def work(approvals: Approvals) -> Pending | None:
        return await approvals.decide(id_, decision, by=by, reason=reason, record=acting.decided)

    done = with_approvals(path, work)
    if done is None:
        click.echo("no such call waits: it is over, or somebody else has decided", err=True)
        sys.exit(1)
    click.echo(f"{done.server}/{plain(done.tool)}: {done.decision} by {by}")


def with_approvals(path: Path, work: Callable[[Approvals], Awaitable[T]]) -> T:
    """Do something with the calls that wait, in the state that gateways share.

    Raises:
        ConfigError: it is in memory, where nobody else reaches it.
    """
    settings, config = loaded(path)
    if settings.gateway.state.store == "memory":
        raise ConfigError(
            f"{path}: state.store: calls that wait are in the gateway's memory, where nobody else"
            " reaches them; use sqlite or redis"
        )
    clock = SystemClock()
    keys = settings.resolve(settings.gateway.audit.keys)
    conversations = arranged(
        settings, clock, read_secret(keys / REDACTION_KEY), _inline, revealing(settings)
    )

    async def opened() -> T:
        store = conversations.store
        await store.start()
        try:
            return await work(Approvals(store, conversations.key, clock, config.approvals))
        finally:
            await store.close()

    return asyncio.run(opened())


async def _inline(function: Callable[[], T], *, size: int) -> T:
    del size
    return function()


def _row(each: Pending) -> tuple[str, ...]:
    until = datetime.fromtimestamp(each.until_us / 1e6, tz=UTC)
    arguments = json.dumps(each.arguments, ensure_ascii=False)
    return (
        each.id,
        until.strftime("%H:%M:%S"),
        plain(f"{each.server}/{each.tool}"),
        f"{each.tenant}/{each.team}/{each.user} ({each.key})",
        plain(arguments),
    )


def _said(each: Pending) -> dict[str, object]:
    return {name: getattr(each, name) for name in Pending.__slots__} | {"digest": each.digest}
