"""A database and keys for the tests of the collector."""

import pytest

from tests.support.audit_world import World, world
from tests.support.collecting import Place, place


@pytest.fixture(scope="module")
def keyed(tmp_path_factory: pytest.TempPathFactory) -> World:
    """One gateway's keys."""
    return world(tmp_path_factory.mktemp("keys"))


@pytest.fixture
async def where(postgres_address: str) -> Place:
    """A database of the test's own, with its roles."""
    return await place(postgres_address)
