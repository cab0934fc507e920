"""What the image's lock names: packages for Linux and CPython, with their archives' digests."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from packaging.requirements import Requirement

from deploy.recipe.places import DEPLOY

LOCK: Final = DEPLOY / "image" / "requirements.lock"
_ENTRY: Final = re.compile(
    r"^(?P<what>[a-z0-9][^\\\n]*?)\s*\\\n(?P<hashes>(?:\s+--hash=.*\n?)+)", re.MULTILINE
)
_HASH: Final = re.compile(r"--hash=sha256:([0-9a-f]{64})")
IMAGE: Final = {
    "implementation_name": "cpython",
    "os_name": "posix",
    "platform_python_implementation": "CPython",
    "platform_system": "Linux",
    "python_full_version": "3.11.9",
    "python_version": "3.11",
    "sys_platform": "linux",
}
"""The image's system, as markers of packages ask for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Locked:
    """One package of the lock."""

    name: str
    version: str
    archives: tuple[str, ...]
    """SHA-256 of each archive that may be installed, in hex."""

    @property
    def purl(self) -> str:
        """Its package URL."""
        return f"pkg:pypi/{self.name}@{self.version}"


def locked(path: Path = LOCK) -> list[Locked]:
    """The packages that the image gets; those for other systems are left out."""
    found = []
    for match in _ENTRY.finditer(path.read_text(encoding="utf-8")):
        wanted = Requirement(match["what"])
        if wanted.marker is None or wanted.marker.evaluate(IMAGE):
            (version,) = wanted.specifier
            archives = tuple(sorted(_HASH.findall(match["hashes"])))
            found.append(Locked(name=wanted.name, version=version.version, archives=archives))
    return found
