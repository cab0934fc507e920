"""What every test gets: a watch on blocking calls, and loopback only (pyproject.toml)."""

import asyncio
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
import structlog
from blockbuster import BlockBuster
from hypothesis import settings

from tests.support.postgres import postgres

if TYPE_CHECKING:
    from tests.support.collecting import Place

# Time is measured by the benches; a busy machine proves nothing wrong.
_EXAMPLES = 40 if "CI" in os.environ else 100
"""Where no test says how many: continuous integration draws the same ones each time."""
settings.register_profile("house", deadline=None, max_examples=_EXAMPLES)
settings.load_profile("house")


@pytest.fixture(scope="session")
def watch() -> BlockBuster:
    """The watch on blocking calls; to make one for each of many tests takes its time."""
    return BlockBuster("guardrail_gw")


@pytest.fixture(autouse=True)
def no_blocking_calls(request: pytest.FixtureRequest, watch: BlockBuster) -> Iterator[None]:
    """A blocking call of ours on the event loop fails the test."""
    if request.node.get_closest_marker("allow_blocking"):
        yield
        return
    watch.activate()
    yield
    watch.deactivate()


@pytest.fixture(autouse=True)
def quiet_logs() -> Iterator[None]:
    """Each test configures logging anew if it wants any."""
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def postgres_address() -> Iterator[str]:
    """The address of a real PostgreSQL for this process of tests; skips where there is none."""
    with postgres() as address:
        yield address


@pytest.fixture(scope="session")
def shared_place(postgres_address: str) -> "Place":
    """A collector's database that tests share: each has logs of its own in it."""
    from tests.support.collecting import place  # noqa: PLC0415 - asyncpg is not installed everywhere

    return asyncio.run(place(postgres_address))
