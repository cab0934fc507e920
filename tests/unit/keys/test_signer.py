"""Keys of those who sign policies: their own, or those that governors have."""

from pathlib import Path

import pytest

from guardrail_gw.errors import ConfigError
from guardrail_gw.keys.dsse import load_verifiers, owner_of
from guardrail_gw.keys.generate import init
from guardrail_gw.keys.governance import GOVERNORS
from guardrail_gw.keys.passphrase import Passphrases
from guardrail_gw.keys.private import load_signer
from guardrail_gw.keys.signer import make_signer

ASKED = Passphrases((b"a long passphrase",))


def test_a_signers_key_is_protected(tmp_path: Path) -> None:
    """With its passphrase the file opens, and without it does not."""
    path = tmp_path / "anna.key"

    verifier = make_signer("anna", path, ASKED)

    assert owner_of(load_signer(path, ASKED), [verifier], path) == verifier
    with pytest.raises(ConfigError, match="passphrase"):
        load_signer(path, Passphrases((b"another passphrase",)))


@pytest.mark.parametrize("name", ["", "two words", "a+b"])
def test_a_name_that_no_key_can_have_is_refused(tmp_path: Path, name: str) -> None:
    """Nothing is written for it."""
    with pytest.raises(ConfigError, match="printable ASCII"):
        make_signer(name, tmp_path / "anna.key")

    assert not (tmp_path / "anna.key").exists()


def test_governors_can_sign_policies(tmp_path: Path) -> None:
    """The file that names a gateway's governors names who may sign, and their keys are theirs."""
    folders = init(tmp_path / "keys")

    governors = load_verifiers(folders.gateway / GOVERNORS)
    path = folders.governors / "governor-one.key"

    assert len(governors) == 2
    assert owner_of(load_signer(path), governors, path) in governors
