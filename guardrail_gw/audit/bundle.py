"""A log as one file that anybody can check: with its public keys, its format, and a checker."""

import os
import zipfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path

import orjson

from guardrail_gw.audit.note import SignedCheckpoint, parse_checkpoints
from guardrail_gw.audit.pruned import PRUNED
from guardrail_gw.audit.report import LogFiles, Report
from guardrail_gw.audit.segments import CHECKPOINTS, SEGMENT, segment_firsts, segment_name
from guardrail_gw.audit.verify import verify
from guardrail_gw.keys.audit_keys import PublicMaterial, load_public

SUMS = "SHA256SUMS"
_HERE = Path(__file__).parent
_CHECKER = (
    _HERE / "bundled" / "READ_ME.txt",
    _HERE / "bundled" / "verify_log.py",
    _HERE / "FORMAT.md",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundled:
    """What was packed."""

    segments: int
    report: Report
    """On the very bytes that were packed."""


def write_bundle(
    directory: Path,
    public: Path,
    out: Path,
    *,
    policies: Path | None = None,
    now_us: int | None = None,
) -> Bundled:
    """Write a log with everything that checking it takes, and nothing else of either folder.

    A log that is being written is taken as it stands: checkpoints are read before their segment,
    so that no record that they cover is missing.

    Args:
        directory: the log's folder.
        public: the `audit-public` folder.
        out: the zip archive to write.
        policies: a folder whose policy documents go along.
        now_us: the present time, for the report.

    Raises:
        ConfigError: `public` does not hold public keys, or holds something else under their names.
        OSError: a file cannot be read, or `out` not be written.
    """
    material, firsts = load_public(public), segment_firsts(directory)
    unfinished = out.with_name(f"{out.name}.new")
    try:
        with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED) as archive:
            packed = _Packed(archive)
            for name, data in _papers(material, policies):
                packed.add(name, data)
            for name in _of_the_log(directory, firsts):
                packed.add(f"log/{name}", _plain_file(directory / name))
        report = _verified(unfinished, material, now_us)
        with zipfile.ZipFile(unfinished, "a", zipfile.ZIP_DEFLATED) as archive:
            packed.archive = archive
            packed.finish(report, _latest(directory, firsts))
        unfinished.replace(out)
    finally:
        unfinished.unlink(missing_ok=True)
    return Bundled(segments=len(firsts), report=report)


@dataclass(slots=True)
class _Packed:
    """An archive that knows the hash of each of its files."""

    archive: zipfile.ZipFile
    sums: dict[str, str] = field(default_factory=dict)

    def add(self, name: str, data: bytes) -> None:
        self.archive.writestr(name, data)
        self.sums[name] = sha256(data).hexdigest()

    def finish(self, report: Report, latest: SignedCheckpoint | None) -> None:
        """What was found, the checkpoint to keep, and last the hashes of all files."""
        said = orjson.dumps(asdict(report), option=orjson.OPT_INDENT_2) + b"\n"
        self.add("verification.json", said)
        if latest is not None:
            self.add("checkpoint.txt", latest.note())
        lines = (f"{digest}  {name}\n" for name, digest in sorted(self.sums.items()))
        self.archive.writestr(SUMS, "".join(lines))


def _papers(material: PublicMaterial, policies: Path | None) -> Iterator[tuple[str, bytes]]:
    for path in _CHECKER:
        yield path.name, path.read_bytes()
    for name, text in _public(material):
        yield f"public/{name}", text.encode()
    if policies is not None:
        for path in sorted(policies.rglob("*.yaml")):
            yield f"policies/{path.relative_to(policies)}", _plain_file(path)


def _verified(archive: Path, material: PublicMaterial, now_us: int | None) -> Report:
    """What `verify` says of the bytes in the archive, not of a folder that goes on changing."""
    with zipfile.ZipFile(archive) as packed:
        names = [name for name in packed.namelist() if name.startswith("log/")]
        log = LogFiles(
            names=tuple(sorted(name.removeprefix("log/") for name in names)),
            read=lambda name: packed.read(f"log/{name}"),
        )
        return verify(log, material, now_us=now_us)


def _latest(directory: Path, firsts: list[int]) -> SignedCheckpoint | None:
    for first in reversed(firsts):
        path = directory / segment_name(first).replace(SEGMENT, CHECKPOINTS)
        found, _ = parse_checkpoints(_plain_file(path)) if path.exists() else ([], 0)
        if found:
            return found[-1]
    return None


def _of_the_log(directory: Path, firsts: list[int]) -> Iterator[str]:
    names = [segment_name(first) for first in firsts]
    points = (str(Path(name).with_suffix(CHECKPOINTS)) for name in names)
    yield from (name for name in points if (directory / name).exists())
    yield from names
    if (directory / PRUNED).exists():
        yield PRUNED


def _public(material: PublicMaterial) -> Iterator[tuple[str, str]]:
    """The keys as this program reads them: whatever else lies in the folder stays there."""
    yield "origin.vkey", material.origin.vkey() + "\n"
    for recipient in material.recipients:
        yield f"{recipient.name}.pub", recipient.pem().decode()
    for version in material.versions:
        yield version.path.name, version.note.written().decode()


def _plain_file(path: Path) -> bytes:
    """A file's bytes; raises OSError also for a link, which could lead anywhere."""
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    with os.fdopen(handle, "rb") as file:
        return file.read()
