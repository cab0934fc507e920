"""A PostgreSQL for the tests of the key register."""

from collections.abc import Iterator

import pytest

from tests.support.postgres import postgres


@pytest.fixture(scope="session")
def postgres_address() -> Iterator[str]:
    """The address of a real server; skips where there is none."""
    with postgres() as address:
        yield address
