"""Lists of what a provider keeps, with nobody's entries but one's own."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from guardrail_gw.core.exchange import AnswerEvent, EventKind, Reply
from guardrail_gw.core.kept import Held, Issue
from guardrail_gw.core.text import Entity
from guardrail_gw.errors import StateElsewhere, UpstreamBroken
from guardrail_gw.state.joined import joined
from guardrail_gw.state.lists import own
from tests.support.routing_world import deployment


def held(holder: str = "h", **issued: str) -> Held:
    """What is known of something."""
    return Held(
        place="the list",
        holder=holder,
        model="m",
        issued={t: Issue(entity=Entity("PERSON"), value=v) for t, v in issued.items()},
        entities=frozenset({Entity("PERSON")}) if issued else frozenset(),
        unscanned=False,
    )


def reply(data: dict[str, Any]) -> Reply:
    """A whole answer."""

    async def events() -> AsyncIterator[AnswerEvent]:
        yield AnswerEvent(kind=EventKind.CONTENT, data=data, text="as it was read")

    return Reply(deployment=deployment("eu"), stream=False, events=events())


async def listed(data: dict[str, Any], mine: dict[str, Held], most: int = 10) -> Any:
    """The list as its principal sees it, and what is put back in it."""

    async def whose(id_: str) -> Held | None:
        return mine.get(id_)

    told = await own(reply(data), whose, most)
    [event] = [event async for event in told.events]
    assert event.text is None
    assert told.ready() is None
    return event.data, dict(told.originals)


async def test_only_what_is_ones_own_stays() -> None:
    """Ends and originals are those of the entries that stay."""
    entries = [{"id": "a"}, {"id": "b", "filename": "PERSON_1 x"}, {"no": "id"}, {"id": "c"}]
    mine = {"b": held(PERSON_1="Anna", PERSON_2="Bernd"), "c": held()}

    data, originals = await listed({"data": entries, "first_id": "a", "has_more": False}, mine)

    assert data == {"data": [entries[1], entries[3]], "first_id": "b", "has_more": False}
    assert originals == {"PERSON_1": "Anna"}


async def test_what_was_not_asked_for_is_said_to_be_there() -> None:
    """More entries than the client wanted are left for its next request."""
    entries = [{"id": name} for name in "abc"]

    data, _ = await listed({"data": entries, "last_id": "c"}, dict.fromkeys("abc", held()), 2)

    assert [e["id"] for e in data["data"]] == ["a", "b"]
    assert (data["has_more"], data["last_id"]) == (True, "b")


async def test_what_is_no_list_is_no_answer() -> None:
    """Nothing could be taken out of it."""
    with pytest.raises(UpstreamBroken):
        await listed({"id": "a"}, {})


def test_what_is_named_together_is_known_together() -> None:
    """Values, kinds and what was not seen of all of them; the first says which model it was."""
    both = joined([held(A="Anna"), held(A="Anna", B="Bernd")])

    assert {token: issue.value for token, issue in both.issued.items()} == {
        "A": "Anna",
        "B": "Bernd",
    }


@pytest.mark.parametrize(
    ("other", "code"),
    [(held("elsewhere"), "state.elsewhere"), (held(A="Bernd"), "state.conflict")],
)
def test_what_does_not_fit_together_is_refused(other: Held, code: str) -> None:
    """Kept by two, or the same invented name for two people."""
    with pytest.raises(StateElsewhere) as refused:
        joined([held(A="Anna"), other])

    assert (refused.value.code, refused.value.status) == (code, 409)
