"""A small pod in a network namespace: `make e2e-pod`, in less."""

import os
from collections.abc import Iterator

import pytest

from tests.pod.judging import of_app
from tests.pod.playing import Size
from tests.pod.run import played
from tests.pod.scenes import SCENES
from tests.pod.spaces import Spaces, spaces

pytestmark = [pytest.mark.e2e, pytest.mark.allow_blocking, pytest.mark.timeout(300)]
SMALL = Size(connections=3, swaps=2, streams=8, between=12, rounds=1)


@pytest.fixture(scope="module")
def where() -> Iterator[Spaces]:
    """The namespaces; skipped with the reason where none may be made."""
    with spaces() as made:
        yield made


@pytest.mark.skipif("CI" in os.environ, reason="a minute; `make e2e-pod` plays it in full")
@pytest.mark.parametrize("scene", SCENES)
async def test_every_promise_holds(scene: str, where: Spaces) -> None:
    """Nothing lost, nothing leaked, and the exit codes are right."""
    came = await played(scene, SMALL, 5, where)

    assert came.problems == []
    assert came.requests > 0


def test_what_an_application_may_not_be_told_is_told() -> None:
    """A request that failed, a wrong answer, none at all."""
    told = [{"came": "ok"}, {"came": "wrong"}, {"came": "down"}]

    assert list(of_app(told)) == ["1 of 3 requests: down", "1 of 3 requests: wrong"]
    assert list(of_app(told, frozenset({"down", "wrong"}))) == []
    assert list(of_app([])) == ["not one request was answered"]
