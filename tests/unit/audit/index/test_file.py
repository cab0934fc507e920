"""The index as a file."""

import sqlite3
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from guardrail_gw.audit.index.file import IndexFile, open_index, remove_index
from guardrail_gw.errors import ConfigError
from tests.support.audit_world import World

NAMES = ("anna.schmidt", "bo.larsen", "research", "mistral", "prov-1", "0195-0001", "IBAN_CODE")


def test_no_word_of_the_log_lies_open_in_the_file(index: IndexFile, reviewed: World) -> None:
    """Neither people nor ids nor kinds of data can be read from the file or its side files."""
    index.db.execute("PRAGMA wal_checkpoint(FULL)")

    stored = b"".join(path.read_bytes() for path in reviewed.home.glob("index.sqlite*"))

    assert len(stored) > 10_000
    assert [name for name in NAMES if name.encode() in stored] == []


def test_only_the_owner_may_read_it(index: IndexFile, reviewed: World) -> None:
    """The file and what SQLite puts beside it are for their owner alone."""
    modes = {path.stat().st_mode & 0o777 for path in reviewed.home.glob("index.sqlite*")}

    assert modes == {0o600}


def test_what_is_no_index_is_refused(tmp_path: Path) -> None:
    """A file of something else is not written over."""
    path = tmp_path / "notes"
    path.write_bytes(b"not a database, and long enough to be taken for one" * 99)

    with pytest.raises(ConfigError, match="remove it"):
        open_index(path, [X25519PrivateKey.generate()])
    assert path.read_bytes().startswith(b"not a database")


def test_an_index_of_another_release_is_refused(tmp_path: Path) -> None:
    """Its tables may be others."""
    key = X25519PrivateKey.generate()
    open_index(tmp_path / "i", [key]).close()
    db = sqlite3.connect(tmp_path / "i")
    db.execute("PRAGMA user_version = 99")
    db.close()

    with pytest.raises(ConfigError, match="another release"):
        open_index(tmp_path / "i", [key])


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    """Nobody can lead the index to another file."""
    (tmp_path / "i").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(ConfigError):
        open_index(tmp_path / "i", [X25519PrivateKey.generate()])


def test_it_can_be_removed(tmp_path: Path) -> None:
    """With everything that lies beside it."""
    open_index(tmp_path / "i", [X25519PrivateKey.generate()])

    remove_index(tmp_path / "i")

    assert list(tmp_path.iterdir()) == []
