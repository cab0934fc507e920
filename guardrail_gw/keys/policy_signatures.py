"""Whether two people signed the policies: the guard of a gateway that demands it.

What is refused: no bundle, a bundle for other gateways or about other files, fewer than two of
those who may sign, a serial below one that was in force, and another bundle of the same serial.
"""

import contextlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson

from guardrail_gw.errors import ConfigError
from guardrail_gw.keys.dsse import Envelope, load_verifiers, parse_envelope
from guardrail_gw.keys.secret_files import read_public
from guardrail_gw.keys.vkey import Verifier
from guardrail_gw.policy.bundle import (
    BUNDLE,
    PAYLOAD_TYPE,
    SIGNATURES,
    Approval,
    Manifest,
    parse_manifest,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor:
    """The newest bundle that was in force."""

    serial: int = 0
    digest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedPolicies:
    """Takes policies that two people signed, and none that are older than those before."""

    bundle: str
    """The name that bundles for this gateway have."""
    signers: tuple[Verifier, ...]
    """Who may sign."""
    state: Path
    """The file that remembers the newest bundle across restarts."""
    min_serial: int = 0

    def approve(self, folder: Path, digest: str) -> Approval:
        """As `Guard.approve`."""
        where = folder / BUNDLE
        if not where.exists():
            raise ConfigError(f"{where}: missing, and this gateway takes signed policies only")
        envelope, manifest = read_bundle(where)
        if manifest.bundle != self.bundle:
            raise ConfigError(f"{where}: for {manifest.bundle!r}, and this is {self.bundle!r}")
        if manifest.digest != digest:
            raise ConfigError(f"{where}: signed are other policies than those beside it")
        signers = envelope.signers(self.signers)
        if len(signers) < SIGNATURES:
            names = ", ".join(sorted(v.name for v in signers)) or "none"
            raise ConfigError(
                f"{where}: {SIGNATURES} of those who may sign are needed, valid are: {names}"
            )
        self._check_serial(where, manifest)
        return Approval(
            bundle=manifest.bundle,
            serial=manifest.serial,
            digest=digest,
            signers=tuple(sorted(each.name for each in signers)),
        )

    def accepted(self, approval: Approval) -> None:
        """As `Guard.accepted`."""
        if approval.serial > self.floor().serial:
            _replace(self.state, {"serial": approval.serial, "digest": approval.digest})

    def floor(self) -> Floor:
        """The newest bundle that was in force.

        Raises:
            ConfigError: the file is damaged; without it, older policies could come back.
        """
        if not self.state.exists():
            return Floor()
        try:
            said = orjson.loads(read_public(self.state))
            found = Floor(serial=said["serial"], digest=said["digest"])
        except (orjson.JSONDecodeError, KeyError, TypeError):
            found = None
        if found is None or type(found.serial) is not int or not isinstance(found.digest, str):
            raise ConfigError(f"{self.state}: damaged; it remembers which policies were in force")
        return found

    def _check_serial(self, where: Path, manifest: Manifest) -> None:
        floor = self.floor()
        least = max(floor.serial, self.min_serial)
        if manifest.serial < least:
            raise ConfigError(
                f"{where}: rolled back: its serial is {manifest.serial}, and {least} was in force;"
                " going back needs a new serial"
            )
        if manifest.serial == floor.serial and manifest.digest != floor.digest:
            raise ConfigError(f"{where}: serial {manifest.serial} was given to other policies")


def load_guard(bundle: str, signers: Path, state: Path, min_serial: int) -> SignedPolicies:
    """A guard as gateway.yaml describes it.

    Raises:
        ConfigError: fewer than two may sign, or the file with their keys cannot be read.
    """
    verifiers = load_verifiers(signers)
    if len(verifiers) < SIGNATURES:
        raise ConfigError(f"{signers}: at least {SIGNATURES} people have to be able to sign")
    return SignedPolicies(bundle=bundle, signers=verifiers, state=state, min_serial=min_serial)


def read_bundle(where: Path) -> tuple[Envelope, Manifest]:
    """Read a bundle without judging its signatures.

    Raises:
        ConfigError: unreadable or of another form.
    """
    envelope = parse_envelope(read_public(where), str(where))
    if envelope.payload_type != PAYLOAD_TYPE:
        raise ConfigError(f"{where}: signed is something else than a policy bundle")
    return envelope, parse_manifest(envelope.payload, str(where))


def names(verifiers: Sequence[Verifier]) -> str:
    """For people."""
    return ", ".join(sorted(each.name for each in verifiers)) or "nobody"


def _replace(path: Path, said: dict[str, object]) -> None:
    """Durably, as a whole or not at all."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with beside.open("wb") as file:
            file.write(orjson.dumps(said) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        with contextlib.suppress(OSError):
            beside.unlink()
        raise ConfigError(f"{path}: {error.strerror}") from None
