"""The file of approved definitions: read by every worker, written by whoever approves.

    {"apiVersion": "guardrail-gw/v1", "kind": "McpPins", "servers": {"git": {
        "digest": "<hex SHA-256 of the set>", "by": "first use", "at_us": 1, "instructions": null,
        "tools": {"log": {"name": "log", …}}}}}

A file that cannot be read, or whose digests are not those of what it holds, approves nothing.
"""

import fcntl
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Literal

import orjson
from pydantic import Field

from guardrail_gw.documents import Strict
from guardrail_gw.errors import ConfigError
from guardrail_gw.mcp.control.pins import Pin, ToolSet, UnpinnableError

Pins = Mapping[str, Pin]
"""Server -> what was approved of it."""
MOST_BYTES = 64 << 20


class PinnedDocument(Strict):
    """One server."""

    digest: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    by: Annotated[str, Field(min_length=1, max_length=200)]
    at_us: Annotated[int, Field(ge=0, le=2**53)]
    instructions: str | None
    tools: dict[str, dict[str, Any]]


class PinsDocument(Strict):
    """The whole file."""

    api_version: Literal["guardrail-gw/v1"] = Field(alias="apiVersion")
    kind: Literal["McpPins"]
    servers: dict[str, PinnedDocument]


class PinFile:
    """Reads and writes the file; what is written is whole or not there."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def mark(self) -> tuple[int, int, int] | None:
        """What changes with the file: inode, size, time; None: there is none."""
        try:
            said = self.path.stat()
        except FileNotFoundError:
            return None
        return said.st_ino, said.st_size, said.st_mtime_ns

    def load(self) -> dict[str, Pin]:
        """Read it; one that is not there approves nothing yet.

        Raises:
            ConfigError: it is not what was written here.
        """
        try:
            with self.path.open("rb") as file:
                raw = file.read(MOST_BYTES + 1)
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise ConfigError(f"{self.path}: {error.strerror}") from None
        return self._parsed(raw)

    def change(self, made: Callable[[dict[str, Pin]], dict[str, Pin]]) -> dict[str, Pin]:
        """Write what `made` makes of what is there, while nobody else writes.

        Raises:
            ConfigError: what is there is not what was written here, or it cannot be written.
        """
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self._alone():
                pins = made(self.load())
                self._write(_dumped(pins))
        except OSError as error:
            raise ConfigError(f"{self.path}: {error.strerror}") from None
        return pins

    @contextmanager
    def _alone(self) -> Iterator[None]:
        lock = os.open(self.path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def _write(self, raw: bytes) -> None:
        new = self.path.with_suffix(".new")
        new.unlink(missing_ok=True)
        made = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(made, "wb") as file:
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())
        new.replace(self.path)

    def _parsed(self, raw: bytes) -> dict[str, Pin]:
        try:
            document = PinsDocument.model_validate(orjson.loads(raw[:MOST_BYTES]))
            return {server: _pin(each) for server, each in document.servers.items()}
        except ValueError:  # what is longer is cut, and so is no JSON
            raise ConfigError(
                f"{self.path}: these are not pins as they were written; put back a copy of the"
                " file, or delete it and approve every server anew"
            ) from None


def _pin(said: PinnedDocument) -> Pin:
    found = ToolSet(tools=said.tools, instructions=said.instructions)
    if found.digest != said.digest:
        raise UnpinnableError("digest")
    return Pin(set=found, by=said.by, at_us=said.at_us)


def _dumped(pins: Pins) -> bytes:
    servers = {
        server: {
            "digest": pin.set.digest,
            "by": pin.by,
            "at_us": pin.at_us,
            "instructions": pin.set.instructions,
            "tools": pin.set.tools,
        }
        for server, pin in sorted(pins.items())
    }
    said = {"apiVersion": "guardrail-gw/v1", "kind": "McpPins", "servers": servers}
    return orjson.dumps(said, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
