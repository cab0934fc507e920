"""A log as one file that anybody can check: with its public keys, its format, and a checker."""

import zipfile
from collections.abc import Iterator
from pathlib import Path

from guardrail_gw.audit.segments import CHECKPOINTS, first_of, segment_name

_HERE = Path(__file__).parent
_CHECKER = (
    _HERE / "bundled" / "READ_ME.txt",
    _HERE / "bundled" / "verify_log.py",
    _HERE / "FORMAT.md",
)
_PUBLIC = ("*.vkey", "*.pub")


def write_bundle(directory: Path, public: Path, out: Path) -> int:
    """Write a log with everything that checking it takes; private keys never come along.

    A log that is being written is taken as it stands: checkpoints are read before their segment,
    so that no record that they cover is missing.

    Args:
        directory: the log's folder.
        public: the `audit-public` folder.
        out: the zip archive to write.

    Returns:
        How many segments are in it.

    Raises:
        OSError: a file cannot be read, or `out` not be written.
    """
    names = sorted(path.name for path in directory.iterdir())
    firsts = [first for name in names if (first := first_of(name)) is not None]
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in _CHECKER:
            archive.write(path, path.name)
        for path in _public(public):
            archive.write(path, f"public/{path.name}")
        for name in (n for n in names if n.endswith(CHECKPOINTS)):
            archive.write(directory / name, f"log/{name}")
        for first in firsts:
            archive.write(directory / segment_name(first), f"log/{segment_name(first)}")
    return len(firsts)


def _public(folder: Path) -> Iterator[Path]:
    for pattern in _PUBLIC:
        yield from sorted(folder.glob(pattern))
