"""`keys add`, `rotate`, `sign`: change who the recipients are, with two governors' signatures."""

import sys
from dataclasses import replace
from pathlib import Path

import click
from rich.console import Console

from guardrail_gw.errors import ConfigError
from guardrail_gw.keys import change
from guardrail_gw.keys.audit_keys import NEXT_ORIGIN_KEY
from guardrail_gw.keys.generate import (
    VALID_DAYS,
    Ceremony,
    make_governor,
    make_origin,
    make_recipient,
    parsed_spec,
    read_recipient,
    today,
)
from guardrail_gw.keys.passphrase import passphrases
from guardrail_gw.keys.recipients import Recipients
from guardrail_gw.keys.vkey import Verifier

FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)
FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
NEW = click.Path(path_type=Path)
_SIGN = click.option(
    "--sign", "signers", type=NEW, multiple=True, help="A governor's private key; repeatable."
)
_DAYS = click.option(
    "--valid-days", type=click.IntRange(1, 3660), default=VALID_DAYS, show_default=True
)
_HYBRID = click.option("--hybrid", is_flag=True, help="Make an ML-KEM key as well, for suite 2.")


@click.command(name="add")
@click.argument("public", type=FOLDER)
@click.argument("spec", metavar="NAME:GROUP:LEVEL")
@click.option(
    "--out", type=NEW, help="Make the keys here, and write the private ones to this file."
)
@click.option("--pub", type=FILE, help="Take the public keys that the owner has made.")
@_HYBRID
@_DAYS
@_SIGN
def add(
    public: Path,
    spec: str,
    out: Path | None,
    pub: Path | None,
    hybrid: bool,
    valid_days: int,
    signers: tuple[Path, ...],
) -> None:
    """Add a recipient to the ones that PUBLIC names; nobody obeys it before two governors sign.

    LEVEL is the most the recipient opens: metadata, redacted or full.
    """
    if (out is None) == (pub is None):
        raise click.UsageError("give either --out or --pub")
    before = change.current(public).content
    ceremony = Ceremony(suite=2 if hybrid else before.suite, asked=passphrases())
    _unused(public, parsed_spec(spec)[0])
    new = read_recipient(spec, pub) if pub else make_recipient(spec, _given(out), ceremony)
    text = change.with_recipient(change.renewed(before, today(), valid_days), new)
    _propose(public, text, signers)


@click.command(name="rotate")
@click.argument("public", type=FOLDER)
@click.option("--recipient", help="Give this recipient new keys and the next name.")
@click.option("--remove", help="Seal nothing more to this recipient.")
@click.option("--governor", help="Give this governor a new key and the next name.")
@click.option("--origin", type=FOLDER, help="Give the gateway of this key folder a new origin key.")
@click.option("--suite", type=click.IntRange(1, 2), help="How keys are sealed from now on.")
@click.option("--out", type=NEW, help="Where the new private key is written.")
@_HYBRID
@_DAYS
@_SIGN
def rotate(
    public: Path,
    recipient: str | None,
    remove: str | None,
    governor: str | None,
    origin: Path | None,
    suite: int | None,
    out: Path | None,
    hybrid: bool,
    valid_days: int,
    signers: tuple[Path, ...],
) -> None:
    """Change one key, or none of them: then the text is renewed before it expires.

    Old logs need what they were sealed to: keep the private keys that this retires.
    """
    wanted: dict[str, object] = {
        "--recipient": recipient,
        "--remove": remove,
        "--governor": governor,
        "--origin": origin,
        "--suite": suite,
    }
    if sum(value is not None for value in wanted.values()) > 1:
        raise click.UsageError(f"give at most one of {', '.join(wanted)}")
    text = change.renewed(change.current(public).content, today(), valid_days)
    if recipient is not None:
        spec = _following(public, text, recipient)
        ceremony = Ceremony(suite=2 if hybrid else text.suite, asked=passphrases())
        new = make_recipient(spec, _given(out), ceremony)
        text = change.with_recipient(text, new, instead_of=recipient)
    elif remove is not None:
        text = change.without(text, remove)
        _say(f"Keep the private key of {remove}: older records are sealed to it.")
    elif governor is not None:
        text = _new_governor(text, governor, _given(out))
    elif origin is not None:
        text = _new_origin(text, origin)
    elif suite is not None:
        text = replace(text, suite=suite)
    _propose(public, text, signers)


@click.command(name="sign")
@click.argument("public", type=FOLDER)
@click.option("--key", "keys", type=FILE, multiple=True, required=True, help="A governor's key.")
def sign(public: Path, keys: tuple[Path, ...]) -> None:
    """Sign the draft in PUBLIC; read it with `keys recipients --draft` first.

    Exit codes: 0 it is in force now, 1 signatures are still missing.
    """
    _tell(change.sign_draft(public, keys))


def _following(public: Path, text: Recipients, name: str) -> str:
    old = change.named(text, name)
    following = change.next_name(name, change.taken(public))
    _say(f"{following} follows {name}. Keep the key of {name}: older records are sealed to it.")
    return f"{following}:{old.party}:{old.reach}"


def _new_governor(text: Recipients, name: str, out: Path) -> Recipients:
    following = change.next_name(name, [g.name for g in text.governors])
    key = make_governor(following, out, Ceremony(asked=passphrases()))
    _say(f"{following} follows {name}, who has to sign this change with another governor.")
    new = Verifier(name=following, public=key.public_key().public_bytes_raw())
    return change.with_governor(text, new, instead_of=name)


def _new_origin(text: Recipients, gateway: Path) -> Recipients:
    name = f"{text.log}.{len(text.origins) + 1}"
    _say(
        f"{name} counts once the governors have signed. Then name a new audit.directory, start the"
        f" gateway anew, and delete the old key in {gateway}. Its logs stay verifiable."
    )
    return change.with_origin(text, make_origin(gateway / NEXT_ORIGIN_KEY, name))


def _propose(public: Path, text: Recipients, signers: tuple[Path, ...]) -> None:
    path = change.propose(public, text)
    if signers:
        _tell(change.sign_draft(public, signers))
    else:
        _say(f"{path} waits for two governors: guardrail-gw keys sign {public} --key ...")


def _tell(progress: change.Progress) -> None:
    serial = progress.version.content.serial
    if progress.missing is not None:
        _say(f"Version {serial} is not in force yet: {progress.missing}.")
        sys.exit(1)
    _say(f"Version {serial} of the recipients is in force; gateways take it at their next start.")


def _unused(public: Path, name: str) -> None:
    if name in change.taken(public):
        raise ConfigError(f"a recipient is called {name} already; use: keys rotate --recipient")


def _given(out: Path | None) -> Path:
    if out is None:
        raise click.UsageError("give --out, the file for the new private key")
    return out


def _say(text: str) -> None:
    Console().print(text, highlight=False, soft_wrap=True, markup=False)
