"""What several workers say is what the worst of them says."""

from dataclasses import dataclass
from typing import Any, cast

import pytest

from guardrail_gw.supervision.gathering import Gathering, Place
from guardrail_gw.supervision.link import Link


@dataclass
class Said:
    """A worker that says this, whatever it is asked; None: it hangs."""

    answer: Any

    async def ask(self, what: str, timeout_s: float) -> Any:
        """As `Link.ask`."""
        del what, timeout_s
        return self.answer


def place(worker: int, answer: Any, *, is_ready: bool = True) -> Place:
    """A worker whose process is there."""
    link = cast(Link, Said(answer))
    return Place(worker=worker, pid=worker + 1, link=link, restarts=0, is_ready=is_ready)


def gone(worker: int) -> Place:
    """One that has ended, and is replaced."""
    return Place(worker=worker, pid=None, link=None, restarts=1, is_ready=False)


@pytest.mark.parametrize(
    ("second", "lives"),
    [
        (place(1, answer=True), True),
        (place(1, answer=None), False),
        (place(1, answer=False), False),
        (place(1, answer=None, is_ready=False), True),
        (gone(1), True),
    ],
    ids=["both well", "one hangs", "nobody looks after detectors", "one begins", "one has ended"],
)
async def test_only_what_a_restart_mends_is_no_life(second: Place, *, lives: bool) -> None:
    """A worker that hangs gets its share of connections, and nobody else replaces it."""
    gathering = Gathering(lambda: [place(0, answer=True), second], lambda: True)

    assert await gathering.live() is lives


async def test_a_gateway_that_gives_up_does_not_live() -> None:
    """Whatever its workers say."""
    assert not await Gathering(lambda: [place(0, answer=True)], lambda: False).live()


async def test_all_are_ready_or_it_is_not() -> None:
    """One that does not answer, or has ended, has no safeguards that work."""
    well = {"ready": True, "checks": {"audit": True}, "config_digest": "one"}

    for other in (place(1, answer=None), gone(1)):
        places = [place(0, answer=well), other]
        is_ready, said = await Gathering(places.copy, lambda: True).readiness()
        assert (is_ready, said["checks"], said["workers_ready"]) == (False, {"audit": False}, 1)
