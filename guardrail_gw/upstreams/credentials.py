"""Providers' keys: read once at start, never shown."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self

from guardrail_gw.errors import ConfigError, UpstreamFailed

MAX_SECRET_BYTES: Final = 16 << 10

# What may stand in a header: a line break would let a key write headers of its own.
_PRINTABLE = re.compile(r"[\x21-\x7e]+")


@dataclass(frozen=True, slots=True)
class Secret:
    """A key that does not show itself in a repr, a log line or a comparison's failure."""

    value: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Credentials:
    """The providers' keys by their names in the configuration."""

    secrets: Mapping[str, Secret] = field(repr=False)

    @classmethod
    def load(cls, places: Mapping[str, tuple[Path | None, str | None]]) -> Self:
        """Read every key.

        Args:
            places: credential name -> a file or the name of an environment variable; one of two.

        Raises:
            ConfigError: missing, empty, or no key by its characters; names the place only.
        """
        return cls({name: _secret(name, *place) for name, place in places.items()})

    def secret(self, name: str) -> Secret:
        """Look a key up.

        Raises:
            UpstreamFailed: none of that name; nothing is sent without the key it should have.
        """
        try:
            return self.secrets[name]
        except KeyError:
            raise UpstreamFailed(f"credential {name!r} is not loaded") from None


def _secret(name: str, file: Path | None, env: str | None) -> Secret:
    if file is not None:
        place, raw = str(file), _from_file(name, file)
    elif env is not None:
        place, raw = f"environment variable {env}", os.environ.get(env, "")
    else:
        raise ConfigError(f"credential {name}: give a file or an environment variable")
    value = raw.strip()
    if not value:
        raise ConfigError(f"credential {name}: {place} is missing or empty")
    if not _PRINTABLE.fullmatch(value):
        raise ConfigError(
            f"credential {name}: {place} holds spaces, line breaks or non-ASCII characters"
        )
    return Secret(value)


def _from_file(name: str, file: Path) -> str:
    try:
        with file.open("rb") as handle:
            raw = handle.read(MAX_SECRET_BYTES + 1)
    except OSError as error:
        raise ConfigError(f"credential {name}: {file}: {error.strerror}") from None
    if len(raw) > MAX_SECRET_BYTES:
        raise ConfigError(f"credential {name}: {file} is larger than a key can be")
    try:
        return raw.decode("ascii")
    except UnicodeDecodeError:  # its message would quote the key
        raise ConfigError(
            f"credential {name}: {file} holds spaces, line breaks or non-ASCII characters"
        ) from None
