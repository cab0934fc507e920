"""`guardrail-gw keys`: everything that starts with making a key."""

from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from guardrail_gw.keys.generate import DEFAULT_RECIPIENTS, init
from guardrail_gw.server.access import digest, issue


@click.group(name="keys")
def command() -> None:
    """Make keys."""


@command.command(name="init")
@click.argument("directory", type=click.Path(path_type=Path))
@click.option("--name", help="The log's name, seen by every verifier; an opaque one if left out.")
@click.option(
    "--recipient",
    "recipients",
    multiple=True,
    default=DEFAULT_RECIPIENTS,
    show_default=True,
    help="Who can open audit records; at least two.",
)
def init_keys(directory: Path, name: str | None, recipients: tuple[str, ...]) -> None:
    """Make all keys of a gateway in a new DIRECTORY; nothing is ever overwritten."""
    folders = init(directory, name=name, recipients=recipients)
    table = Table(title=f"Keys of {folders.origin}", title_justify="left")
    table.add_column("Folder")
    table.add_column("Holds")
    table.add_column("Belongs to")
    table.add_row(str(folders.gateway), "what the gateway needs", "the gateway alone")
    table.add_row(str(folders.public), "public keys", "everyone who verifies")
    table.add_row(str(folders.auditors), "private keys that open records", "auditors: move it away")
    Console().print(table)


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
