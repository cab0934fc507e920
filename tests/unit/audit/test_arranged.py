"""What gateway.yaml says of registry, room and archive, made or refused at start."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from guardrail_gw.audit.arranged import arranged_keepers, arranged_shipper, promised
from guardrail_gw.audit.registry import FolderRegistry
from guardrail_gw.audit.store import FolderStore
from guardrail_gw.audit.store_s3 import S3Store
from guardrail_gw.checked import archive_of
from guardrail_gw.errors import ConfigError
from guardrail_gw.keys.vkey import COSIGNS, Verifier
from guardrail_gw.observability.clock import SystemClock
from guardrail_gw.policy.policy import Durability
from guardrail_gw.settings import Settings
from tests.support.audit_world import World
from tests.support.certificates import Authority

_S3 = {"bucket": "acme-audit", "region": "eu-central-1", "prefix": "gateway-7/"}


def settings(tmp_path: Path, **audit: Any) -> Settings:
    """A configuration with that part about the log."""
    config = {
        "apiVersion": "guardrail-gw/v1",
        "kind": "Gateway",
        "access": {"single_tenant": {"tenant": "t", "team": "t", "user": "u"}},
        "policies": "policies",
        "audit": {"directory": "log", "keys": "keys", "public": "public", **audit},
        "models": [{"name": "m", "deployments": ["d"]}],
        "deployments": [{"id": "d", "provider": "openai", "region": "eu", "model": "m"}],
    }
    path = tmp_path / "gateway.yaml"
    path.write_text(yaml.safe_dump(config))
    return Settings.load(path)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Who issues certificates."""
    return Authority(tmp_path_factory.mktemp("authority"))


def test_without_a_word_there_is_room_and_nothing_else(tmp_path: Path, keyed: World) -> None:
    """Marks and a ballast are the default; registry and archive are for who names them."""
    said = settings(tmp_path)

    keepers = arranged_keepers(said, keyed.keys)

    assert keepers.registry is None
    assert keepers.space is not None
    assert archive_of(said, SystemClock()) is None


def test_what_is_named_is_made(
    tmp_path: Path, keyed: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A registry, and an archive of either kind with its rule, from relative paths."""
    monkeypatch.setenv("STORE_KEY", "some-key")
    s3 = {**_S3, "access_key_id": {"env": "STORE_KEY"}, "secret_access_key": {"env": "STORE_KEY"}}
    locked = settings(tmp_path, archive={"s3": {**s3, "lock": {"days": 9}}})
    bucket = archive_of(locked, SystemClock())
    folder = settings(tmp_path, registry="r", archive={"directory": "a", "keep_days": 3})
    registry = arranged_keepers(folder, keyed.keys).registry
    archiver = archive_of(folder, SystemClock())

    assert isinstance(registry, FolderRegistry)
    assert registry.directory == tmp_path / "r"
    assert archiver is not None
    assert isinstance(archiver.archive.store, FolderStore)
    assert archiver.archive.rule.keep_days == 3
    assert bucket is not None
    assert isinstance(bucket.archive.store, S3Store)


@pytest.mark.parametrize(
    ("audit", "told"),
    [
        ({"archive": {}}, "either directory or s3"),
        ({"archive": {"directory": "a", "s3": _S3}}, "either directory or s3"),
        ({"archive": {"s3": {**_S3, "access_key_id": {"env": "X"}}}}, "or neither"),
        ({"archive": {"s3": {**_S3, "endpoint": "http://store.example"}}}, "endpoint"),
        ({"archive": {"s3": {**_S3, "prefix": "no-slash"}}}, "prefix"),
        ({"archive": {"s3": {**_S3, "lock": {"days": 0}}}}, "days"),
        ({"space": {"warn_bytes": 1, "stop_bytes": 2}}, "stop_bytes must not be more"),
    ],
)
def test_what_cannot_be_meant_is_refused(tmp_path: Path, audit: dict[str, Any], told: str) -> None:
    """The error names the field; nothing is guessed."""
    with pytest.raises(ConfigError, match=told):
        settings(tmp_path, **audit)


def test_a_missing_secret_is_an_error_at_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The place is named, and not what else is there."""
    monkeypatch.setenv("ID_OF_STORE", "AKID")
    monkeypatch.delenv("SECRET_OF_STORE", raising=False)
    keys = {
        "access_key_id": {"env": "ID_OF_STORE"},
        "secret_access_key": {"env": "SECRET_OF_STORE"},
    }

    with pytest.raises(ConfigError, match="SECRET_OF_STORE") as refused:
        archive_of(settings(tmp_path, archive={"s3": {**_S3, **keys}}), SystemClock())

    assert "AKID" not in str(refused.value)


COLLECTOR = {
    "url": "https://127.0.0.1:8443",
    "key": Verifier(name="collector", public=bytes(32), kind=COSIGNS).vkey(),
    "authority": "ca.pem",
    "certificate": "gw.pem",
    "private_key": "gw.key",
}


@pytest.mark.parametrize(
    ("audit", "kept"),
    [
        ({}, {Durability.LOCAL}),
        ({"collector": COLLECTOR}, set(Durability)),
        ({"collector": COLLECTOR, "lasting": False}, {Durability.REMOTE}),
    ],
)
def test_what_a_policy_may_ask_for(
    tmp_path: Path, audit: dict[str, Any], kept: set[Durability]
) -> None:
    """The disk where it lasts, the collector where there is one."""
    assert promised(settings(tmp_path, **audit)) == kept


def test_somebody_keeps_the_log(tmp_path: Path) -> None:
    """A folder that does not last, without a collector, is refused."""
    with pytest.raises(ConfigError, match="nobody keeps the log"):
        settings(tmp_path, lasting=False)


def test_a_collector_is_asked_with_certificates(tmp_path: Path, authority: Authority) -> None:
    """Without one there is no shipper; a key or certificate that is none is told at the start."""
    files = authority.issue("gw.example")
    given = {
        **COLLECTOR,
        "authority": str(authority.certificate),
        "certificate": str(files.certificate),
        "private_key": str(files.private_key),
    }
    clock = SystemClock()

    assert arranged_shipper(settings(tmp_path), clock) is None
    assert arranged_shipper(settings(tmp_path, collector=given), clock) is not None
    for wrong in ({"certificate": "none.pem"}, {"key": "x"}, {"private_key": given["authority"]}):
        with pytest.raises(ConfigError, match=r"certificate|verifier key"):
            arranged_shipper(settings(tmp_path, collector={**given, **wrong}), clock)
    with pytest.raises(ConfigError, match="url"):
        settings(tmp_path, collector={**given, "url": "http://127.0.0.1:1"})
