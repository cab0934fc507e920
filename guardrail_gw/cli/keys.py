"""`guardrail-gw keys`: keys are made, changed, shown and tried."""

from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from guardrail_gw.cli.keys_change import add, rotate, sign
from guardrail_gw.cli.keys_drill import drill_keys
from guardrail_gw.cli.keys_recipients import show_recipients
from guardrail_gw.keys.generate import (
    DEFAULT_GOVERNORS,
    DEFAULT_RECIPIENTS,
    VALID_DAYS,
    Ceremony,
    KeyFolders,
    adopt,
    init,
)
from guardrail_gw.keys.passphrase import passphrases
from guardrail_gw.keys.signer import make_signer
from guardrail_gw.server.access import digest, issue


@click.group(name="keys")
def command() -> None:
    """Make and change keys, and say who may open records."""


for _each in (add, rotate, sign, show_recipients, drill_keys):
    command.add_command(_each)


@command.command(name="init")
@click.argument("directory", type=click.Path(path_type=Path))
@click.option("--name", help="The log's name, seen by every verifier; an opaque one if left out.")
@click.option(
    "--recipient",
    "recipients",
    metavar="NAME:GROUP:LEVEL",
    multiple=True,
    default=DEFAULT_RECIPIENTS,
    show_default=True,
    help="Who can open audit records; at least two, of two groups.",
)
@click.option(
    "--governor",
    "governors",
    multiple=True,
    default=DEFAULT_GOVERNORS,
    show_default=True,
    help="Who signs changes of the recipients; at least two.",
)
@click.option("--suite", type=click.IntRange(1, 2), default=1, show_default=True)
@click.option("--valid-days", type=click.IntRange(1, 3660), default=VALID_DAYS, show_default=True)
@click.option("--unprotected", is_flag=True, help="Private keys without a passphrase: for trials.")
@click.option("--adopt", "adopted", is_flag=True, help="Give keys of 0.1 governors; keep them.")
def init_keys(
    directory: Path,
    name: str | None,
    recipients: tuple[str, ...],
    governors: tuple[str, ...],
    suite: int,
    valid_days: int,
    unprotected: bool,
    adopted: bool,
) -> None:
    """Make all keys of a gateway in a new DIRECTORY; nothing is ever overwritten.

    Suite 2 seals with X25519 and ML-KEM-768 together, against those who store now and break later.
    """
    ceremony = Ceremony(
        recipients=recipients,
        governors=governors,
        suite=suite,
        valid_days=valid_days,
        asked=None if unprotected else passphrases(),
    )
    made = adopt(directory, ceremony) if adopted else init(directory, name=name, ceremony=ceremony)
    Console().print(_folders(made))


def _folders(folders: KeyFolders) -> Table:
    table = Table(title=f"Keys of {folders.origin}", title_justify="left")
    table.add_column("Folder")
    table.add_column("Holds")
    table.add_column("Belongs to")
    table.add_row(str(folders.gateway), "what the gateway needs", "the gateway alone")
    table.add_row(str(folders.public), "public keys, who may open what", "everyone who verifies")
    table.add_row(str(folders.auditors), "keys that open records", "each recipient: move it away")
    table.add_row(str(folders.governors), "keys that sign changes", "each governor: move it away")
    return table


@command.command(name="signer")
@click.argument("name")
@click.option(
    "--out", required=True, type=click.Path(path_type=Path, dir_okay=False), help="A new file."
)
@click.option("--unprotected", is_flag=True, help="Without a passphrase: for trials.")
def signer_key(name: str, out: Path, unprotected: bool) -> None:
    """Make a key for NAME, who signs policies; the line that is shown goes to the others.

    Governors have keys that sign already: `governors.vkey` may say who signs policies.
    """
    click.echo(make_signer(name, out, None if unprotected else passphrases()).vkey())


@command.command(name="issue")
@click.option("--id", "key_id", required=True, help="The key's public name.")
@click.option("--tenant", required=True)
@click.option("--team", required=True)
@click.option("--user", required=True)
def issue_key(key_id: str, tenant: str, team: str, user: str) -> None:
    """Make a virtual key: shown once, with the lines for gateway.yaml that hold its hash only."""
    key = issue()
    click.echo(f"# The key, for its user; it is shown this once:\n# {key}\naccess:\n  keys:")
    click.echo(
        f"    - {{id: {key_id}, tenant: {tenant}, team: {team}, user: {user},\n"
        f"       sha256: {digest(key)}}}"
    )
