"""Keys for the tests of the audit room."""

import pytest

from tests.support.audit_world import World, world


@pytest.fixture(scope="module")
def keyed(tmp_path_factory: pytest.TempPathFactory) -> World:
    """One set of keys; every test has its own log."""
    return world(tmp_path_factory.mktemp("keys"))
