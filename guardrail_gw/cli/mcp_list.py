"""`guardrail-gw mcp list`: what servers offer, and what is known of it."""

import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import orjson
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from guardrail_gw.cli.mcp_open import KEY_FILE, SERVERS, URL, Opened, at_gateway, run
from guardrail_gw.cli.mcp_words import brief, plain
from guardrail_gw.cli.policies import AS_JSON
from guardrail_gw.core.tool import ToolHints, hints_of
from guardrail_gw.errors import UpstreamFault
from guardrail_gw.mcp.aggregate.fetching import fetched
from guardrail_gw.mcp.aggregate.kinds import Kind, key_of
from guardrail_gw.mcp.aggregate.paging import Lack, Listing
from guardrail_gw.mcp.control.poisoning import SUSPECT
from guardrail_gw.mcp.ports import Server
from guardrail_gw.mcp_servers import Pinning

_KINDS = {
    "tools": Kind.TOOLS,
    "prompts": Kind.PROMPTS,
    "resources": Kind.RESOURCES,
    "templates": Kind.TEMPLATES,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One thing."""

    server: str
    name: str
    called: str
    """At the endpoint of all servers; empty: it has no name there."""
    description: str
    hints: tuple[str, ...] = ()
    approved: str = "-"
    """`yes`, `no`, `at first use`; `-`: nothing of the kind is."""
    tricks: tuple[str, ...] = ()
    """What is suspicious in its definition."""


@click.command(name="list")
@click.option(
    "--config",
    "path",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A gateway.yaml: its servers are asked.",
)
@URL
@KEY_FILE
@SERVERS
@click.option("--kind", type=click.Choice([*_KINDS]), default="tools", show_default=True)
@AS_JSON
def listed(
    path: Path | None,
    url: str | None,
    key_file: Path | None,
    only: tuple[str, ...],
    kind: str,
    as_json: bool,
) -> None:
    """List what the servers of a gateway.yaml offer, or what a key may use of a running gateway.

    Exit codes: 0 every server answered, 1 one did not, or nothing may be used, 2 wrong use.
    """
    if (path is None) == (url is None):
        raise click.UsageError("give either --config or --url")
    rows: list[Row] = []
    missing: dict[str, str] = {}
    if path is not None:
        rows, missing = run(path, only, lambda opened: _of_servers(opened, _KINDS[kind]))
    for server in (*only,) or (None,) if url is not None else ():
        more, lacking = _of_gateway(url or "", server, key_file, _KINDS[kind])
        rows, missing = rows + more, missing | lacking
    if as_json:
        said = [{n: getattr(row, n) for n in Row.__slots__} for row in rows]
        sys.stdout.buffer.write(orjson.dumps({"entries": said, "missing": missing}) + b"\n")
    else:
        _print(rows, missing)
    sys.exit(bool(missing))


async def _of_servers(opened: Opened, kind: Kind) -> tuple[list[Row], dict[str, str]]:
    catalogue = opened.governed.catalogue
    listings = await catalogue.listings(kind)
    rows: list[Row] = []
    for server, listing in listings.items():
        if isinstance(listing, Listing):
            rows += [row async for row in _rows(opened, server, listing)]
    return rows, _missing(listings)


async def _rows(opened: Opened, server: str, listing: Listing) -> AsyncIterator[Row]:
    tools = opened.governed.tools
    kind = listing.kind
    telling = tools.telling(server, kind)
    known = await tools.of_server(server) if kind is Kind.TOOLS else {}
    tell = {Kind.RESOURCES: telling.resource, Kind.TEMPLATES: telling.template}
    for entry in listing.entries:
        key = key_of(kind, entry) or ""
        told = tell.get(kind, telling.tool)(entry)
        of = known.get(key)
        yield Row(
            server=server,
            name=key,
            called="" if told is None else str(told[kind.key]),
            description=_text(entry),
            hints=tuple(_hints(hints_of(entry))) if kind is Kind.TOOLS else (),
            approved=_approval(opened, server, is_approved=of.standing.is_approved) if of else "-",
            tricks=tuple(sorted({str(s.trick) for s in of.suspicions if s.score >= SUSPECT}))
            if of
            else (),
        )


def _of_gateway(
    url: str, server: str | None, key_file: Path | None, kind: Kind
) -> tuple[list[Row], dict[str, str]]:
    async def asked(there: Server) -> Listing:
        return await fetched(there, kind)

    try:
        listing = at_gateway(url, server, key_file, asked)
    except UpstreamFault as fault:
        return [], {server or url: fault.detail}
    rows = [
        Row(
            server=server or "",
            name=key_of(kind, entry) or "",
            called=key_of(kind, entry) or "",
            description=_text(entry),
            hints=tuple(_hints(hints_of(entry))) if kind is Kind.TOOLS else (),
        )
        for entry in listing.entries
    ]
    return rows, {}


def _missing(listings: dict[str, Listing | Lack]) -> dict[str, str]:
    missing = {}
    for server, listing in listings.items():
        lacks = (listing,) if isinstance(listing, Lack) else listing.lacks
        if lacks:
            missing[server] = ", ".join(map(str, lacks))
    return missing


def _text(entry: Any) -> str:  # noqa: ANN401 - what a server sent
    said = entry.get("description") or entry.get("title") or ""
    return said if isinstance(said, str) else ""


def _hints(hints: ToolHints) -> Iterator[str]:
    words = (
        ("reads only", "may change things", hints.read_only),
        ("destructive", "not destructive", hints.destructive),
        ("open world", "closed world", hints.open_world),
    )
    for yes, no, said in words:
        if said is not None:
            yield yes if said else no


def _print(rows: list[Row], missing: dict[str, str]) -> None:
    console, table = Console(), Table(box=SIMPLE_HEAD, pad_edge=False)
    for column in ("name", "says of itself", "approved", "description"):
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(
            Text(plain(row.called or f"{row.server}/{row.name} (has no name here)")),
            Text(", ".join(row.hints) or "-"),
            _approved(row),
            Text(brief(row.description)),
        )
    console.print(table)
    for server, why in missing.items():
        console.print(Text(f"{server}: incomplete: {why}", style="yellow"))


def _approval(opened: Opened, server: str, *, is_approved: bool) -> str:
    if is_approved:
        return "yes"
    when = {each.id: each.pin for each in opened.config.servers}[server]
    is_new = opened.governed.pinned.pin(server) is None
    return "at first use" if is_new and when is Pinning.FIRST_USE else "no"


def _approved(row: Row) -> Text:
    styles = {"yes": "green", "no": "red", "at first use": "yellow"}
    said = Text(row.approved, styles.get(row.approved, ""))
    if row.tricks:
        said.append(f"; suspect: {', '.join(row.tricks)}", "bold red")
    return said
