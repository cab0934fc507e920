"""Streams that broke off, byte by byte as clients get them (tests/vectors/streams)."""

import pytest

from tests.support.answered import CLIENTS
from tests.support.broken_streams import FOLDER, written


@pytest.mark.parametrize("dialect", CLIENTS)
def test_a_broken_stream_is_as_it_was_read_by_a_person(dialect: str) -> None:
    """Ended with the dialect's own error event, or gone on with."""
    error, resumed = written(dialect)

    assert error == (FOLDER / f"{dialect}.error.sse").read_bytes()
    assert resumed == (FOLDER / f"{dialect}.resumed.sse").read_bytes()
