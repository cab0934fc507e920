"""`guardrail-gw policy sign|activate|status`: two people put policies in force."""

import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import orjson
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from guardrail_gw.activation import policy_guard
from guardrail_gw.cli.policies import AS_JSON, FILE, FOLDER, detection, vocabulary
from guardrail_gw.cli.readiness import readiness
from guardrail_gw.errors import ConfigError
from guardrail_gw.keys.dsse import Envelope, load_verifiers, owner_of
from guardrail_gw.keys.policy_signatures import SignedPolicies, names, read_bundle
from guardrail_gw.keys.private import load_signer
from guardrail_gw.policy.bundle import (
    BUNDLE,
    PAYLOAD_TYPE,
    SIGNATURES,
    Manifest,
    parse_manifest,
)
from guardrail_gw.policy.cases import run_cases
from guardrail_gw.policy.install import install
from guardrail_gw.policy.source import PolicySet, load_approved, load_set, settled
from guardrail_gw.policy.vocabulary import Vocabulary
from guardrail_gw.settings import Settings

_PATIENCE_S = 30
_CONFIG = click.option("--config", type=FILE, required=True, help="The gateway's gateway.yaml.")
_URL = click.option("--url", help="The running gateway: http://127.0.0.1:8080.")


@click.command(name="sign")
@click.argument("directory", type=FOLDER)
@click.option("--key", "keys", type=FILE, multiple=True, required=True, help="A private key.")
@click.option("--signers", type=FILE, help="The verifier keys of those who may sign.")
@click.option("--bundle", help="For which gateways; as it was, if left out.")
@click.option("--serial", type=click.IntRange(1), help="One more than it was, if left out.")
@click.option("--config", type=FILE, help="A gateway.yaml instead of --signers and --bundle.")
def sign_policies(
    directory: Path,
    keys: tuple[Path, ...],
    signers: Path | None,
    bundle: str | None,
    serial: int | None,
    config: Path | None,
) -> None:
    """Sign the policies in DIRECTORY; the first person makes bundle.json, the second adds to it.

    Exit codes: 0 enough have signed, 1 a signature is missing, 2 not valid, or a case fails.
    """
    words = vocabulary(detection(config))
    policies = load_set(directory, words)
    _hold_cases(directory, words)
    guard = policy_guard(Settings.load(config)) if config else None
    if signers is None and guard is None:
        raise click.UsageError("give --signers, or --config with policy_signing")
    allowed = load_verifiers(signers) if signers else guard.signers if guard else ()
    wanted = bundle or (guard.bundle if guard else None)
    envelope = _envelope(directory / BUNDLE, policies, wanted, serial)
    for path in keys:
        key = load_signer(path)
        envelope = envelope.signed(owner_of(key, allowed, path), key)
    _write(directory / BUNDLE, envelope)
    _, manifest = read_bundle(directory / BUNDLE)
    valid = envelope.signers(allowed)
    _print_signed(policies, manifest, names(valid))
    if len(valid) < SIGNATURES:
        Console().print(f"[yellow]{SIGNATURES - len(valid)} more must sign[/]")
    sys.exit(len(valid) < SIGNATURES)


