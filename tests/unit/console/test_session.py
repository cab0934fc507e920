"""Who may look."""

from guardrail_gw.console.session import IDLE_S, Door
from tests.support.audit_world import SteadyClock


def _entered() -> tuple[Door, str, SteadyClock]:
    clock = SteadyClock()
    door = Door(clock)
    secret = door.enter(door.token or "")
    assert secret is not None
    return door, secret, clock


def test_the_link_is_good_once() -> None:
    """Whoever comes second with the same link stays outside, and the first stays inside."""
    door = Door(SteadyClock())
    token = door.token or ""

    first, second = door.enter(token), door.enter(token)

    assert first is not None
    assert second is None
    assert door.admits(first)
    assert door.token is None


def test_a_wrong_link_does_not_use_it_up() -> None:
    """Somebody who guesses keeps nobody out."""
    door = Door(SteadyClock())

    assert door.enter("guess") is None
    assert door.enter("") is None
    assert door.enter(door.token or "") is not None


def test_nobody_comes_in_without_the_secret() -> None:
    """Neither with none nor with another."""
    door, secret, _ = _entered()

    assert not door.admits(None)
    assert not door.admits("")
    assert not door.admits(secret[:-1])


def test_a_page_that_looks_again_by_itself_keeps_no_session_open() -> None:
    """Else a browser that nobody sits before could decide for ever."""
    door, secret, clock = _entered()

    looks = []
    for _ in range(7):
        clock.pass_s(IDLE_S / 5)
        looks.append(door.admits(secret, by_itself=True))

    assert looks == [True] * 5 + [False] * 2


def test_an_idle_session_ends() -> None:
    """Using it keeps it open; an hour without does not."""
    door, secret, clock = _entered()

    clock.pass_s(IDLE_S - 1)
    used = door.admits(secret)
    clock.pass_s(IDLE_S - 1)
    again = door.admits(secret)
    clock.pass_s(IDLE_S + 1)

    assert used
    assert again
    assert not door.admits(secret)


def test_a_session_can_be_left() -> None:
    """Its secret opens nothing any more, and neither does its form's token."""
    door, secret, _ = _entered()
    token = door.form_token()

    door.leave()

    assert not door.admits(secret)
    assert not door.accepts(token)


def test_forms_are_of_one_session() -> None:
    """The token of another session is refused, and so is none."""
    (door, _, _), (other, _, _) = _entered(), _entered()

    assert door.accepts(door.form_token())
    assert not door.accepts(other.form_token())
    assert not door.accepts("")
