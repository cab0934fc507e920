"""One test server of each kind for all tests of a process."""

import subprocess
from collections.abc import Iterator
from subprocess import PIPE

import pytest

from tests.support.mcp_served import LEASHED


def _served(speaks: str) -> Iterator[str]:
    command = [*LEASHED, "--speaks", speaks]
    with subprocess.Popen(command, stdin=PIPE, stdout=PIPE) as program:
        assert program.stdout is not None
        yield f"http://127.0.0.1:{int(program.stdout.readline())}/mcp"
        program.kill()


@pytest.fixture(scope="session")
def modern_url() -> Iterator[str]:
    """A server of the modern era only."""
    yield from _served("modern")


@pytest.fixture(scope="session")
def legacy_url() -> Iterator[str]:
    """A server of the legacy era only."""
    yield from _served("legacy")


@pytest.fixture(scope="session")
def both_url() -> Iterator[str]:
    """A server of both eras."""
    yield from _served("auto")


@pytest.fixture
def url(request: pytest.FixtureRequest) -> str:
    """The address of a server of the era that the test is told."""
    address: str = request.getfixturevalue(f"{request.param}_url")
    return address
