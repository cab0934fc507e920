"""`guardrail-gw mcp doctor`: is everything there that calls need, and does it hold?"""

import sys
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import click
import orjson
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from guardrail_gw.cli.mcp_open import CONFIG, SERVERS, Opened, run
from guardrail_gw.cli.mcp_words import counted, plain
from guardrail_gw.cli.policies import AS_JSON
from guardrail_gw.errors import UpstreamFault
from guardrail_gw.mcp.aggregate.kinds import Kind
from guardrail_gw.mcp.aggregate.paging import Lack, Listing
from guardrail_gw.mcp.control.pins import ToolSet, UnpinnableError, differences
from guardrail_gw.mcp.control.poisoning import SUSPECT
from guardrail_gw.mcp.ports import Described
from guardrail_gw.mcp_servers import McpServerConfig


class State(StrEnum):
    """What was found."""

    GOOD = "good"
    NOTE = "note"
    """It works; somebody should know."""
    FAULT = "fault"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at."""

    server: str
    """Empty: of all."""
    what: str
    state: State
    said: str


_STYLES = {State.GOOD: "green", State.NOTE: "yellow", State.FAULT: "red"}


@click.command(name="doctor")
@CONFIG
@SERVERS
@AS_JSON
def doctor(path: Path, only: tuple[str, ...], as_json: bool) -> None:
    """Ask every server, and check what calls depend on: lists, names, approval, places, state.

    Exit codes: 0 no fault, perhaps notes, 1 a fault.
    """
    found = run(path, only, examined)
    if as_json:
        rows = [{n: getattr(each, n) for n in Finding.__slots__} for each in found]
        sys.stdout.buffer.write(orjson.dumps(rows) + b"\n")
    else:
        _print(found)
    sys.exit(any(each.state is State.FAULT for each in found))


async def examined(opened: Opened) -> list[Finding]:
    """Everything that was looked at, server by server."""
    found = [*_shared(opened)]
    for config in opened.config.servers:
        found += [each async for each in _examined(opened, config)]
    found += _named(opened)
    return found


def _shared(opened: Opened) -> Iterator[Finding]:
    problem = opened.governed.pinned.problem
    if problem is not None:
        yield Finding(server="", what="pins", state=State.FAULT, said=problem)
    if opened.settings.gateway.state.store == "memory":
        said = "state.store is memory: nobody can approve a call that waits"
        yield Finding(server="", what="approvals", state=State.NOTE, said=said)


async def _examined(opened: Opened, config: McpServerConfig) -> AsyncIterator[Finding]:
    server, began_s = config.id, time.monotonic()
    for each in _placed(config):
        yield each
    try:
        described = await opened.governed.catalogue.described(server)
    except UpstreamFault as fault:
        yield Finding(server=server, what="answers", state=State.FAULT, said=fault.detail)
        return
    took_ms = round((time.monotonic() - began_s) * 1000)
    said = f"revision {plain(described.revision)} ({described.era}), after {took_ms} ms"
    yield Finding(server=server, what="answers", state=State.GOOD, said=said)
    async for each in _lists(opened, server):
        yield each
    listing = opened.governed.catalogue.known(server, Kind.TOOLS)
    if listing is not None:
        yield await _approval(opened, server, described)
        yield await _suspects(opened, server)


def _placed(config: McpServerConfig) -> Iterator[Finding]:
    if not config.inference or not config.storage:
        said = "where it works, or keeps things, is unknown: unlawful wherever a place is asked for"
        yield Finding(server=config.id, what="place", state=State.NOTE, said=said)
    if config.contract is None:
        said = "no contract is named"
        yield Finding(server=config.id, what="contract", state=State.NOTE, said=said)


async def _lists(opened: Opened, server: str) -> AsyncIterator[Finding]:
    for kind in Kind:
        listing = await opened.governed.catalogue.listing(server, kind)
        lacks = (listing,) if isinstance(listing, Lack) else listing.lacks
        if lacks:
            said = f"incomplete: {', '.join(map(str, lacks))}"
            yield Finding(server=server, what=kind.value, state=State.FAULT, said=said)
        elif isinstance(listing, Listing) and listing.entries:
            said = str(len(listing.entries))
            yield Finding(server=server, what=kind.value, state=State.GOOD, said=said)


async def _approval(opened: Opened, server: str, described: Described) -> Finding:
    now = await opened.governed.offered(server)
    pin = opened.governed.pinned.pin(server)
    what = "approval"
    try:
        _ = now.digest
    except UnpinnableError:
        said = "a definition has no canonical form (RFC 8785), so nobody can approve it"
        return Finding(server=server, what=what, state=State.FAULT, said=said)
    if pin is None:
        said = f"nothing is approved yet; {len(now.tools)} tools wait for a first use or for you"
        return Finding(server=server, what=what, state=State.NOTE, said=said)
    differing = differences(pin.set, ToolSet(tools=now.tools, instructions=described.instructions))
    state = State.FAULT if differing else State.GOOD
    return Finding(server=server, what=what, state=state, said=counted(differing))


async def _suspects(opened: Opened, server: str) -> Finding:
    known = await opened.governed.tools.of_server(server)
    suspect = {
        name: sorted({str(s.trick) for s in each.suspicions if s.score >= SUSPECT})
        for name, each in known.items()
        if each.standing.is_suspect
    }
    if not suspect:
        said = "no definition looks like orders to a model"
        return Finding(server=server, what="definitions", state=State.GOOD, said=said)
    said = "; ".join(f"{plain(name)}: {', '.join(kinds)}" for name, kinds in suspect.items())
    return Finding(server=server, what="definitions", state=State.FAULT, said=said)


def _named(opened: Opened) -> Iterator[Finding]:
    names = opened.governed.tools.names(Kind.TOOLS)
    for own in sorted(names.clashing):
        said = f"{plain(own.name)} is another's name as well: neither of them is shown at /mcp"
        yield Finding(server=own.server, what="names", state=State.FAULT, said=said)
    for own, name in sorted(names.shown.items()):
        if not name.endswith(own.name):
            said = f"{plain(own.name)} is called {name} at /mcp"
            yield Finding(server=own.server, what="names", state=State.NOTE, said=said)


def _print(found: list[Finding]) -> None:
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for column in ("server", "what", "", "found"):
        table.add_column(column, overflow="fold")
    for each in found:
        state = Text(str(each.state), style=_STYLES[each.state])
        table.add_row(each.server or "all", each.what, state, Text(each.said))
    Console().print(table)
