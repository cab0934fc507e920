"""An archive in an S3-compatible object store; needs the extra `s3`.

Every object is written with `If-None-Match: *` and its SHA-256, so the store refuses to replace one
and to take another's bytes; with a lock it keeps each until its day, whoever asks.

Source: Amazon S3 API reference, PutObject (x-amz-checksum-sha256, x-amz-object-lock-mode,
x-amz-object-lock-retain-until-date) and "Conditional writes".
"""

import base64
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, BinaryIO, Final

from guardrail_gw.audit.store import CHUNK, StoreError, TakenError, digest_of
from guardrail_gw.core.ports import Clock
from guardrail_gw.errors import ConfigError

_TAKEN: Final = frozenset({409, 412})
_ABSENT: Final = 404
_ATTEMPTS: Final = 4
_CONNECT_S: Final = 10
_READ_S: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """How long the store keeps an object from everybody."""

    days: int
    compliance: bool
    """Nobody can shorten it, the account's owner neither; else those with a right to can."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """Where objects go, and as whom; without keys, as whatever runs here (IAM roles)."""

    name: str
    prefix: str = ""
    endpoint: str | None = None
    region: str | None = None
    access_key_id: str | None = field(default=None, repr=False)
    secret_access_key: str | None = field(default=None, repr=False)
    lock: Lock | None = None


def connected(bucket: Bucket) -> Any:  # noqa: ANN401 - the library makes its clients at run time
    """A client for the bucket.

    Raises:
        ConfigError: the extra is not installed.
    """
    try:
        import boto3  # noqa: PLC0415 - an extra; nobody else pays for it
        from botocore.config import Config  # noqa: PLC0415 - ditto
    except ImportError:
        raise ConfigError(
            "audit.archive.s3 needs the extra: pip install 'guardrail-gw[s3]'"
        ) from None
    return boto3.client(
        "s3",
        endpoint_url=bucket.endpoint,
        region_name=bucket.region,
        aws_access_key_id=bucket.access_key_id,
        aws_secret_access_key=bucket.secret_access_key,
        config=Config(
            connect_timeout=_CONNECT_S,
            read_timeout=_READ_S,
            retries={"max_attempts": _ATTEMPTS, "mode": "standard"},
            s3={"addressing_style": "path" if bucket.endpoint else "auto"},
        ),
    )


class S3Store:
    """An archive in a bucket. One thread at a time."""

    def __init__(self, bucket: Bucket, client: Any, clock: Clock) -> None:  # noqa: ANN401 - see `connected`
        """Nothing is asked yet; `client` comes from `connected`."""
        self._bucket = bucket
        self._client = client
        self._clock = clock

    def put(self, name: str, file: BinaryIO, digest: str) -> None:
        """See `Store`."""
        checksum = base64.b64encode(bytes.fromhex(digest)).decode()
        self._asked(
            "write",
            lambda: self._client.put_object(
                Bucket=self._bucket.name,
                Key=self._key(name),
                Body=file,
                ChecksumSHA256=checksum,
                IfNoneMatch="*",
                **self._locked(),
            ),
        )

    def digest(self, name: str) -> str | None:
        """See `Store`. The bytes are read, not what the store says of them."""
        body = self._body(name)
        return None if body is None else self._asked("read", lambda: digest_of(body))

    def fetch(self, name: str, to: BinaryIO) -> None:
        """See `Store`."""
        body = self._body(name)
        if body is None:
            raise StoreError(f"{name} is not in the archive")
        self._asked(
            "read", lambda: [to.write(chunk) for chunk in iter(lambda: body.read(CHUNK), b"")]
        )

    def names(self, below: str) -> list[str]:
        """See `Store`."""
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket.name, Prefix=self._key(below)
        )
        found = self._asked(
            "read", lambda: [o["Key"] for p in pages for o in p.get("Contents", ())]
        )
        return sorted(key.removeprefix(self._bucket.prefix) for key in found)

    def _key(self, name: str) -> str:
        return self._bucket.prefix + name

    def _locked(self) -> dict[str, object]:
        lock = self._bucket.lock
        if lock is None:
            return {}
        now = datetime.fromtimestamp(self._clock.now_us() / 1e6, tz=UTC)
        return {
            "ObjectLockMode": "COMPLIANCE" if lock.compliance else "GOVERNANCE",
            "ObjectLockRetainUntilDate": now + timedelta(days=lock.days),
        }

    def _body(self, name: str) -> Any:  # noqa: ANN401 - see `connected`
        try:
            return self._asked(
                "read",
                lambda: self._client.get_object(Bucket=self._bucket.name, Key=self._key(name))[
                    "Body"
                ],
            )
        except _AbsentError:
            return None

    def _asked(self, what: str, ask: Callable[[], Any]) -> Any:  # noqa: ANN401 - ditto
        """Errors of the store by their codes: its words could name anything."""
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - see `connected`

        try:
            return ask()
        except ClientError as error:
            said = error.response
            status = said.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
            code = str(said.get("Error", {}).get("Code", ""))[:64]
        except (BotoCoreError, OSError) as error:
            raise StoreError(f"the archive cannot be asked: {type(error).__name__}") from None
        if status in _TAKEN and what == "write":
            raise TakenError("the object is in the archive already")
        if status == _ABSENT and code == "NoSuchKey":
            raise _AbsentError("no such object")
        raise StoreError(f"the archive refuses to {what}: {status} {code}")


class _AbsentError(StoreError):
    """There is no such object."""
