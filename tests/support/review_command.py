"""Commands that serve pages, as processes of their own."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

LINK = re.compile(r"(http://127\.0\.0\.1:\d+)/enter/\S+")


@contextmanager
def reviewing_of(log: Path, keys: Sequence[Path], *options: str) -> Iterator[tuple[str, str]]:
    """`guardrail-gw review` until the block ends; as `served` says."""
    arguments = [str(log), *options, *(part for key in keys for part in ("--key", str(key)))]
    with served("review", *arguments, more={"XDG_STATE_HOME": str(log.parent / "state")}) as where:
        yield where


@contextmanager
def served(*words: str, more: Mapping[str, str] | None = None) -> Iterator[tuple[str, str]]:
    """Run it until the block ends; gives the link that it prints, and the address without it."""
    with subprocess.Popen(
        [sys.executable, "-m", "guardrail_gw", *words],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | dict(more or {}),
    ) as process:
        try:
            assert process.stdout is not None
            found = next(match for line in process.stdout if (match := LINK.search(line)))
            yield found[0], found[1]
        finally:
            process.terminate()
