"""What became of the keys of names and texts, as an index saw it when it was made.

An index knows names that were erased since. It keeps with them what the key register said, so that
the next review finds out what it must forget.
"""

from collections.abc import Iterable, Mapping

from guardrail_gw.audit.acts import acts_said
from guardrail_gw.audit.fates import Kept
from guardrail_gw.audit.index.file import IndexFile
from guardrail_gw.core.ports import RegisterRow, Tombstone

_BLIND = "blind"
"""What the index remembers of itself if records were entered without a register at hand."""


class NotedRows:
    """A key register, asked on behalf of an index, which notes each answer.

    Notes are part of the transaction that enters what the answer opened.
    """

    def __init__(self, index: IndexFile, kept: Kept) -> None:
        """Read the acts."""
        self._index = index
        self._kept = kept
        self._acts = acts_said(kept.acts)

    def __call__(self, sids: Iterable[str]) -> Mapping[str, RegisterRow | Tombstone]:
        """Ask the register; raises RegisterDown."""
        asked = list(sids)
        known = self._kept.rows(asked)
        notes = [(sid, str(self._acts.fate(known.get(sid)))) for sid in asked]
        self._index.db.executemany("INSERT OR REPLACE INTO fate VALUES (?, ?)", notes)
        return known


def noted(index: IndexFile, kept: Kept | None) -> Kept | None:
    """The same register and acts, with a note in the index of all that is asked."""
    if kept is None:
        index.remember(_BLIND, b"1")
        return None
    return Kept(rows=NotedRows(index, kept), acts=kept.acts)


def is_stale(index: IndexFile, kept: Kept | None) -> bool:
    """Whether an index knows what was erased since, or lacks what can be opened now.

    Raises:
        RegisterDown, RecordError, OSError: register or acts cannot be read.
    """
    if kept is None:
        return False
    notes = dict(index.db.execute("SELECT sid, fate FROM fate").fetchall())
    known, said = kept.rows(notes), acts_said(kept.acts)
    changed = any(said.fate(known.get(sid)) != fate for sid, fate in notes.items())
    return changed or index.number(_BLIND) > 0
