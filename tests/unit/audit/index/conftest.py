"""A log of March, and its index."""

from collections.abc import Iterator

import pytest

from guardrail_gw.audit.index.file import IndexFile
from tests.support.audit_world import World, world
from tests.support.review_index import indexed, march


@pytest.fixture(scope="module")
def reviewed(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A closed log of five days."""
    return march(world(tmp_path_factory.mktemp("march")))


@pytest.fixture(scope="module")
def index(reviewed: World) -> Iterator[IndexFile]:
    """Its index."""
    with indexed(reviewed, reviewed.home / "index.sqlite") as (file, _):
        yield file