@click.command(name="activate")
@click.argument("directory", type=FOLDER)
@_CONFIG
@_URL
def activate_policies(directory: Path, config: Path, url: str | None) -> None:
    """Put the signed policies in DIRECTORY where the gateway reads them, in one step.

    They are judged as the gateway judges them, and their cases tried. The gateway takes them by
    itself and records it; with --url this waits until it has.

    Exit codes: 0 done, 1 the gateway at --url has not taken them, 2 refused.
    """
    settings = Settings.load(config)
    words, guard = vocabulary(detection(config)), _guard(settings)
    policies = load_approved(directory, words, guard)
    approval = policies.approval
    assert approval is not None  # noqa: S101 - a guard gives one or raises
    _hold_cases(directory, words)
    target = settings.resolve(settings.gateway.policies)
    install(directory, target, str(approval.serial))
    console = Console()
    console.print(f"{target}: serial {approval.serial}, signed by {', '.join(approval.signers)}")
    if url is not None and not _taken(url, policies.digest):
        console.print(f"[red]the gateway has not taken them within {_PATIENCE_S} s[/]; see its log")
        sys.exit(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """What lies in the folder, and what is in force."""

    folder: str
    digest: str | None = None
    bundle: str | None = None
    serial: int | None = None
    signers: tuple[str, ...] = ()
    refused: str | None = None
    """Why the gateway would not take it."""
    remembered_serial: int | None = None
    in_force: str | None = None
    """The digest that the running gateway says it obeys."""
    in_force_serial: int | None = None

    @property
    def in_order(self) -> bool:
        """What lies there may be in force, and is, as far as one was asked."""
        return self.refused is None and self.in_force in (None, self.digest)


@click.command(name="status")
@_CONFIG
@_URL
@AS_JSON
def policy_status(config: Path, url: str | None, as_json: bool) -> None:
    """Say which policies lie in the gateway's folder, who signed them, and what is in force.

    Exit codes: 0 in order, 1 refused or something else is in force, 2 gateway.yaml is not valid, or
    no gateway answers at --url.
    """
    settings = Settings.load(config)
    found = _status(settings, vocabulary(detection(config)), url)
    if as_json:
        said = {name: getattr(found, name) for name in Status.__slots__}
        sys.stdout.buffer.write(orjson.dumps(said | {"in_order": found.in_order}) + b"\n")
    else:
        table = Table(box=SIMPLE_HEAD, pad_edge=False, show_header=False)
        for name, value in _rows(found):
            table.add_row(name, value)
        Console().print(table)
    sys.exit(not found.in_order)


def _status(settings: Settings, words: Vocabulary, url: str | None) -> Status:
    folder = settings.resolve(settings.gateway.policies)
    guard = policy_guard(settings)
    said: dict[str, Any] = {"folder": str(folder)}
    try:
        if guard is not None:
            said["remembered_serial"] = guard.floor().serial
        said["digest"] = load_set(folder, words).digest
        where = settled(folder) / BUNDLE
        if guard is not None and where.exists():
            said |= _bundle(where, guard)
        load_approved(folder, words, guard)
    except ConfigError as error:
        said["refused"] = str(error)
    if url is not None:
        told = readiness(url)
        said |= {"in_force": told["policy_digest"], "in_force_serial": told.get("policy_serial")}
    return Status(**said)


def _bundle(where: Path, guard: SignedPolicies) -> dict[str, Any]:
    envelope, manifest = read_bundle(where)
    signers = tuple(sorted(each.name for each in envelope.signers(guard.signers)))
    return {"bundle": manifest.bundle, "serial": manifest.serial, "signers": signers}


def _rows(found: Status) -> Iterator[tuple[str, str]]:
    yield "folder", found.folder
    yield "digest", found.digest or "-"
    yield "bundle", f"{found.bundle or 'none'}, serial {found.serial or '-'}"
    yield "signed by", ", ".join(found.signers) or "nobody"
    yield "newest serial remembered", str(found.remembered_serial or "-")
    yield "would be taken", "yes" if found.refused is None else f"no: {found.refused}"
    if found.in_force is not None:
        yield "in force", f"{found.in_force}, serial {found.in_force_serial or '-'}"


def _guard(settings: Settings) -> SignedPolicies:
    guard = policy_guard(settings)
    if guard is None:
        raise click.UsageError(f"{settings.path}: policy_signing is missing; nothing to activate")
    return guard


def _hold_cases(directory: Path, words: Vocabulary) -> None:
    failed = [r.name for r in run_cases(directory, words).results if r.differences]
    if failed:
        raise ConfigError(
            f"{directory}: {len(failed)} of its cases do not hold; `policy test` says which and why"
        )


def _envelope(where: Path, policies: PolicySet, bundle: str | None, serial: int | None) -> Envelope:
    """The envelope that is there, if it is about these policies; else a new one."""
    envelope, manifest = read_bundle(where) if where.exists() else (None, None)
    if envelope is not None and manifest is not None:
        same = manifest.digest == policies.digest
        if same and bundle in (None, manifest.bundle) and serial in (None, manifest.serial):
            return envelope
        bundle, serial = bundle or manifest.bundle, serial or manifest.serial + 1
    if bundle is None:
        raise click.UsageError("give --bundle: for which gateways this is")
    said = {"apiVersion": "guardrail-gw/v1", "kind": "PolicyBundle", "bundle": bundle}
    payload = orjson.dumps(said | {"serial": serial or 1, "digest": policies.digest})
    try:
        parse_manifest(payload, str(where))
    except ConfigError:
        raise click.BadParameter(
            "lower-case letters, digits and hyphens", param_hint="--bundle"
        ) from None
    return Envelope(payload_type=PAYLOAD_TYPE, payload=payload)


def _write(where: Path, envelope: Envelope) -> None:
    beside = where.with_name(f".{where.name}")
    try:
        beside.write_bytes(envelope.written())
        beside.replace(where)
    except OSError as error:
        raise ConfigError(f"{where}: {error.strerror}") from None


def _print_signed(policies: PolicySet, manifest: Manifest, signers: str) -> None:
    console = Console()
    console.print(f"{manifest.bundle}, serial {manifest.serial}, {policies.digest}")
    for each in policies.documents:
        console.print(f"  {each.file}: {each.id}")
    console.print(f"signed by {signers}")


def _taken(url: str, digest: str) -> bool:
    until = time.monotonic() + _PATIENCE_S
    while time.monotonic() < until:
        if readiness(url)["policy_digest"] == digest:
            return True
        time.sleep(0.2)
    return False
