"""Recorded provider traffic beside the checkout, where there is any."""

import gzip
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.support.shared import SHARED

RECORDINGS = SHARED / "data" / "wire"

needs_recordings = pytest.mark.skipif(
    not RECORDINGS.is_dir(), reason="the recorded traffic is not part of the repository"
)


def recorded(*names: str) -> Iterator[dict[str, Any]]:
    """Every exchange of these files."""
    for name in names:
        with gzip.open(RECORDINGS / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
            yield from map(json.loads, lines)


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every string within JSON."""
    if isinstance(value, str):
        yield path
    elif isinstance(value, dict):
        for key, member in value.items():
            yield from leaves(member, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from leaves(item, (*path, index))


def spliced(value: Any, path: tuple[Any, ...], change: Callable[[str], str]) -> Any:
    """A copy with one string changed."""
    if not path:
        return change(value)
    copied = value.copy()
    copied[path[0]] = spliced(value[path[0]], path[1:], change)
    return copied
