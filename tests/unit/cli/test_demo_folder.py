"""What the demo leaves behind."""

from pathlib import Path

from click.testing import CliRunner

from guardrail_gw.cli.demo_folder import prepare
from guardrail_gw.cli.policy import command
from guardrail_gw.keys.audit_keys import load_audit_keys
from guardrail_gw.keys.generate import KeyFolders
from guardrail_gw.keys.governance import note_path


def test_its_policies_keep_texts_and_pass_their_cases(tmp_path: Path) -> None:
    """It is the default policy but for the detail of records, in its cases as well."""
    prepare(tmp_path, us="http://127.0.0.1:1", eu="http://127.0.0.1:2", port=0)
    policies = tmp_path / "policies"

    tested = CliRunner().invoke(command, ["test", str(policies)])

    assert tested.exit_code == 0, tested.output
    assert "detail: redacted" in (policies / "policy.yaml").read_text(encoding="utf-8")


def _prepared(folder: Path) -> KeyFolders:
    prepare(folder, us="http://127.0.0.1:1", eu="http://127.0.0.1:2", port=8080)
    return KeyFolders.of(folder / "keys", "guardrail-gw/demo")


def test_keys_are_kept(tmp_path: Path) -> None:
    """A second run goes on with the keys of the first."""
    first = _prepared(tmp_path)
    before = load_audit_keys(first.gateway, first.public)

    second = _prepared(tmp_path)

    assert load_audit_keys(second.gateway, second.public).digest == before.digest


def test_keys_of_an_earlier_release_are_adopted(tmp_path: Path) -> None:
    """Keys that nobody governs yet are given governors, so that the demo runs."""
    folders = _prepared(tmp_path)
    origin = (folders.public / "origin.vkey").read_bytes()
    note_path(folders.public, 1).unlink()
    for path in (folders.gateway / "governors.vkey", *folders.governors.iterdir()):
        path.unlink()
    folders.governors.rmdir()

    again = _prepared(tmp_path)

    assert load_audit_keys(again.gateway, again.public).serial == 1
    assert (again.public / "origin.vkey").read_bytes() == origin
