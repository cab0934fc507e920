"""The attack corpus: what somebody does to a log, one file each, is named by `verify`."""

import importlib
from pathlib import Path
from types import ModuleType

import pytest
from click.testing import CliRunner, Result

from guardrail_gw.audit.findings import MEANING
from guardrail_gw.audit.verify import Verdict
from guardrail_gw.cli.audit import command
from tests.support.audit_attacks import Site, sentence_of, site
from tests.support.audit_world import judged

_ATTACKS = sorted(path.stem for path in Path(__file__).with_name("audit").glob("*.py"))
_ISSUE = {
    "truncate", "roll_back", "fork", "reorder", "splice", "reseal", "remove_empty_epoch",
    "swap_recipients", "move_ciphertext", "forge_checkpoint",
}  # fmt: skip


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """The log that they all have a go at."""
    return site(tmp_path_factory.mktemp("attacked"))


def _module(name: str) -> ModuleType:
    return importlib.import_module(f"tests.attacks.audit.{name}")


def test_the_log_is_whole_before(attacked: Site) -> None:
    """What is found afterwards was not there before."""
    assert judged(attacked.found, attacked.made.public).findings == ()
    assert judged(attacked.other, attacked.made.public).findings == ()


def test_the_corpus_is_complete() -> None:
    """Every attack that the corpus is to hold has its file, and each says what it does."""
    assert set(_ATTACKS) >= _ISSUE
    assert all(sentence_of(_module(name)).endswith(".") for name in _ATTACKS)


@pytest.mark.parametrize("name", _ATTACKS)
def test_an_attack_is_named(attacked: Site, name: str, tmp_path: Path) -> None:
    """The first finding is the attack's code, and the command says its sentence and ends so."""
    attack = _module(name).attack(attacked)
    verdict, sentence = MEANING[attack.code]

    report = judged(attack.files, attacked.made.public, kept=attack.kept)
    told = _command(attack.files, attack.kept, attacked, tmp_path)

    assert (report.verdict, report.findings[0].code) == (verdict, attack.code), report.findings
    assert verdict is Verdict.TAMPERED
    assert told.exit_code == int(verdict)
    assert attack.code in told.output
    assert sentence.split()[0] in told.output


def _command(found: dict[str, bytes], kept: bytes | None, attacked: Site, home: Path) -> Result:
    log = home / "log"
    log.mkdir()
    for name, data in found.items():
        (log / name).write_bytes(data)
    options = ["verify", str(log), "--public", str(attacked.made.public_folder)]
    if kept is not None:
        (home / "kept").write_bytes(kept)
        options += ["--checkpoint", str(home / "kept")]
    return CliRunner().invoke(command, options)
