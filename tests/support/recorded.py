"""Recorded provider traffic beside the checkout, where there is any."""

import gzip
import json
from collections.abc import Iterator
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
