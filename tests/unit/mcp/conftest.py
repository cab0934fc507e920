"""Keys for the log of the worlds of this folder."""

import pytest

from tests.support.audit_world import World, world


@pytest.fixture(scope="session")
def keyed(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Keys, made once: it takes a moment."""
    return world(tmp_path_factory.mktemp("keys"))
