"""What is kept away from a log: only compare and swap changes it, only the origin key signs it."""

import fcntl
import os
import shutil
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from guardrail_gw.audit.note import Checkpoint, sign
from guardrail_gw.audit.origins import listed
from guardrail_gw.audit.record import RecordError
from guardrail_gw.audit.registry import ORIGINS, FolderRegistry, ForkedError, checkpoint_name
from guardrail_gw.audit.standing import read_listing
from guardrail_gw.keys.vkey import Verifier

NAME = "log.example"
ORIGIN = f"{NAME}/0123456789abcdef"
OTHER = f"{NAME}/fedcba9876543210"
SEAT = "0" * 16


@pytest.fixture
def key() -> Ed25519PrivateKey:
    """The origin key."""
    return Ed25519PrivateKey.generate()


def note(key: Ed25519PrivateKey, size: int, origin: str = ORIGIN) -> bytes:
    """A checkpoint of that size."""
    return sign(Checkpoint(origin=origin, size=size, root=bytes([size]) * 32), key)


def test_a_checkpoint_is_swapped_in(tmp_path: Path, key: Ed25519PrivateKey) -> None:
    """Who knows the last checkpoint puts the next in its place; a new process reads it."""
    registry = FolderRegistry(tmp_path, NAME, key)

    before = registry.last(ORIGIN)
    registry.swap(note(key, 1))
    registry.swap(note(key, 2))

    after = FolderRegistry(tmp_path, NAME, key).last(ORIGIN)
    assert before is None
    assert after is not None
    assert after.size == 2


def test_of_two_writers_one_goes_on(tmp_path: Path, key: Ed25519PrivateKey) -> None:
    """Two that know the same checkpoint: the second to swap is refused and changes nothing."""
    first, second = (FolderRegistry(tmp_path, NAME, key) for _ in range(2))
    assert (first.last(ORIGIN), second.last(ORIGIN)) == (None, None)
    first.swap(note(key, 1))

    with pytest.raises(ForkedError):
        second.swap(note(key, 2))

    assert (tmp_path / checkpoint_name(ORIGIN)).read_bytes() == note(key, 1)


def test_a_foreign_checkpoint_is_not_believed(tmp_path: Path, key: Ed25519PrivateKey) -> None:
    """One of another key, or of another log, is an error and not a state."""
    path = tmp_path / checkpoint_name(ORIGIN)
    registry = FolderRegistry(tmp_path, NAME, key)

    path.write_bytes(note(Ed25519PrivateKey.generate(), 7))
    with pytest.raises(RecordError, match="not signed"):
        registry.last(ORIGIN)
    path.write_bytes(note(key, 7, OTHER))
    with pytest.raises(RecordError, match="another log"):
        registry.last(ORIGIN)


def test_the_list_is_signed_and_grows(tmp_path: Path, key: Ed25519PrivateKey) -> None:
    """Each log is listed once, in its order; another key's signature or a lost line is noticed."""
    registry = FolderRegistry(tmp_path, NAME, key)
    for origin in (ORIGIN, OTHER, ORIGIN):
        registry.enter(origin, SEAT, 5)
    verifier = Verifier(name=NAME, public=key.public_key().public_bytes_raw())

    found = listed((tmp_path / ORIGINS).read_bytes(), verifier)

    assert [each.origin for each in found] == [ORIGIN, OTHER]
    lines = (tmp_path / ORIGINS).read_bytes().split(b"\n")
    for at in range(len(lines)):
        with pytest.raises(RecordError):
            listed(b"\n".join([*lines[:at], *lines[at + 1 :]]), verifier)
    (tmp_path / ORIGINS).write_bytes(b"\n".join(lines[:2] + lines[3:]))
    with pytest.raises(RecordError):
        registry.enter(OTHER, SEAT, 6)


def test_the_list_goes_on_under_a_new_origin_key(tmp_path: Path, key: Ed25519PrivateKey) -> None:
    """What a former key signed is believed where it is named as such, and signed by the new one."""
    old = FolderRegistry(tmp_path, NAME, key)
    old.enter(ORIGIN, SEAT, 1)
    old.last(ORIGIN)
    old.swap(note(key, 3))
    former = Verifier(name=NAME, public=key.public_key().public_bytes_raw())
    fresh = Ed25519PrivateKey.generate()
    with pytest.raises(RecordError):
        FolderRegistry(tmp_path, "log.example-2", fresh).enter(OTHER, SEAT, 2)
    registry = FolderRegistry(tmp_path, "log.example-2", fresh, (former,))

    seated = registry.seated(SEAT)
    registry.enter(OTHER, SEAT, 2)

    present = Verifier(name="log.example-2", public=fresh.public_key().public_bytes_raw())
    assert seated is not None
    assert [o.origin for o in read_listing(tmp_path, present, former).origins] == [ORIGIN, OTHER]
    with pytest.raises(RecordError):
        read_listing(tmp_path, former)


def test_a_seat_remembers_its_last_signed_log(tmp_path: Path, key: Ed25519PrivateKey) -> None:
    """Of the logs begun in one folder the last that was signed counts, whatever others do."""
    registry = FolderRegistry(tmp_path, NAME, key)
    registry.enter(ORIGIN, SEAT, 1)
    registry.swap(note(key, 3))
    registry.enter(f"{NAME}/{'1' * 16}", SEAT, 2)
    registry.enter(OTHER, "f" * 16, 3)

    seated = registry.seated(SEAT)

    assert seated is not None
    assert (seated.origin, seated.size) == (ORIGIN, 3)
    assert registry.seated("e" * 16) is None


def test_a_registry_that_is_held_or_gone_is_an_error(
    tmp_path: Path, key: Ed25519PrivateKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither a lock that nobody gives back nor a missing disk is waited for without end."""
    monkeypatch.setattr("guardrail_gw.audit.registry._PATIENCE_S", 0.05)
    registry = FolderRegistry(tmp_path / "there", NAME, key)
    registry.enter(ORIGIN, SEAT, 1)
    handle = os.open(tmp_path / "there" / "lock", os.O_RDWR)
    fcntl.flock(handle, fcntl.LOCK_EX)

    with pytest.raises(TimeoutError):
        registry.enter(OTHER, SEAT, 1)
    os.close(handle)
    shutil.rmtree(tmp_path / "there")
    (tmp_path / "there").write_text("in the way")
    with pytest.raises(OSError, match="there"):
        registry.swap(note(key, 1))
