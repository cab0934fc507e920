"""Where passphrases come from: a prompt, a file or a file descriptor; never the command line.

What stands on a command line is seen by every process of the machine and stays in histories.
"""

import getpass
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

from guardrail_gw.errors import ConfigError
from guardrail_gw.keys.secret_files import read_secret

MIN_LENGTH = 12
"""Characters of a new passphrase."""
_MAX_BYTES = 64 << 10

Prompt = Callable[[str], str]


class Passphrases:
    """Passphrases that are at hand, and whom to ask for others."""

    def __init__(self, lines: tuple[bytes, ...] = (), prompt: Prompt | None = None) -> None:
        self._lines = lines
        self._prompt = prompt
        self._made = 0

    @classmethod
    def at_terminal(cls) -> "Passphrases":
        """Ask whoever sits at the terminal; without one, nobody."""
        return cls(prompt=getpass.getpass if sys.stdin.isatty() else None)

    @classmethod
    def of_file(cls, path: Path) -> "Passphrases":
        """One passphrase per line.

        Raises:
            ConfigError: it cannot be read, or is open to others.
        """
        return cls(_lines(read_secret(path), str(path)))

    @classmethod
    def of_descriptor(cls, number: int) -> "Passphrases":
        """One passphrase per line, from an open file descriptor, which is then closed.

        Raises:
            ConfigError: it cannot be read.
        """
        try:
            with os.fdopen(number, "rb") as file:
                data = file.read(_MAX_BYTES)
        except OSError as error:
            raise ConfigError(f"file descriptor {number}: {error.strerror}") from None
        return cls(_lines(data, f"file descriptor {number}"))

    @property
    def any(self) -> bool:
        """Whether there are some, or somebody to ask."""
        return bool(self._lines) or self._prompt is not None

    def for_opening(self, what: str) -> Iterator[bytes]:
        """Those that may open `what`, one after the other."""
        yield from self._lines
        if self._prompt is not None:
            yield self._prompt(f"Passphrase of {what}: ").encode()

    def for_new(self, what: str) -> bytes:
        """The one that shall protect `what`: the next line, or the only one, or asked for twice.

        Raises:
            ConfigError: there is none, it is too short, or the two differ.
        """
        passphrase = self._chosen(what)
        if len(passphrase.decode("utf-8", "replace")) < MIN_LENGTH:
            raise ConfigError(f"{what}: a passphrase has at least {MIN_LENGTH} characters")
        return passphrase

    def _chosen(self, what: str) -> bytes:
        if self._lines:
            if len(self._lines) == 1:
                return self._lines[0]
            if self._made == len(self._lines):
                raise ConfigError(f"{what}: no passphrase is left for it; give one line for each")
            self._made += 1
            return self._lines[self._made - 1]
        if self._prompt is None:
            raise ConfigError(
                f"{what}: a passphrase is needed, and there is no terminal to ask at; give"
                " --passphrase-file or --passphrase-fd before the command"
            )
        first = self._prompt(f"New passphrase for {what}: ")
        if first != self._prompt("Once more: "):
            raise ConfigError(f"{what}: the two passphrases differ")
        return first.encode()


_AT_HAND: ContextVar[Passphrases | None] = ContextVar("passphrases", default=None)


@contextmanager
def at_hand(passphrases: Passphrases) -> Iterator[None]:
    """Whatever asks for a passphrase in this context takes these."""
    token = _AT_HAND.set(passphrases)
    try:
        yield
    finally:
        _AT_HAND.reset(token)


def passphrases() -> Passphrases:
    """Those of the context, else the terminal's."""
    return _AT_HAND.get() or Passphrases.at_terminal()


def _lines(data: bytes, where: str) -> tuple[bytes, ...]:
    lines = tuple(line.rstrip(b"\r") for line in data.split(b"\n") if line.strip())
    if not lines:
        raise ConfigError(f"{where}: holds no passphrase")
    return lines
