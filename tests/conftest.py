"""What every test gets: a watch on blocking calls, and loopback only (pyproject.toml)."""

import asyncio
import gc
import os
from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING

import pytest
import structlog
from blockbuster import BlockBuster
from hypothesis import settings

from tests.support import quick_schemas  # noqa: F401 - before tests import what imports jsonschema
from tests.support.postgres import postgres

if TYPE_CHECKING:
    from tests.support.collecting import Place

# Time is measured by the benches; a busy machine proves nothing wrong.
_EXAMPLES = 40 if "CI" in os.environ else 100
"""Where no test says how many: continuous integration draws the same ones each time."""
_LONG = (
    *("tests/conformance/", "tests/e2e/", "tests/chaos/", "tests/faults/", "tests/differential/"),
    *("tests/unit/audit/test_faults.py", "tests/unit/detection/", "tests/unit/observability/"),
)
_WATCH = BlockBuster("guardrail_gw")
"""On blocking calls."""
_SELDOM = 10_000
"""Objects more than there were, in a process that ends soon."""
_LAST = pytest.StashKey[bool]()
settings.register_profile("house", deadline=None, max_examples=_EXAMPLES)
settings.load_profile("house")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that take longest come first, so that no core waits for the last of them."""
    items.sort(key=lambda item: not item.nodeid.startswith(_LONG))


def pytest_collection_finish() -> None:
    """Garbage is looked for among what tests make, which is little; all else stays to the end.

    It is looked for at the end of each file, and in between more seldom than Python would.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_SELDOM, 10, 10)


def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """Note after which test a file's own fixtures end."""
    item.stash[_LAST] = nextitem is None or nextitem.path != item.path


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, object, object]:
    """What a file leaves open is told with its last test; what stays is not looked at again.

    Else every look for garbage goes through all that was loaded until then, models and all.
    """
    try:
        return (yield)
    finally:
        if item.stash[_LAST]:
            gc.collect()
            gc.freeze()


def pytest_sessionfinish() -> None:
    """In the end all of it is looked at once more."""
    gc.unfreeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A phase that passed is told without its key words: nobody reads them, and all are sent on."""
    report = yield
    if report.passed:
        report.keywords = {}
    return report


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(fixturedef: pytest.FixtureDef[object]) -> Generator[None, object, object]:
    """What tests share is made without the watch, whoever asks for it first."""
    if fixturedef.scope == "function" or not _WATCH.functions["os.stat"].activated:
        return (yield)
    _WATCH.deactivate()
    try:
        return (yield)
    finally:
        _WATCH.activate()


@pytest.fixture(autouse=True)
def no_blocking_calls(request: pytest.FixtureRequest) -> Iterator[None]:
    """A blocking call of ours on the event loop fails the test.

    From one test of a file to the next the watch stays on: to turn it on takes its time.
    """
    if request.node.get_closest_marker("allow_blocking"):
        _WATCH.deactivate()
        yield
        return
    _WATCH.activate()
    yield
    if request.node.stash[_LAST]:
        _WATCH.deactivate()


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
