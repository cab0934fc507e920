"""An index finds out that it knows what is gone."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from guardrail_gw.audit.fates import Kept
from guardrail_gw.audit.index.file import IndexFile, open_index
from guardrail_gw.audit.index.rows import is_stale, noted
from guardrail_gw.audit.index.terms import Terms
from guardrail_gw.core.ports import RegisterRow, Tombstone

ROW = "0" * 32


class _Register:
    """What is known of rows, and how often it was asked."""

    def __init__(self) -> None:
        self.known: dict[str, RegisterRow | Tombstone] = {}

    def __call__(self, sids: Iterable[str]) -> Mapping[str, RegisterRow | Tombstone]:
        return {sid: self.known[sid] for sid in sids if sid in self.known}


@pytest.fixture
def index(tmp_path: Path) -> Iterator[IndexFile]:
    """An empty index."""
    made = open_index(tmp_path / "i", [X25519PrivateKey.generate()])
    yield made
    made.close()


def _row() -> RegisterRow:
    return RegisterRow(
        sid=ROW,
        tag="row",
        scope="person",
        tenant="tenant",
        level="identity",
        suite=1,
        public=b"public",
        sealed=b"sealed",
        not_before_us=0,
        until_us=1,
    )


def _asked(index: IndexFile, kept: Kept) -> None:
    with_notes = noted(index, kept)
    assert with_notes is not None
    with_notes.rows([ROW])


def test_an_index_is_good_while_the_register_says_the_same(
    index: IndexFile, tmp_path: Path
) -> None:
    """A row that is there still is there, whatever became of others."""
    register = _Register()
    kept = Kept(rows=register, acts=tmp_path / "acts")
    register.known = {ROW: _row()}
    _asked(index, kept)

    register.known["f" * 32] = Tombstone(
        sid="f" * 32, level="full", why="erased", at_us=1, until_us=1
    )

    assert not is_stale(index, kept)


def test_an_index_is_stale_when_a_key_is_gone(index: IndexFile, tmp_path: Path) -> None:
    """With a record of why, or without: it knows what nobody can open any more."""
    register = _Register()
    kept = Kept(rows=register, acts=tmp_path / "acts")
    register.known = {ROW: _row()}
    _asked(index, kept)

    register.known = {}

    assert is_stale(index, kept)
    assert not is_stale(index, None)


def test_an_index_made_without_a_register_is_stale_with_one(
    index: IndexFile, tmp_path: Path
) -> None:
    """It lacks the names that can be opened now; cleared, it does not."""
    kept = Kept(rows=_Register(), acts=tmp_path / "acts")

    assert noted(index, None) is None
    assert is_stale(index, kept)
    index.clear()
    assert not is_stale(index, kept)


def test_a_cleared_index_gives_no_number_again(index: IndexFile) -> None:
    """A reader who remembers words by number shows nobody under another's."""
    reader = Terms(index)
    erased = reader.id("user", "anna.schmidt")
    index.remember("origin", b"log")

    index.clear()

    assert Terms(index).id("user", "bo.larsen") != erased
    assert Terms(index).text(erased) is None
    assert Terms(index).find("user", "anna.schmidt") is None
    assert index.about("origin") == b"log"


def test_a_cleared_index_keeps_nothing_on_disk(index: IndexFile) -> None:
    """Not even sealed: what was there is overwritten in the file and its side files."""
    Terms(index).id("user", "anna.schmidt")
    ((sealed,),) = index.db.execute("SELECT sealed FROM term").fetchall()

    index.clear()

    left = b"".join(p.read_bytes() for p in index.path.parent.glob("i*"))
    assert sealed not in left
