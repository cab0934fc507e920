"""The world of the story tests."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.world import World, world


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[World]:
    """A gateway with the default policy, one US and two EU providers."""
    async with world(tmp_path) as started:
        yield started
