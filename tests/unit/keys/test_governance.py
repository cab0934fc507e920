"""Who may open records is what two governors have signed, and nothing else."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from guardrail_gw.errors import ConfigError
from guardrail_gw.keys import change
from guardrail_gw.keys.audit_keys import Floor, load_audit_keys, load_public
from guardrail_gw.keys.generate import Ceremony, KeyFolders, adopt, make_governor
from guardrail_gw.keys.governance import note_path
from guardrail_gw.keys.private import load_signer
from guardrail_gw.keys.signed import SignedText
from guardrail_gw.keys.vkey import Verifier
from tests.support.governed import (
    NOW_US,
    added,
    governed,
    governors,
    in_force,
    next_text,
    note_of,
    put,
)

_YEAR_US = 366 * 86_400_000_000


def _unsigned(folders: KeyFolders) -> None:
    put(folders, SignedText(text=note_of(folders).text))


def _signed_by_one(folders: KeyFolders) -> None:
    note = note_of(folders)
    put(folders, replace(note, signatures=note.signatures[:1]))


def _signed_by_one_twice(folders: KeyFolders) -> None:
    note = note_of(folders)
    put(folders, replace(note, signatures=note.signatures[:1] * 2))


def _signed_by_a_stranger(folders: KeyFolders) -> None:
    note = note_of(folders)
    forged = replace(note, signatures=note.signatures[:1])
    put(folders, forged.signed("governor-two", Ed25519PrivateKey.generate()))


def _altered(folders: KeyFolders) -> None:
    note = note_of(folders)
    put(folders, replace(note, text=note.text.replace("soc ops metadata", "soc ops full")))


def _of_other_governors(folders: KeyFolders) -> None:
    """The same recipients, whole and signed, but by people whom the gateway does not know."""
    keys = {f"governor-{n}": Ed25519PrivateKey.generate() for n in ("one", "two")}
    others = tuple(
        Verifier(name=name, public=key.public_key().public_bytes_raw())
        for name, key in keys.items()
    )
    text = replace(change.current(folders.public).content, governors=others)
    note = SignedText(text=text.text())
    for name, key in keys.items():
        note = note.signed(name, key)
    put(folders, note)


def _governors_forgotten(folders: KeyFolders) -> None:
    (folders.gateway / "governors.vkey").unlink()


def _removed(folders: KeyFolders) -> None:
    (folders.public / "recipients-1.note").unlink()


def _first_of_two_removed(folders: KeyFolders) -> None:
    added(folders)
    (folders.public / "recipients-1.note").unlink()


def _second_signed_by_one(folders: KeyFolders) -> None:
    added(folders)
    note = note_of(folders, 2)
    put(folders, replace(note, signatures=note.signatures[1:]), 2)


def _serial_of_another(folders: KeyFolders) -> None:
    put(folders, note_of(folders), 2)


def _key_file_exchanged(folders: KeyFolders) -> None:
    other = governed(folders.gateway.parent / "other")
    (folders.public / "dpo.pub").write_bytes((other.public / "dpo.pub").read_bytes())


def _key_file_too_many(folders: KeyFolders) -> None:
    other = governed(folders.gateway.parent / "other", ("x", "y"))
    (folders.public / "x.pub").write_bytes((other.public / "x.pub").read_bytes())


@pytest.mark.parametrize(
    "meddle",
    [
        _unsigned,
        _signed_by_one,
        _signed_by_one_twice,
        _signed_by_a_stranger,
        _altered,
        _of_other_governors,
        _governors_forgotten,
        _removed,
        _first_of_two_removed,
        _second_signed_by_one,
        _serial_of_another,
        _key_file_exchanged,
        _key_file_too_many,
    ],
)
def test_a_gateway_does_not_start(tmp_path: Path, meddle: Callable[[KeyFolders], None]) -> None:
    """Recipients that two known governors did not sign, as they are, are refused."""
    folders = governed(tmp_path / "keys")
    load_audit_keys(folders.gateway, folders.public, now_us=NOW_US)

    meddle(folders)

    with pytest.raises(ConfigError) as refused:
        load_audit_keys(folders.gateway, folders.public, now_us=NOW_US)
    assert refused.value.__cause__ is None


def test_an_expired_text_is_refused(tmp_path: Path) -> None:
    """The last day still counts; the day after it does not, and a renewed text does again."""
    folders = governed(tmp_path)

    load_audit_keys(folders.gateway, folders.public, now_us=NOW_US + _YEAR_US - 2 * 86_400_000_000)
    with pytest.raises(ConfigError, match="expired on 2027-11-26"):
        load_audit_keys(folders.gateway, folders.public, now_us=NOW_US + _YEAR_US)
    in_force(folders, replace(next_text(folders), expires=next_text(folders).expires.replace(2028)))

    assert load_audit_keys(folders.gateway, folders.public, now_us=NOW_US + _YEAR_US).serial == 2


def test_a_rolled_back_text_is_refused(tmp_path: Path) -> None:
    """A text older than the one a log has named is refused, and so is another of its number."""
    folders = governed(tmp_path)
    added(folders)
    new = load_audit_keys(folders.gateway, folders.public, now_us=NOW_US)
    floor = Floor(serial=new.serial, digest=new.digest)
    load_audit_keys(folders.gateway, folders.public, now_us=NOW_US, floor=floor)

    with pytest.raises(ConfigError, match="not the version 2 that the log has named"):
        load_audit_keys(
            folders.gateway,
            folders.public,
            now_us=NOW_US,
            floor=Floor(serial=2, digest="0" * 64),
        )
    note_path(folders.public, 2).unlink()
    (folders.public / "escrow.pub").unlink()

    with pytest.raises(ConfigError, match="rolled back"):
        load_audit_keys(folders.gateway, folders.public, now_us=NOW_US, floor=floor)


def test_a_governor_is_replaced_by_old_and_new(tmp_path: Path) -> None:
    """New governors count once two of the old and two of the new have signed; then only they."""
    folders = governed(tmp_path)
    one, two = governors(folders)
    key = make_governor("governor-three", tmp_path / "three.key", Ceremony())
    new = Verifier(name="governor-three", public=key.public_key().public_bytes_raw())
    change.propose(folders.public, change.with_governor(next_text(folders), new, "governor-two"))

    first = change.sign_draft(folders.public, [one, tmp_path / "three.key"])
    with pytest.raises(ConfigError, match="waits for signatures"):
        change.propose(folders.public, next_text(folders))
    last = change.sign_draft(folders.public, [two])
    change.propose(folders.public, next_text(folders))
    with pytest.raises(ConfigError, match="the key of no governor"):
        change.sign_draft(folders.public, [one, two])
    by_new = change.sign_draft(folders.public, [one, tmp_path / "three.key"])

    assert first.missing is not None
    assert "version 1's governors" in first.missing
    assert (last.missing, by_new.missing) == (None, None)
    assert load_audit_keys(folders.gateway, folders.public, now_us=NOW_US).serial == 3


def test_a_draft_changes_nothing(tmp_path: Path) -> None:
    """What one governor has signed is obeyed by nobody."""
    folders = governed(tmp_path)
    change.propose(folders.public, change.without(next_text(folders), "soc"))

    change.sign_draft(folders.public, governors(folders)[:1])

    keys = load_audit_keys(folders.gateway, folders.public, now_us=NOW_US)
    assert [r.name for r in keys.recipients] == ["auditor", "dpo", "soc"]


def test_an_interrupted_change_ends_when_it_is_signed_again(tmp_path: Path) -> None:
    """Key files without their version are refused; signing once more puts it in force."""
    folders = governed(tmp_path)
    added(folders)
    note_path(folders.public, 2).rename(note_path(folders.public, 2, ".draft"))

    with pytest.raises(ConfigError, match="not those of the signed recipients"):
        load_public(folders.public)
    change.sign_draft(folders.public, [])

    assert load_public(folders.public).versions[-1].content.serial == 2


def test_who_left_is_still_known(tmp_path: Path) -> None:
    """A recipient who was removed is sealed to no more, and old logs still verify."""
    folders = governed(tmp_path)
    in_force(folders, change.without(next_text(folders), "soc"))

    keys = load_audit_keys(folders.gateway, folders.public, now_us=NOW_US)

    assert [r.name for r in keys.recipients] == ["auditor", "dpo"]
    assert [r.name for r in load_public(folders.public).recipients] == ["auditor", "dpo", "soc"]


@pytest.mark.parametrize("left", ["auditor", "dpo"])
def test_a_change_that_protects_nothing_is_refused(tmp_path: Path, left: str) -> None:
    """Without recipients of two groups for full text there is no draft."""
    folders = governed(tmp_path)

    with pytest.raises(ConfigError, match="two different groups"):
        change.propose(folders.public, change.without(next_text(folders), left))

    assert not list(folders.public.glob("*.draft"))


def test_a_name_means_one_key(tmp_path: Path) -> None:
    """A name that came back with another key is refused, signed or not."""
    folders = governed(tmp_path / "keys")
    other = governed(tmp_path / "other")
    foreign = change.current(other.public).content.recipients[2]
    text = change.without(next_text(folders), "soc")

    with pytest.raises(ConfigError, match="another key"):
        in_force(folders, change.with_recipient(text, foreign))

    assert load_audit_keys(folders.gateway, folders.public, now_us=NOW_US).serial == 1


def test_keys_of_an_earlier_release_are_adopted(tmp_path: Path) -> None:
    """Keys without governors are refused until they are adopted; then they go on as they were."""
    folders = governed(tmp_path / "keys", ("auditor", "escrow"))
    (folders.public / "recipients-1.note").unlink()
    (folders.gateway / "governors.vkey").unlink()
    (folders.gateway / "register.key").unlink()
    for path in (*folders.governors.iterdir(), folders.governors):
        path.rmdir() if path.is_dir() else path.unlink()
    with pytest.raises(ConfigError, match="keys init --adopt"):
        load_audit_keys(folders.gateway, folders.public)

    adopt(tmp_path / "keys", Ceremony())

    keys = load_audit_keys(folders.gateway, folders.public)
    assert [r.name for r in keys.recipients] == ["auditor", "escrow"]
    assert isinstance(load_signer(folders.governors / "governor-one.key"), Ed25519PrivateKey)
    with pytest.raises(ConfigError, match="already"):
        adopt(tmp_path / "keys", Ceremony())


@pytest.mark.parametrize(
    ("name", "taken", "following"),
    [
        ("auditor", [], "auditor-2"),
        ("auditor-2", [], "auditor-3"),
        ("auditor", ["auditor-2", "auditor-3"], "auditor-4"),
        ("team-x", [], "team-x-2"),
    ],
)
def test_following_names(name: str, taken: list[str], following: str) -> None:
    """What follows a key has the next number that nobody had."""
    assert change.next_name(name, taken) == following
