"""`guardrail-gw audit search`: find exchanges in a log of any size."""

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import orjson
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from guardrail_gw.audit.index.entry import NANO
from guardrail_gw.audit.index.search import COUNTED, Hit, Query, Searcher
from guardrail_gw.audit.verify import Report, Verdict
from guardrail_gw.cli.audit_folder import FILE, FOLDER, MOMENT, inert, time_of
from guardrail_gw.cli.audit_kept import ACTS, REGISTER
from guardrail_gw.cli.person import PERSON
from guardrail_gw.cli.review_log import FILE_TO_BE, LOG, indexed, reviewed

_WORDS = ("subject", "team", "model", "provider", "jurisdiction", "code")
_LINKS = ("request", "session", "tool", "provider_request_id")


@click.command(name="search")
@click.argument("log", type=LOG)
@click.option("--key", "keys", type=FILE, multiple=True, required=True, help="A private key file.")
@click.option("--request", help="The gateway's id of a request (its `x-request-id`).")
@click.option("--provider-request-id", help="The provider's id of it.")
@click.option(
    "--session",
    help="Goes on from this: a conversation or an answer that the provider keeps, by its id.",
)
@click.option(
    "--tool",
    help="Calls this tool of an MCP server (`crm/find`), or offers it (where texts are kept).",
)
@click.option(
    "--subject",
    type=PERSON,
    help="Whose data: the person, by the name that the log has. `-`: from standard input.",
)
@click.option("--team", help="Requests of this team.")
@click.option("--model", help="As the client named it.")
@click.option("--provider", help="Any attempt went to this provider.")
@click.option("--jurisdiction", help="Any attempt went there: EU, EEA, UK, US, CH+DE, unknown.")
@click.option("--code", help="Ended with this error code (docs/errors.md).")
@click.option("--entity", help="This kind of personal data was found: PERSON, IBAN_CODE, ...")
@click.option("--refused", is_flag=True, help="Only requests that did not leave.")
@click.option("--since", type=MOMENT, help="Received at this time (UTC) or later.")
@click.option("--until", type=MOMENT, help="Received before this time (UTC).")
@click.option("--limit", default=100, show_default=True, type=click.IntRange(min=1))
@click.option("--reason", default="", help="Why you look; kept in the access log.")
@click.option("--access", type=FILE_TO_BE, help="Where the look is recorded; default LOG.access.")
@REGISTER
@ACTS
@click.option("--public", type=FOLDER, help="The audit-public folder (found beside LOG).")
@click.option("--index", type=FILE_TO_BE, help="Where the index is kept.")
@click.option("--json", "as_json", is_flag=True, help="For machines: one object per line.")
def search_log(
    log: Path,
    keys: tuple[Path, ...],
    limit: int,
    reason: str,
    access: Path | None,
    register: Path | None,
    acts: Path | None,
    public: Path | None,
    index: Path | None,
    as_json: bool,
    **asked: Any,  # noqa: ANN401 - an option each
) -> None:
    """Find exchanges, newest first. LOG is a folder, or an archive that `audit bundle` wrote.

    Verifies the log and enters what is new into an index, which only an auditor's key opens; then
    it answers at once. That you looked is written down beside the log.

    Exit codes: 0 found something, 1 nothing matches, or the log was tampered with, 3 the log cannot
    be verified.
    """
    query = _query(asked)
    with reviewed(
        log, keys, public=public, index=index, access=access, register=register, acts=acts
    ) as of:
        file, report = indexed(of)
        searcher = Searcher(file)
        hits = searcher.find(query, limit=limit)
        count = searcher.count(query)
        file.close()
        narrowed = {name: str(value) for name, value in asked.items() if value}
        of.access.record("search", _records(hits), reason=reason, asked=narrowed)
    if as_json:
        for hit in hits:
            sys.stdout.buffer.write(orjson.dumps(_plain(hit)) + b"\n")
    else:
        _tell(hits, count, report)
    sys.exit(_exit_code(hits, report.verdict))


def _exit_code(hits: Sequence[Hit], verdict: Verdict) -> int:
    """What an index says of a log that cannot be judged today is no answer about that log."""
    if verdict in {Verdict.TAMPERED, Verdict.UNVERIFIABLE}:
        return int(verdict)
    return 0 if hits else 1


def _records(hits: Sequence[Hit]) -> list[int]:
    return [n for hit in hits for n in (hit.index, hit.outcome_index) if n is not None]


def _query(asked: dict[str, Any]) -> Query:
    return Query(
        since_us=_us(asked["since"]),
        until_us=_us(asked["until"]),
        words=tuple((name, asked[name]) for name in _WORDS if asked[name] is not None),
        links=tuple((name, asked[name]) for name in _LINKS if asked[name] is not None),
        entity=asked["entity"],
        refused=asked["refused"],
    )


def _us(time: datetime | None) -> int | None:
    return None if time is None else round(time.replace(tzinfo=UTC).timestamp() * 1e6)


def _plain(hit: Hit) -> dict[str, object]:
    return {
        "index": hit.index,
        "outcome_index": hit.outcome_index,
        "received": time_of(hit.received_us),
        **hit.words,
        "entities": dict(hit.found),
        "status": hit.status,
        "cost_usd": None if hit.cost_nano is None else f"{hit.cost_nano / NANO:.9f}",
    }


def _tell(hits: Sequence[Hit], count: int, report: Report) -> None:
    console = Console()
    table = Table(box=SIMPLE_HEAD, padding=(0, 1), pad_edge=False, collapse_padding=True)
    table.add_column("record", justify="right", no_wrap=True)
    table.add_column("received (UTC)", no_wrap=True)
    for heading, least in (("who", 8), ("found", 15), ("went to", 12), ("ending", 7)):
        table.add_column(heading, overflow="fold", min_width=least)
    for hit in hits:
        words = hit.words.get
        where = f"{words('jurisdiction')}, {words('provider')}" if words("provider") else "-"
        table.add_row(
            str(hit.index),
            time_of(hit.received_us)[:16].replace("T", " "),
            inert(f"{words('user') or words('identity', '-')} ({words('team', '-')})"),
            Text("\n").join(inert(f"{entity} {n}") for entity, n in hit.found)
            if hit.found
            else "-",
            inert(where),
            inert(words("code") or words("ending", "-")),
        )
    console.print(table)
    many = f"more than {COUNTED:,}" if count > COUNTED else f"{count:,}"
    console.print(f"{len(hits)} of {many} that match; the log is {report.verdict.name.lower()}")
