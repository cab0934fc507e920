"""`keys recipients`: who may open what, and who said so."""

import sys
from pathlib import Path

import click
import orjson
from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from guardrail_gw.errors import ConfigError
from guardrail_gw.keys.audit_keys import load_public
from guardrail_gw.keys.generate import today
from guardrail_gw.keys.governance import DRAFT, Version, lacking, read_version, versions
from guardrail_gw.keys.recipients import Reach, Recipient, Recipients, readers

_YES, _NO = "yes", "-"


@click.command(name="recipients")
@click.argument("public", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--draft", is_flag=True, help="The version that waits for signatures.")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def show_recipients(public: Path, draft: bool, as_json: bool) -> None:
    """Show who may open what a gateway seals, once the signatures in PUBLIC have been checked.

    Exit codes: 0 in force, 1 expired or signatures are missing, 2 a file cannot be used.
    """
    version, missing = _draft(public) if draft else (_in_force(public), None)
    content = version.content
    expired = today() > content.expires
    if as_json:
        said = _plain(version, missing, expired=expired)
        sys.stdout.buffer.write(orjson.dumps(said, option=orjson.OPT_INDENT_2) + b"\n")
    else:
        Console().print(Group(_table(content), _words(version, missing, expired=expired)))
    sys.exit(1 if expired or missing else 0)


def _in_force(public: Path) -> Version:
    found = load_public(public).versions
    if not found:
        raise ConfigError(f"{public}: no signed text says who the recipients are")
    return found[-1]


def _draft(public: Path) -> tuple[Version, str | None]:
    waiting = sorted(public.glob(f"recipients-*{DRAFT}"))
    if not waiting:
        raise ConfigError(f"{public}: no draft waits for signatures")
    before = versions(public)
    version = read_version(waiting[0])
    return version, lacking(version, before[-1] if before else None)


def _table(content: Recipients) -> Table:
    table = Table(title=f"Who may open what {content.log} seals", title_justify="left")
    for column in ("Recipient", "Group", "Metadata", "Redacted", "Full text", "Key"):
        table.add_column(column, overflow="fold")
    for each in content.recipients:
        table.add_row(each.name, each.party, *_may(content, each), each.fingerprint[:8])
    return table


def _may(content: Recipients, recipient: Recipient) -> tuple[str, ...]:
    """What a recipient opens at each level: alone, together with whom, or not at all."""
    found = []
    for reach in Reach:
        groups = [group for group in readers(content.recipients, reach) if recipient in group]
        others = sorted({other.name for group in groups for other in group} - {recipient.name})
        found.append(f"with {' or '.join(others)}" if others else _YES if groups else _NO)
    return tuple(found)


def _words(version: Version, missing: str | None, *, expired: bool) -> Text:
    content = version.content
    signed = ", ".join(g.name for g in version.note.signers(content.governors)) or "nobody"
    until = f"{'EXPIRED' if expired else 'expires'} {content.expires}"
    lines = [
        f"Version {content.serial}, suite {content.suite}, issued {content.issued}, {until}",
        f"Signed by {signed}; two of {', '.join(g.name for g in content.governors)} have to",
    ]
    if missing:
        lines.append(f"NOT IN FORCE: {missing}")
    return Text("\n".join(lines))


def _plain(version: Version, missing: str | None, *, expired: bool) -> dict[str, object]:
    content = version.content
    return {
        "log": content.log,
        "serial": content.serial,
        "suite": content.suite,
        "sha256": version.digest,
        "issued": content.issued.isoformat(),
        "expires": content.expires.isoformat(),
        "expired": expired,
        "missing": missing,
        "governors": [g.vkey() for g in content.governors],
        "signed_by": [g.name for g in version.note.signers(content.governors)],
        "origins": [o.vkey() for o in content.origins],
        "recipients": [
            {
                "name": r.name,
                "group": r.party,
                "level": r.reach.value,
                "key": r.fingerprint,
                **dict(zip((reach.value for reach in Reach), _may(content, r), strict=True)),
            }
            for r in content.recipients
        ],
    }
