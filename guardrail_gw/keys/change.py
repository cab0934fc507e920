"""Changing who the recipients are: a draft of the next version, signed until it is in force.

Nothing obeys a draft. The last signature that it needs puts it in force: the keys of new
recipients are written beside the others, then the draft gets its name. If that is interrupted,
signing once more ends it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from guardrail_gw.errors import ConfigError
from guardrail_gw.keys.audit_keys import ORIGIN_VKEY, RECIPIENT_SUFFIX, load_public
from guardrail_gw.keys.governance import (
    DRAFT,
    Version,
    check_successor,
    lacking,
    note_path,
    read_version,
    versions,
)
from guardrail_gw.keys.private import load_signer
from guardrail_gw.keys.recipients import Recipient, Recipients
from guardrail_gw.keys.secret_files import read_public, replace_public, write_new
from guardrail_gw.keys.signed import SignedText
from guardrail_gw.keys.vkey import Verifier

_PUBLIC = 0o644


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a version has come."""

    version: Version
    missing: str | None
    """Whose signatures it lacks; None when it is in force."""


def current(public: Path) -> Version:
    """The version in force.

    Raises:
        ConfigError: there is none, or the folder contradicts itself.
    """
    found = load_public(public).versions
    if not found:
        raise ConfigError(f"{public}: no signed text says who the recipients are")
    return found[-1]


def renewed(before: Recipients, issued: date, valid_days: int) -> Recipients:
    """The next version, which says the same for a longer time."""
    expires = issued + timedelta(days=valid_days)
    return replace(before, serial=before.serial + 1, issued=issued, expires=expires)


def with_recipient(text: Recipients, new: Recipient, instead_of: str | None = None) -> Recipients:
    """One recipient more, or another in the place of one.

    Raises:
        ConfigError: nobody of that name.
    """
    if instead_of is None:
        return replace(text, recipients=(*text.recipients, new))
    return replace(text, recipients=(*without(text, instead_of).recipients, new))


def without(text: Recipients, name: str) -> Recipients:
    """One recipient less.

    Raises:
        ConfigError: nobody of that name.
    """
    named(text, name)
    return replace(text, recipients=tuple(r for r in text.recipients if r.name != name))


def named(text: Recipients, name: str) -> Recipient:
    """The recipient of that name.

    Raises:
        ConfigError: there is none.
    """
    for each in text.recipients:
        if each.name == name:
            return each
    names = ", ".join(r.name for r in text.recipients)
    raise ConfigError(f"no recipient is called {name!r}; there are {names}")


def with_governor(text: Recipients, new: Verifier, instead_of: str) -> Recipients:
    """Another governor in the place of one.

    Raises:
        ConfigError: nobody of that name.
    """
    kept = tuple(g for g in text.governors if g.name != instead_of)
    if len(kept) == len(text.governors):
        names = ", ".join(g.name for g in text.governors)
        raise ConfigError(f"no governor is called {instead_of!r}; there are {names}")
    return replace(text, governors=(*kept, new))


def with_origin(text: Recipients, new: Verifier) -> Recipients:
    """Another key of the gateway; those before stay named, for the logs that they signed."""
    return replace(text, origins=(new, *text.origins))


def taken(public: Path) -> tuple[str, ...]:
    """The names of all recipients that there ever were."""
    return tuple(path.stem for path in public.glob(f"*{RECIPIENT_SUFFIX}"))


def next_name(name: str, taken: Iterable[str]) -> str:
    """A name for what follows `auditor`: `auditor-2`; a name means one key for ever."""
    base, _, number = name.rpartition("-")
    stem, at = (base, int(number)) if base and number.isdigit() else (name, 1)
    names = set(taken)
    while f"{stem}-{at + 1}" in names:
        at += 1
    return f"{stem}-{at + 1}"


def propose(public: Path, text: Recipients) -> Path:
    """Write the next version as a draft, for governors to sign.

    Raises:
        ConfigError: such a text protects nothing, or another draft waits.
    """
    text.check()
    waiting = sorted(public.glob(f"recipients-*{DRAFT}"))
    if waiting:
        raise ConfigError(f"{waiting[0]} waits for signatures; sign it, or remove it first")
    path = note_path(public, text.serial, DRAFT)
    write_new(path, SignedText(text=text.text()).written(), mode=_PUBLIC)
    return path


def sign_draft(public: Path, keys: Iterable[Path]) -> Progress:
    """Sign the draft with governors' keys; the last signature that it needs puts it in force.

    Raises:
        ConfigError: there is no draft, a key is no governor's, or the draft cannot follow.
    """
    before = versions(public)
    waiting = sorted(public.glob(f"recipients-*{DRAFT}"))
    if not waiting:
        raise ConfigError(f"{public}: no draft waits for signatures")
    version, last = read_version(waiting[0]), before[-1] if before else None
    governors = (*version.content.governors, *(last.content.governors if last else ()))
    note = version.note
    for path in keys:
        note = _signed(note, path, load_signer(path), governors)
    version = replace(version, note=note)
    replace_public(version.path, note.written())
    missing = lacking(version, last)
    if missing is None:
        check_successor(version, last)
        _publish(public, version)
    return Progress(version=version, missing=missing)


def _signed(
    note: SignedText, path: Path, key: Ed25519PrivateKey, governors: tuple[Verifier, ...]
) -> SignedText:
    public = key.public_key().public_bytes_raw()
    mine = [g for g in governors if g.public == public]
    if not mine:
        raise ConfigError(f"{path}: the key of no governor")
    return note if note.signers(tuple(mine)) else note.signed(mine[0].name, key)


def _publish(public: Path, version: Version) -> None:
    for recipient in version.content.recipients:
        path, data = public / f"{recipient.name}{RECIPIENT_SUFFIX}", recipient.pem()
        if not path.exists():
            write_new(path, data, mode=_PUBLIC)
        elif read_public(path) != data:
            raise ConfigError(f"{path}: another key has this name already")
    vkey = version.content.origins[0].vkey()
    replace_public(public / ORIGIN_VKEY, f"{vkey}\n".encode())
    try:
        version.path.replace(note_path(public, version.content.serial))
    except OSError as error:
        raise ConfigError(f"{version.path}: {error.strerror}") from None
