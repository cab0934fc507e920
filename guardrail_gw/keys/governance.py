"""The versions of the recipients' text, each signed by two governors: who may change who reads.

    audit-public/recipients-1.note      signed by two of its own governors, whom the gateway pins
    audit-public/recipients-2.note      signed by two governors of version 1 and two of its own
    audit-public/recipients-3.draft     signatures are still missing; nobody obeys it

A version is never altered; what it says of old keys is what old logs are verified with.
"""

import re
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from guardrail_gw.errors import ConfigError
from guardrail_gw.keys.recipients import MIN_GOVERNORS, Recipients, parse_recipients
from guardrail_gw.keys.secret_files import read_public
from guardrail_gw.keys.signed import SignedText, parse_signed
from guardrail_gw.keys.vkey import Verifier, parse_vkey

GOVERNORS = "governors.vkey"
"""In the gateway's folder: whose signatures it takes under version 1."""
NOTE, DRAFT = ".note", ".draft"
_FILE = re.compile(r"recipients-([1-9][0-9]{0,8})\.note")


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One version, with what stands below it."""

    path: Path
    content: Recipients
    note: SignedText

    @property
    def digest(self) -> str:
        """SHA-256 of the text, as epoch records name it."""
        return sha256(self.note.text.encode()).hexdigest()


def note_path(public: Path, serial: int, suffix: str = NOTE) -> Path:
    """Where a version lies."""
    return public / f"recipients-{serial}{suffix}"


def is_note(name: str) -> bool:
    """Whether a file of that name holds a version."""
    return _FILE.fullmatch(name) is not None


def read_version(path: Path) -> Version:
    """Read one version without judging its signatures.

    Raises:
        ConfigError: unreadable, or in another form.
    """
    note = parse_signed(read_public(path), str(path))
    return Version(path=path, content=parse_recipients(note.text, str(path)), note=note)


def versions(public: Path) -> tuple[Version, ...]:
    """All versions that are in force or were, oldest first; none in a folder that has no text.

    Raises:
        ConfigError: one is missing, unreadable, or not signed by those who had to.
    """
    named = [_FILE.fullmatch(path.name) for path in public.iterdir()]
    serials = sorted(int(each.group(1)) for each in named if each)
    if serials != list(range(1, len(serials) + 1)):
        raise ConfigError(f"{public}: a version of the recipients is missing")
    found: list[Version] = []
    for serial in serials:
        version = read_version(note_path(public, serial))
        check_successor(version, found[-1] if found else None)
        found.append(version)
    return tuple(found)


def check_successor(version: Version, before: Version | None) -> None:
    """Whether a version may follow the one before.

    Raises:
        ConfigError: says whose signature is missing, or what does not fit.
    """
    new, path = version.content, version.path
    if version.path.stem != f"recipients-{new.serial}":
        raise ConfigError(f"{path}: the serial within is {new.serial}")
    missing = lacking(version, before)
    if missing:
        raise ConfigError(f"{path}: {missing}")
    if before is not None:
        _check_history(version, before.content)


def lacking(version: Version, before: Version | None) -> str | None:
    """What a version still lacks, in words; None when two governors of each kind have signed."""
    bodies = [("its own", version.content.governors)]
    if before is not None and before.content.governors != version.content.governors:
        bodies.append((f"version {before.content.serial}'s", before.content.governors))
    for whose, governors in bodies:
        signed = [each.name for each in version.note.signers(governors)]
        if len(signed) < MIN_GOVERNORS:
            names = " and ".join(signed) or "nobody"
            able = ", ".join(g.name for g in governors)
            return f"two of {whose} governors ({able}) have to sign it; {names} did"
    return None


def _check_history(version: Version, old: Recipients) -> None:
    """A name means one key for ever, and no origin key is forgotten."""
    new, where = version.content, version.path
    if new.log != old.log:
        raise ConfigError(f"{where}: of another gateway than the version before")
    known = _keys(old)
    for name, key in _keys(new).items():
        if known.get(name, key) != key:
            raise ConfigError(f"{where}: {name} names another key than before")
    if not {o.public for o in old.origins} <= {o.public for o in new.origins}:
        raise ConfigError(f"{where}: leaves out an origin key that logs were signed with")


def _keys(text: Recipients) -> dict[str, bytes]:
    origins = {each.name: each.public for each in text.origins}
    return origins | {each.name: each.public for each in text.recipients}


def pinned(gateway: Path) -> tuple[Verifier, ...]:
    """The governors whom the gateway takes under version 1.

    Raises:
        ConfigError: the file is missing or holds no keys.
    """
    path = gateway / GOVERNORS
    try:
        lines = read_public(path).decode("ascii").splitlines()
        return tuple(parse_vkey(line) for line in lines)
    except UnicodeDecodeError:
        raise ConfigError(f"{path}: not verifier keys") from None
