"""Where a secret is read from: a file, the environment, or what a program prints."""

import os
import signal
import subprocess
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Timer
from typing import Final

from guardrail_gw.catalog.credential import SecretConfig
from guardrail_gw.errors import ConfigError

MAX_SECRET_BYTES: Final = 16 << 10
COMMAND_S: Final = 10.0
"""How long a program has to print it."""

Resolve = Callable[[str], Path]
"""Where a path that is written in the configuration leads to."""


def raw(name: str, place: SecretConfig, resolve: Resolve) -> tuple[str, str]:
    """What a place is called in an error, and what it holds.

    Args:
        name: of the credential, for an error.
        place: as configured.
        resolve: where a written path leads to.

    Raises:
        ConfigError: it cannot be read; names the place only.
    """
    if place.file is not None:
        file = resolve(place.file)
        return str(file), from_file(name, file)
    if place.command is not None:
        program = place.command[0]
        found = str(resolve(program)) if "/" in program else program
        return f"command {program}", _from_command(name, [found, *place.command[1:]])
    return f"environment variable {place.env}", os.environ.get(place.env or "", "")


def from_file(name: str, file: Path) -> str:
    """The text of a file.

    Raises:
        ConfigError: it cannot be read, is too large, or holds no ASCII.
    """
    try:
        with file.open("rb") as handle:
            data = handle.read(MAX_SECRET_BYTES + 1)
    except OSError as error:
        raise ConfigError(f"credential {name}: {file}: {error.strerror}") from None
    return _text(name, str(file), data)


def _from_command(name: str, command: Sequence[str]) -> str:
    """What a program prints; its arguments may say more than an error should."""
    place = f"command {command[0]}"
    try:
        data, status = _printed(command)
    except OSError as error:
        raise ConfigError(f"credential {name}: {place}: {error.strerror}") from None
    if status:
        how = f"ended with {status}" if status > 0 else f"did not end within {COMMAND_S:.0f} s"
        raise ConfigError(f"credential {name}: {place} {how}")
    return _text(name, place, data)


def _printed(command: Sequence[str]) -> tuple[bytes, int]:
    """Its output, one byte more than may be at most, and its exit code."""
    with subprocess.Popen(  # noqa: S603 - the operator's own command, and no shell
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as running:

        def end() -> None:
            with suppress(ProcessLookupError):  # its children, too: they may hold the pipe
                os.killpg(running.pid, signal.SIGKILL)

        alarm = Timer(COMMAND_S, end)
        alarm.start()
        try:
            data = b"" if running.stdout is None else running.stdout.read(MAX_SECRET_BYTES + 1)
            if len(data) > MAX_SECRET_BYTES:
                end()
                return data, 0
            return data, running.wait()
        finally:
            alarm.cancel()


def _text(name: str, place: str, data: bytes) -> str:
    if len(data) > MAX_SECRET_BYTES:
        raise ConfigError(f"credential {name}: {place} is larger than a key can be")
    try:
        return data.decode("ascii")
    except UnicodeDecodeError:  # its message would quote the key
        raise ConfigError(
            f"credential {name}: {place} holds spaces, line breaks or non-ASCII characters"
        ) from None
