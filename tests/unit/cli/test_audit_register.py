"""Commands that read a log find a key register elsewhere, when they are told where it is."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from guardrail_gw.cli import audit, cost
from tests.support.kept_content import Kept, kept_content, obeyed

COMMANDS = [
    (audit.command, "export", ()),
    (audit.command, "merge", ("--json",)),
    (cost.command, "report", ("--by", "user", "--json")),
]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    """A log of one person's request, whose name is sealed under a row of the register."""
    made = kept_content(tmp_path_factory.mktemp("kept"))
    made.start()
    made.say("erika", "a text", obeyed())
    made.stop()
    yield made
    made.close()


@pytest.mark.parametrize(("group", "name", "options"), COMMANDS)
def test_a_register_elsewhere_opens_names(
    kept: Kept, tmp_path: Path, group: click.Group, name: str, options: tuple[str, ...]
) -> None:
    """In a copy of the log alone nobody has a name; with the register and the acts they have."""
    log = shutil.copytree(kept.log, tmp_path / "log")
    keys = [part for who in ("auditor", "dpo") for part in ("--key", _key(kept, who))]
    public = ["--public", str(kept.folders.public)] if name == "merge" else []
    asked = [name, str(log), *keys, *options, *public]
    elsewhere = ["--register", str(kept.home / "audit-register" / "register.db")]
    acts = tmp_path / "acts"
    acts.mkdir()

    alone = CliRunner().invoke(group, asked)
    opened = CliRunner().invoke(group, [*asked, *elsewhere, "--acts", str(acts)])

    assert (alone.exit_code, opened.exit_code) == (0, 0)
    assert "erika" not in alone.stdout
    assert "erika" in opened.stdout


def _key(kept: Kept, name: str) -> str:
    return str(kept.folders.auditors / f"{name}.key")
