"""What retention took out of a log's folder, under the origin key (FORMAT.md, 1).

Without it a log whose beginning is not there was tampered with; with it the beginning is in the
archive, and the rest can be verified without.
"""

import re
from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from guardrail_gw.audit.signed_text import signed, text_of
from guardrail_gw.keys.vkey import Verifier

PRUNED: Final = "pruned"
"""The file's name."""
_HEAD: Final = "guardrail-gw/audit/v1/pruned"
_TEXT = re.compile(
    rf"{_HEAD}\n([!-*,-~]{{1,200}})\n([1-9][0-9]{{0,15}})\n([1-9][0-9]{{0,4}})\n([0-9]{{1,16}})\n"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruned:
    """The records before `first` were archived, and need not be in the folder any more."""

    origin: str
    first: int
    keep_days: int
    """How long the rule keeps what is archived."""
    at_us: int

    def note(self, key: Ed25519PrivateKey) -> bytes:
        """As it lies in the folder: signed in the log's name."""
        text = f"{_HEAD}\n{self.origin}\n{self.first}\n{self.keep_days}\n{self.at_us}\n"
        return signed(text.encode(), self.origin, key)


def pruned_of(note: bytes, key: Verifier) -> Pruned | None:
    """What a note says, if the origin key has signed it in the name of its log."""
    text = text_of(note, key)
    said = None if text is None else _TEXT.fullmatch(text.decode("utf-8", "replace"))
    if said is None or said[1] != key.name:
        return None
    first, days, at_us = int(said[2]), int(said[3]), int(said[4])
    return Pruned(origin=said[1], first=first, keep_days=days, at_us=at_us)
