"""The guard of signed policies: what it takes, and everything that it refuses."""

from pathlib import Path

import pytest

from guardrail_gw.errors import ConfigError
from guardrail_gw.keys.policy_signatures import load_guard
from guardrail_gw.policy.bundle import BUNDLE
from guardrail_gw.policy.source import PolicySource, load_set
from tests.support.policies import policy_text, vocabulary, write_policies
from tests.support.signers import ANNA, BEN, CLEO, STRANGER, Person, guard, manifest, sign


def folder(tmp_path: Path, text: str = "") -> tuple[Path, str]:
    """A policy folder and its digest."""
    path = tmp_path / "policies"
    path.mkdir(exist_ok=True)
    write_policies(path, base=text or policy_text())
    return path, load_set(path, vocabulary()).digest


def test_two_people_put_policies_in_force(tmp_path: Path) -> None:
    """Two of those who may sign are enough, and are named."""
    path, digest = folder(tmp_path)
    sign(path, manifest(digest, serial=7), CLEO, ANNA)

    current = PolicySource.load(path, vocabulary(), guard(tmp_path)).current

    assert current.approval is not None
    assert current.approval.signers == ("anna", "cleo")
    assert (current.approval.serial, current.approval.digest) == (7, digest)


@pytest.mark.parametrize("people", [[], [ANNA], [ANNA, ANNA], [ANNA, STRANGER], [STRANGER]])
def test_fewer_than_two_are_refused(tmp_path: Path, people: list[Person]) -> None:
    """Unsigned, signed once, twice by one, or by somebody who may not: refused."""
    path, digest = folder(tmp_path)
    sign(path, manifest(digest), *people)

    with pytest.raises(ConfigError, match="2 of those who may sign are needed"):
        PolicySource.load(path, vocabulary(), guard(tmp_path))


def test_without_a_bundle_nothing_is_taken(tmp_path: Path) -> None:
    """A gateway that demands signatures does not take a folder without any."""
    path, _ = folder(tmp_path)

    with pytest.raises(ConfigError, match=r"bundle\.json: missing"):
        PolicySource.load(path, vocabulary(), guard(tmp_path))


def test_a_bundle_for_others_is_refused(tmp_path: Path) -> None:
    """Signed for staging is not signed for production."""
    path, digest = folder(tmp_path)
    sign(path, manifest(digest, bundle="staging"), ANNA, BEN)

    with pytest.raises(ConfigError, match="for 'staging', and this is 'production'"):
        PolicySource.load(path, vocabulary(), guard(tmp_path))


def test_one_changed_byte_is_refused(tmp_path: Path) -> None:
    """The signatures are about every byte of every policy."""
    path, digest = folder(tmp_path)
    sign(path, manifest(digest), ANNA, BEN)
    (path / "base.yaml").write_text(policy_text() + "# \n", encoding="utf-8")

    with pytest.raises(ConfigError, match="signed are other policies"):
        PolicySource.load(path, vocabulary(), guard(tmp_path))


@pytest.mark.parametrize("damage", [b"", b"{}", b"null"])
def test_a_damaged_bundle_is_refused(tmp_path: Path, damage: bytes) -> None:
    """What is no envelope, or no manifest, approves nothing."""
    path, _ = folder(tmp_path)
    (path / BUNDLE).write_bytes(damage)

    with pytest.raises(ConfigError, match="not a signed envelope"):
        PolicySource.load(path, vocabulary(), guard(tmp_path))


def test_a_serial_only_goes_up(tmp_path: Path) -> None:
    """Older policies, and others of the same serial, stay out: also for a gateway that restarts."""
    path, old = folder(tmp_path)
    sign(path, manifest(old, serial=1), ANNA, BEN)
    source = PolicySource.load(path, vocabulary(), guard(tmp_path))
    source.enforce(source.current)
    _, new = folder(tmp_path, policy_text() + "# two\n")
    sign(path, manifest(new, serial=2), ANNA, BEN)
    source.reload()

    folder(tmp_path)
    for serial, said in ((1, "rolled back"), (2, "serial 2 was given to other policies")):
        sign(path, manifest(old, serial=serial), ANNA, BEN)
        with pytest.raises(ConfigError, match=said):
            source.reload()
        with pytest.raises(ConfigError, match=said):
            PolicySource.load(path, vocabulary(), guard(tmp_path))
    kept = source.current.digest
    sign(path, manifest(old, serial=3), ANNA, BEN)

    assert kept == new
    assert source.reload().digest == old


def test_the_configuration_may_raise_the_floor(tmp_path: Path) -> None:
    """A pod without a memory of its own refuses what the configuration calls old."""
    path, digest = folder(tmp_path)
    sign(path, manifest(digest, serial=4), ANNA, BEN)

    with pytest.raises(ConfigError, match="rolled back: its serial is 4, and 5 was in force"):
        PolicySource.load(path, vocabulary(), guard(tmp_path, min_serial=5))


@pytest.mark.parametrize("damage", ["", "{}", '{"serial": "9", "digest": ""}', "[]"])
def test_a_damaged_memory_is_no_memory_of_nothing(tmp_path: Path, damage: str) -> None:
    """Who could damage the file could otherwise bring old policies back."""
    path, digest = folder(tmp_path)
    sign(path, manifest(digest), ANNA, BEN)
    (tmp_path / "policy-serial.json").write_text(damage, encoding="ascii")

    with pytest.raises(ConfigError, match="damaged"):
        PolicySource.load(path, vocabulary(), guard(tmp_path))


def test_what_cannot_be_remembered_does_not_come_into_force(tmp_path: Path) -> None:
    """Without the memory the next start could take older policies."""
    path, digest = folder(tmp_path)
    sign(path, manifest(digest), ANNA, BEN)
    source = PolicySource.load(path, vocabulary(), guard(tmp_path / "gone"))
    before = source.current

    with pytest.raises(ConfigError, match="No such file"):
        source.reload()

    assert source.current is before


def test_at_least_two_must_be_able_to_sign(tmp_path: Path) -> None:
    """A configuration under which nothing could ever be signed is an error at start."""
    keys = tmp_path / "signers.vkey"
    keys.write_text(f"{ANNA.verifier.vkey()}\n", encoding="ascii")

    with pytest.raises(ConfigError, match="at least 2 people"):
        load_guard("production", keys, tmp_path / "state.json", 0)
