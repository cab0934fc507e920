"""Making keys: all of them, once, for the right eyes."""

import stat
from pathlib import Path

import pytest

from guardrail_gw.errors import ConfigError
from guardrail_gw.keys.audit_keys import load_audit_keys, load_public, load_recipient
from guardrail_gw.keys.generate import init
from guardrail_gw.keys.private import names_of
from guardrail_gw.keys.secret_files import REDACTION_KEY, write_new


def test_what_is_made_fits_together(tmp_path: Path) -> None:
    """The gateway's key belongs to the public one, and each auditor's to a recipient."""
    folders = init(tmp_path, recipients=("auditor", "dpo", "escrow"))

    keys = load_audit_keys(folders.gateway, folders.public)
    public = load_public(folders.public)
    private = [load_recipient(p) for p in sorted(folders.auditors.iterdir())]

    assert keys.name == public.origin.name == folders.origin
    assert [r.name for r in public.recipients] == ["auditor", "dpo", "escrow"]
    assert [names_of(k) for k in private] == [(r.public.hex(),) for r in public.recipients]
    assert len((folders.gateway / REDACTION_KEY).read_bytes()) == 32


def test_secrets_are_for_their_owner(tmp_path: Path) -> None:
    """Every private file is 0600 in a folder of 0700; the public folder holds no private key."""
    folders = init(tmp_path)

    for folder in (folders.gateway, folders.auditors):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert {stat.S_IMODE(p.stat().st_mode) for p in folder.iterdir()} == {0o600}
    assert all(b"PRIVATE" not in p.read_bytes() for p in folders.public.iterdir())
    assert not any("auditor" in p.name for p in folders.gateway.iterdir())


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    """A second run is refused and leaves every file as it was."""
    init(tmp_path)
    before = {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}

    with pytest.raises(ConfigError, match="never overwritten"):
        init(tmp_path)

    assert {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()} == before


def test_a_file_is_not_overwritten(tmp_path: Path) -> None:
    """Writing a key where a file or a link lies is refused; what lies there stays."""
    path, link = tmp_path / "key", tmp_path / "link"
    path.write_bytes(b"old")
    link.symlink_to(path)

    for place in (path, link):
        with pytest.raises(ConfigError, match="never overwritten"):
            write_new(place, b"new", mode=0o600)

    assert path.read_bytes() == b"old"


@pytest.mark.parametrize(
    ("name", "recipients"),
    [
        ("two words", ("a", "b")),
        ("a+b", ("a", "b")),
        ("", ("a", "b")),
        ("x" * 151, ("a", "b")),
        ("ok", ("alone",)),
        ("ok", ("a", "a")),
        ("ok", ("a", "../b")),
        ("ok", ("a", "B")),
    ],
)
def test_unusable_names(tmp_path: Path, name: str, recipients: tuple[str, ...]) -> None:
    """Names that a note or a file cannot carry, and a lone recipient, are refused."""
    with pytest.raises(ConfigError):
        init(tmp_path, name=name, recipients=recipients)

    assert not list(tmp_path.iterdir())


def test_origins_are_opaque(tmp_path: Path) -> None:
    """Without a name two gateways get different ones that say nothing about the host."""
    one, two = init(tmp_path / "one"), init(tmp_path / "two")

    assert one.origin != two.origin
    assert one.origin.startswith("guardrail-gw/")
