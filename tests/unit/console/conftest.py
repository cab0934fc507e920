"""A log of March, verified and indexed, and the console over it."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from guardrail_gw.audit.access import AccessLog
from guardrail_gw.console.desk import Checked, Review
from tests.support.audit_world import World, world
from tests.support.browsing import Browser, browsing, review
from tests.support.review_index import march

March = tuple[World, Review, Checked]


@pytest.fixture(scope="module")
def marched(tmp_path_factory: pytest.TempPathFactory) -> March:
    """Keys, log and index."""
    keyed = march(world(tmp_path_factory.mktemp("march")))
    return (keyed, *review(keyed, keyed.home))


@pytest.fixture
async def browser(marched: March, tmp_path: Path) -> AsyncIterator[Browser]:
    """The console over March, with a list of looks of its own."""
    keyed, made, checked = marched
    access = AccessLog(tmp_path / "log.access", keyed.auditor, made.clock)
    async with browsing(replace(made, access=access), checked) as found:
        yield found
