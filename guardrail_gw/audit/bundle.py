"""A log as one file that anybody can check: with its public keys, its format, and a checker."""

import os
import zipfile
from collections.abc import Iterator
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from guardrail_gw.audit.segments import CHECKPOINTS, segment_firsts, segment_name
from guardrail_gw.keys.audit_keys import PublicMaterial, load_public

_HERE = Path(__file__).parent
_CHECKER = (
    _HERE / "bundled" / "READ_ME.txt",
    _HERE / "bundled" / "verify_log.py",
    _HERE / "FORMAT.md",
)


def write_bundle(directory: Path, public: Path, out: Path) -> int:
    """Write a log with everything that checking it takes, and nothing else of either folder.

    A log that is being written is taken as it stands: checkpoints are read before their segment,
    so that no record that they cover is missing.

    Args:
        directory: the log's folder.
        public: the `audit-public` folder.
        out: the zip archive to write.

    Returns:
        How many segments are in it.

    Raises:
        ConfigError: `public` does not hold public keys, or holds something else under their names.
        OSError: a file cannot be read, or `out` not be written.
    """
    material, firsts = load_public(public), segment_firsts(directory)
    unfinished = out.with_name(f"{out.name}.new")
    try:
        with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in _CHECKER:
                archive.writestr(path.name, path.read_bytes())
            for name, text in _public(material):
                archive.writestr(f"public/{name}", text)
            for name in _of_the_log(directory, firsts):
                archive.writestr(f"log/{name}", _plain_file(directory / name))
        unfinished.replace(out)
    finally:
        unfinished.unlink(missing_ok=True)
    return len(firsts)


def _of_the_log(directory: Path, firsts: list[int]) -> Iterator[str]:
    names = [segment_name(first) for first in firsts]
    points = (str(Path(name).with_suffix(CHECKPOINTS)) for name in names)
    yield from (name for name in points if (directory / name).exists())
    yield from names


def _public(material: PublicMaterial) -> Iterator[tuple[str, str]]:
    """The keys as this program reads them: whatever else lies in the folder stays there."""
    yield "origin.vkey", material.origin.vkey() + "\n"
    for recipient in material.recipients:
        pem = recipient.key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        yield f"{recipient.name}.pub", pem.decode()


def _plain_file(path: Path) -> bytes:
    """A file's bytes; raises OSError also for a link, which could lead anywhere."""
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    with os.fdopen(handle, "rb") as file:
        return file.read()
