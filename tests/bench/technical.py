"""Technical text that every installation has, to count what is found in it and should not be.

The same files on every machine with the same lock file: modules of the running Python, and what
the locked packages brought along. Licences are left out: they name people.
"""

import json
import sysconfig
from collections.abc import Iterator
from importlib.metadata import distributions
from pathlib import Path

PIECE = 4_000
"""Characters of one text, for every engine alike."""
_LONGEST = 60_000
_FILES = 12
_MODULES = (
    "argparse", "ast", "asyncio/tasks", "calendar", "collections/__init__", "csv", "dataclasses",
    "functools", "inspect", "json/decoder", "logging/config", "pathlib", "pickle", "queue",
    "shutil", "socket", "tarfile", "tempfile", "threading", "typing", "urllib/parse", "zipfile",
)  # fmt: skip
_LEFT_OUT = ("license", "guardrail_gw", "authors", "contributors", "news")


def technical() -> dict[str, list[str]]:
    """Kind of text -> its pieces."""
    return {
        "Python": python(),
        "Markdown": _pieces([*_found("*.md"), *_descriptions()]),
        "JSON": _pieces(_found("*.json")),
        "JavaScript": _pieces([*_found("*.js"), *_found("*.ts")]),
    }


def python() -> list[str]:
    """Pieces of modules of the running Python."""
    library = Path(sysconfig.get_paths()["stdlib"])
    return _pieces([(library / f"{name}.py").read_text(encoding="utf-8") for name in _MODULES])


def _found(pattern: str) -> list[str]:
    packages = Path(sysconfig.get_paths()["purelib"])
    paths = sorted(path.relative_to(packages).as_posix() for path in packages.rglob(pattern))
    kept = [path for path in paths if not any(word in path.lower() for word in _LEFT_OUT)]
    texts = ((packages / path).read_text(encoding="utf-8", errors="replace") for path in kept)
    return [text[:_LONGEST] for text in texts if len(text) > PIECE // 4][:_FILES]


def _descriptions() -> Iterator[str]:
    """What packages say of themselves, without the fields that name their authors."""
    ours = sorted(distributions(), key=lambda each: each.name or "")
    bodies = (str((each.metadata.json or {}).get("description", "")) for each in ours)
    long = (body[:_LONGEST] for body in bodies if len(body) > PIECE)
    yield from (body for body, _ in zip(long, range(_FILES), strict=False))


def _pieces(texts: list[str]) -> list[str]:
    return [text[i : i + PIECE] for text in texts for i in range(0, len(text), PIECE)]


if __name__ == "__main__":
    print(json.dumps({kind: sum(map(len, texts)) for kind, texts in technical().items()}))
