"""`guardrail-gw collect`, as an operator uses it."""

import asyncio
import io
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from rich.console import Console

from guardrail_gw.cli.collect import command, table
from guardrail_gw.collector.export import Collected
from guardrail_gw.errors import ConfigError
from guardrail_gw.keys.private import load_signer
from guardrail_gw.keys.vkey import COSIGNS, parse_vkey
from tests.support.collecting import place

pytestmark = pytest.mark.allow_blocking  # the driver reads its password files as it connects


def run(*arguments: object) -> Result:
    """The command; what it complains of is the result's exception."""
    return CliRunner().invoke(command, [str(each) for each in arguments])


@pytest.fixture
def databases(tmp_path: Path, postgres_address: str) -> dict[str, Path]:
    """Files with the addresses of the three roles of an empty database."""
    where = asyncio.run(place(postgres_address))
    found = {}
    for name in ("owner", "collect", "read"):
        path = found[name] = tmp_path / f"{name}.dsn"
        path.write_text(getattr(where, name) + "\n")
        path.chmod(0o600)
    return found


def test_a_key_is_made_and_its_line_printed(tmp_path: Path) -> None:
    """The line is a cosigner's verifier key; the file is its owner's, and is never replaced."""
    path = tmp_path / "collector.key"

    told = run("key", "--name", "collector.internal", "--out", path)
    again = run("key", "--name", "collector.internal", "--out", path)

    known = parse_vkey(told.output, COSIGNS)
    key = load_signer(path)
    assert known.name == "collector.internal"
    assert known.public == key.public_key().public_bytes_raw()
    assert path.stat().st_mode & 0o777 == 0o600
    assert isinstance(again.exception, ConfigError)


def test_tables_are_made_once(databases: dict[str, Path]) -> None:
    """Made already, there is nothing to do."""
    told = run("migrate", "--database", databases["owner"])

    assert (told.exit_code, "up to date" in told.output) == (0, True)


def test_a_listed_log_can_be_named() -> None:
    """Within 80 columns a log's whole name is there, as `export --origin` takes it."""
    origin = "guardrail-gw/eu-1/64d1c32b1df5b5c1"
    log = Collected(
        origin=origin,
        records=1_234_567,
        gateway="gw-1.guardrail.internal",
        accepted_us=1_795_360_000_123_456,
        closed=False,
        forks=2,
    )
    console = Console(width=80, record=True, file=io.StringIO())

    console.print(table([log]))
    told = console.export_text()

    assert origin in told
    assert all(text in told for text in ("gw-1.guardrail.internal", "1234567", "2026-11-22 15:06"))
    assert max(map(len, told.splitlines())) <= 80


def test_an_empty_collector_lists_nothing(databases: dict[str, Path], tmp_path: Path) -> None:
    """Without a log there is nothing to list and nothing to export."""
    plain = run("list", "--database", databases["read"])
    machine = run("list", "--database", databases["read"], "--json")
    exported = run("export", tmp_path / "out", "--database", databases["read"])

    assert (plain.exit_code, machine.exit_code, machine.output) == (0, 0, "")
    assert isinstance(exported.exception, ConfigError)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("text", "mode", "said"),
    [("postgresql://x", 0o644, "chmod 600"), ("mysql://x", 0o600, "postgresql://")],
)
def test_an_address_is_a_secret(tmp_path: Path, text: str, mode: int, said: str) -> None:
    """A file that others can read, or that holds something else, is not used."""
    path = tmp_path / "read.dsn"
    path.write_text(text)
    path.chmod(mode)

    told = run("list", "--database", path)

    assert isinstance(told.exception, ConfigError)
    assert said in str(told.exception)
    assert text not in told.output


def test_help_says_what_each_does() -> None:
    """The group's help names its five commands."""
    told = run("--help").output

    assert all(name in told for name in ("run", "migrate", "key", "list", "export"))
