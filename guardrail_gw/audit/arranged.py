"""What gateway.yaml says of a log's keepers and archive, made; what it does not say stays away."""

from collections.abc import Callable
from pathlib import Path
from secrets import SystemRandom
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from guardrail_gw.audit.keepers import Keepers
from guardrail_gw.audit.registry import FolderRegistry
from guardrail_gw.audit.space import Marks, Space
from guardrail_gw.auditing import ArchiveConfig, S3Config
from guardrail_gw.catalog.credential import SecretConfig
from guardrail_gw.core.ports import Clock
from guardrail_gw.errors import ConfigError
from guardrail_gw.keys.audit_keys import AuditKeys
from guardrail_gw.keys.vkey import COSIGNS, parse_vkey
from guardrail_gw.policy.policy import Durability
from guardrail_gw.settings import Settings

if TYPE_CHECKING:
    from guardrail_gw.audit.archive import Archiver
    from guardrail_gw.audit.shipper import Shipper
    from guardrail_gw.audit.store import Store
    from guardrail_gw.audit.store_s3 import Bucket

Reveal = Callable[[SecretConfig], str]
"""Reads a secret; raises ConfigError."""


def promised(settings: Settings) -> frozenset[Durability]:
    """Which durability a policy may ask for here: what cannot be kept is refused at the start."""
    audit = settings.gateway.audit
    known = audit.collector is not None
    return frozenset(
        each
        for each in Durability
        if (known or not each.asks_collector) and (audit.lasting or not each.asks_disk)
    )


def arranged_keepers(
    settings: Settings, keys: AuditKeys, shipper: "Shipper | None" = None
) -> Keepers:
    """The registry, if one is named, the room on the log's disk, and who ships what is signed.

    Raises:
        ConfigError: the registry lies in the log's own folder.
    """
    config = settings.gateway.audit
    directory, space = settings.log_directory, config.space
    registry = None
    if config.registry is not None:
        elsewhere = settings.resolve(config.registry)
        _check_elsewhere("audit.registry", elsewhere, settings.resolve(config.directory))
        registry = FolderRegistry(elsewhere, keys.name, keys.signer)
    marks = Marks(
        warn_bytes=space.warn_bytes,
        stop_bytes=space.stop_bytes,
        ballast_bytes=space.ballast_bytes,
    )
    signed = shipper.signed if shipper else None
    return Keepers(registry=registry, space=Space(directory, marks), signed=signed)


def arranged_archive(
    settings: Settings, clock: Clock, reveal: Reveal, signer: Ed25519PrivateKey | None = None
) -> "Archiver | None":
    """The archive, if one is named; it is not asked for anything yet.

    Args:
        settings: what gateway.yaml says.
        clock: tells how old a segment is.
        reveal: reads secrets.
        signer: the origin key; without it nothing is removed from the log's folder.

    Raises:
        ConfigError: a secret or the extra is missing, or it lies in the log's own folder.
    """
    config = settings.gateway.audit.archive
    if config is None:
        return None
    from guardrail_gw.audit.archive import Archive, Archiver, Rule  # noqa: PLC0415 - as configured

    store = _store(settings, config, clock, reveal)
    rule = Rule(every_s=config.every_s, keep_days=config.keep_days, signer=signer)
    return Archiver(Archive(settings.log_directory, store, clock, rule))


def _store(settings: Settings, config: ArchiveConfig, clock: Clock, reveal: Reveal) -> "Store":
    if config.s3 is not None:
        from guardrail_gw.audit.store_s3 import S3Store, connected  # noqa: PLC0415 - as configured

        bucket = _bucket(config.s3, reveal)
        return S3Store(bucket, connected(bucket), clock)
    from guardrail_gw.audit.store import FolderStore  # noqa: PLC0415 - ditto

    elsewhere = settings.resolve(config.directory or "")
    whole = settings.resolve(settings.gateway.audit.directory)
    _check_elsewhere("audit.archive.directory", elsewhere, whole)
    return FolderStore(elsewhere)


def arranged_shipper(settings: Settings, clock: Clock) -> "Shipper | None":
    """The way to the collector, if one is named; it is not asked for anything yet.

    Raises:
        ConfigError: its key is none, or a certificate cannot be read.
    """
    config = settings.gateway.audit.collector
    if config is None:
        return None
    from guardrail_gw.audit.courier import Address, HttpsCourier  # noqa: PLC0415 - as configured
    from guardrail_gw.audit.shipper import Pace, Shipper  # noqa: PLC0415 - ditto

    courier = HttpsCourier.prepared(
        Address(
            url=config.url,
            authority=settings.resolve(config.authority),
            certificate=settings.resolve(config.certificate),
            private_key=settings.resolve(config.private_key),
            key=parse_vkey(config.key, COSIGNS),
            timeout_s=config.timeout_s,
        )
    )
    directory = settings.log_directory
    pace = Pace(deadline_s=config.deadline_s)
    return Shipper(directory, courier, clock, SystemRandom(), pace)


def _bucket(config: S3Config, reveal: Reveal) -> "Bucket":
    from guardrail_gw.audit.store_s3 import Bucket, Lock  # noqa: PLC0415 - as configured

    lock = config.lock
    key_id, secret = config.access_key_id, config.secret_access_key
    return Bucket(
        name=config.bucket,
        prefix=config.prefix or "",
        endpoint=config.endpoint,
        region=config.region,
        access_key_id=reveal(key_id) if key_id else None,
        secret_access_key=reveal(secret) if secret else None,
        lock=Lock(days=lock.days, compliance=lock.mode == "compliance") if lock else None,
    )


def _check_elsewhere(field: str, path: Path, log: Path) -> None:
    """Whoever puts the log's folder back must not put this back with it."""
    if path.resolve().is_relative_to(log.resolve()) or log.resolve().is_relative_to(path.resolve()):
        raise ConfigError(f"{field} must lie outside the log's folder, best on another disk")
