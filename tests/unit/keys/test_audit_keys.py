"""Loading keys: what does not fit, or is open to others, is refused in words."""

from collections.abc import Callable
from pathlib import Path

import pytest

from guardrail_gw.errors import ConfigError
from guardrail_gw.keys.audit_keys import load_audit_keys, load_public, load_recipient
from guardrail_gw.keys.generate import KeyFolders, init


def _open_to_others(folders: KeyFolders) -> None:
    (folders.gateway / "origin.key").chmod(0o644)


def _missing(folders: KeyFolders) -> None:
    (folders.gateway / "origin.key").unlink()


def _not_a_key(folders: KeyFolders) -> None:
    (folders.gateway / "origin.key").write_bytes(b"no key")


def _other_kind(folders: KeyFolders) -> None:
    pem = (folders.auditors / "auditor.key").read_bytes()
    (folders.gateway / "origin.key").write_bytes(pem)


def _other_gateway(folders: KeyFolders) -> None:
    other = init(folders.gateway.parent / "other", name=folders.origin)
    vkey = (other.public / "origin.vkey").read_bytes()
    (folders.public / "origin.vkey").write_bytes(vkey)


def _one_recipient(folders: KeyFolders) -> None:
    (folders.public / "escrow.pub").unlink()


def _same_recipient_twice(folders: KeyFolders) -> None:
    (folders.public / "escrow.pub").write_bytes((folders.public / "auditor.pub").read_bytes())


def _recipient_of_other_kind(folders: KeyFolders) -> None:
    (folders.public / "escrow.pub").write_bytes(b"-----BEGIN PUBLIC KEY-----\n")


def _recipient_of_odd_name(folders: KeyFolders) -> None:
    (folders.public / "escrow.pub").rename(folders.public / "Es+crow.pub")


def _broken_vkey(folders: KeyFolders) -> None:
    path = folders.public / "origin.vkey"
    path.write_text(path.read_text().replace("+", "+0", 1))


def _binary_vkey(folders: KeyFolders) -> None:
    (folders.public / "origin.vkey").write_bytes(b"\xff\xfe")


@pytest.mark.parametrize(
    "damage",
    [
        _open_to_others,
        _missing,
        _not_a_key,
        _other_kind,
        _other_gateway,
        _one_recipient,
        _same_recipient_twice,
        _recipient_of_other_kind,
        _recipient_of_odd_name,
        _broken_vkey,
        _binary_vkey,
    ],
)
def test_what_does_not_fit_is_refused(tmp_path: Path, damage: Callable[[KeyFolders], None]) -> None:
    """Each kind of damage is a ConfigError that names a file or a rule, and quotes no key."""
    folders = init(tmp_path / "keys")
    damage(folders)

    with pytest.raises(ConfigError) as refused:
        load_audit_keys(folders.gateway, folders.public)

    assert "PRIVATE" not in str(refused.value)
    assert refused.value.__cause__ is None


def test_a_recipient_key_is_checked(tmp_path: Path) -> None:
    """An auditor's key that others can read, or that is a signing key, is refused."""
    folders = init(tmp_path / "keys")
    open_key = folders.auditors / "auditor.key"
    open_key.chmod(0o640)

    with pytest.raises(ConfigError, match="chmod 600"):
        load_recipient(open_key)
    with pytest.raises(ConfigError, match="X25519"):
        load_recipient(folders.gateway / "origin.key")


def test_secrets_do_not_show(tmp_path: Path) -> None:
    """The loaded keys' repr holds no signer; the public material has nothing to hide."""
    folders = init(tmp_path / "keys")

    keys = load_audit_keys(folders.gateway, folders.public)

    assert "signer" not in repr(keys)
    assert load_public(folders.public).origin == keys.verifier
