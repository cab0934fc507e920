"""Keys and a database for the tests of the collector."""

import pytest

from tests.support.audit_world import World, world
from tests.support.collecting import Place


@pytest.fixture(scope="session")
def keyed(tmp_path_factory: pytest.TempPathFactory) -> World:
    """One gateway's keys."""
    return world(tmp_path_factory.mktemp("keys"))


@pytest.fixture
def where(shared_place: Place) -> Place:
    """The database that tests share."""
    return shared_place
