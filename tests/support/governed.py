"""Governed keys in a folder, and ways in which somebody could meddle with them."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from guardrail_gw.keys import change
from guardrail_gw.keys.generate import Ceremony, KeyFolders, init, make_recipient
from guardrail_gw.keys.recipients import Recipients
from guardrail_gw.keys.signed import SignedText, parse_signed

ISSUED = date(2026, 11, 26)
NOW_US = 1_795_700_000_000_000
"""On that day."""
SPECS = ("auditor:review", "dpo:privacy", "soc:ops:metadata")


def governed(directory: Path, specs: Sequence[str] = SPECS, *, suite: int = 1) -> KeyFolders:
    """Keys with two governors, issued on a day that tests own."""
    ceremony = Ceremony(recipients=specs, suite=suite, issued=ISSUED)
    return init(directory, name="log.example", ceremony=ceremony)


def governors(folders: KeyFolders) -> list[Path]:
    """Their private keys."""
    return sorted(folders.governors.iterdir())


def next_text(folders: KeyFolders) -> Recipients:
    """What a next version would say if nothing changes."""
    return change.renewed(change.current(folders.public).content, ISSUED, 365)


def in_force(folders: KeyFolders, text: Recipients) -> Recipients:
    """Have both governors sign a next version."""
    change.propose(folders.public, text)
    progress = change.sign_draft(folders.public, governors(folders))
    assert progress.missing is None
    return progress.version.content


def added(folders: KeyFolders, spec: str = "escrow") -> Recipients:
    """One recipient more, in force."""
    name = spec.split(":", maxsplit=1)[0]
    new = make_recipient(spec, folders.auditors / f"{name}.key", Ceremony())
    return in_force(folders, change.with_recipient(next_text(folders), new))


def note_of(folders: KeyFolders, serial: int = 1) -> SignedText:
    """A version as it lies in its file."""
    path = folders.public / f"recipients-{serial}.note"
    return parse_signed(path.read_bytes(), path.name)


def put(folders: KeyFolders, note: SignedText, serial: int = 1) -> None:
    """Another version in its place."""
    (folders.public / f"recipients-{serial}.note").write_bytes(note.written())
