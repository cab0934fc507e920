import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from guardrail_gw.core.exchange import (
    BARE,
    Arrival,
    Envelope,
    Head,
    Inbound,
    Question,
    Redacted,
)
from guardrail_gw.core.feature import Feature
from guardrail_gw.core.identity import RequestId
from guardrail_gw.core.kept import Held, Issue
from guardrail_gw.core.text import Entity, Finding
from guardrail_gw.dialects.openai_chat.dialect import OpenAIChat
from guardrail_gw.errors import Blocked, ResidualFound
from guardrail_gw.policy.policy import Policy, Store
from guardrail_gw.redaction.asked import STORE_RULE
from guardrail_gw.redaction.placeholder import Issuer
from guardrail_gw.redaction.recall import Seen
from tests.support.chat import KEY, PRINCIPAL, policy
from tests.support.growing import ACTIONS, FILLER, VALUES, Room, body, called, said

DIALECTS = (
    *("openai_chat", "anthropic_messages", "openai_responses", "gemini_generate", "cohere_chat"),
)
TOKEN = Issuer(key=KEY, principal=PRINCIPAL).placeholder(Entity("PERSON"), "Lindberg")
PIECES = (
    *VALUES,
    *("ANNA SCHMIDT", "anna  schmidt", "BERLIN", "4111-1111-1111-1111", "LINDBERG", "lindberg"),
    *("anna.schm", "idt@example.com", "idt@exam", "ple.com", "@", "4111 1111 ", "1111 1111"),
    *(TOKEN, TOKEN.lower(), TOKEN.replace("_", "-"), "PERSON_", TOKEN[7:], "PERSON", "LITERAL"),
    *('{"Anna": ["Lindberg"]}', "caf\u00e9 \U0001f600", "", " ", ". ", "Anna\nSchmidt", "x" * 80),
    "nothing",
)
TEXTS = st.lists(st.sampled_from(PIECES), max_size=3).map("".join)
TURNS = st.lists(st.tuples(st.booleans(), TEXTS), min_size=1, max_size=2)
STEPS = st.lists(
    st.tuples(st.sampled_from(("adds", "adds", "adds", "changes", "drops", "again")), TURNS),
    min_size=2,
    max_size=5,
)
BEHIND = st.sampled_from(
    (
        *({}, {"metadata": {"user_id": "Lindberg"}}, {"x": "Berlin 4111111111111111"}),
        *({"user": "Anna"}, {"store": True}, {"store": False}, {"Store": True}),
    )
)
HELD = Held(
    place="/previous_response_id",
    holder="h",
    model="gpt",
    issued={
        "PERSON_AAAA2222": Issue(entity=Entity("PERSON"), value="Anna"),
        "LOCATION_BBBB3333": Issue(entity=Entity("LOCATION"), value="refund"),
    },
    entities=frozenset({Entity("PERSON"), Entity("LOCATION")}),
    unscanned=False,
)


def _turn(dialect: str, number: int, told: tuple[bool, str]) -> dict[str, Any]:
    calls, text = told
    return called(dialect, number, "q", text) if calls else said(dialect, number, text)


def _steps(dialect: str, steps: Any, first: str) -> list[list[dict[str, Any]]]:
    """The turns of each request of a conversation."""
    turns = [said(dialect, 0, FILLER), said(dialect, 1, first)]
    requests = [list(turns)]
    for what, told in steps:
        if what == "drops":
            turns = turns[: max(2, len(turns) - len(told))]
        elif what != "again":
            kept = turns[:-1] if what == "changes" else turns
            turns = kept + [_turn(dialect, len(kept) + at, t) for at, t in enumerate(told)]
        requests.append(list(turns))
    return requests


@pytest.mark.parametrize("dialect", DIALECTS)
@settings(max_examples=40, deadline=None)
@given(steps=STEPS, first=TEXTS, behind=BEHIND, store=st.sampled_from(Store))
def test_what_was_seen_before_changes_nothing(
    dialect: str, steps: Any, first: str, behind: dict[str, Any], store: Store
) -> None:
    """However a conversation goes on, what leaves and what is recorded is as without a memory."""
    storing = replace(policy(ACTIONS), store=store, features_allowed=frozenset({Feature.STORAGE}))
    remembering, forgetting = Room(policy=storing), Room(policy=storing, budget=0)

    for turns in _steps(dialect, steps, first):
        raw = body(dialect, turns, tail=behind)
        expected = asyncio.run(forgetting.outcome(dialect, raw))
        assert asyncio.run(remembering.outcome(dialect, raw)) == expected
        assert asyncio.run(remembering.outcome(dialect, raw)) == expected


@pytest.mark.parametrize("dialect", DIALECTS)
def test_only_new_turns_are_looked_at(dialect: str) -> None:
    """Of a request that goes on, the detector sees the new turns, and those that run on from."""
    room = Room()
    turns = [said(dialect, 0, FILLER), said(dialect, 1, "Anna went home.")]
    asyncio.run(room.ask(dialect, body(dialect, turns)))
    room.detector.shown.clear()

    turns.append(said(dialect, 2, "Lindberg, too!"))
    grown = asyncio.run(room.ask(dialect, body(dialect, turns)))

    assert room.detector.shown == ["Anna went home.", "Lindberg, too!"]
    assert sorted(grown.originals.values()) == ["Anna", "Lindberg"]


def test_what_is_the_same_is_not_looked_at() -> None:
    """A request that came before, byte for byte, costs no look at any text."""
    room = Room()
    raw = body("openai_chat", [said("openai_chat", 0, FILLER), said("openai_chat", 1, "Anna")])
    first = asyncio.run(room.ask("openai_chat", raw))
    room.detector.shown.clear()

    again = asyncio.run(room.ask("openai_chat", raw))

    assert room.detector.shown == []
    assert (again.envelope, again.originals) == (first.envelope, first.originals)


def test_a_request_is_found_behind_one_that_goes_further() -> None:
    """What came before is known although another request began with all of it and went on."""
    room = Room()
    turns = [said("openai_chat", at, f"{FILLER} {at}!") for at in range(3)]
    longer, short = body("openai_chat", turns), body("openai_chat", turns[:2])
    for raw in (longer, short):
        asyncio.run(room.ask("openai_chat", raw))
    room.detector.shown.clear()

    asyncio.run(room.ask("openai_chat", short))

    assert room.detector.shown == []


def test_the_last_turn_may_change() -> None:
    """A client that moves its cache mark changes the last turn; all before it stays known."""
    room = Room()
    turns = [said("anthropic_messages", at, f"{FILLER} {at}!") for at in range(4)]
    marked = [*turns[:-1], {**turns[-1], "content": [_marked(turns[-1])]}]
    asyncio.run(room.ask("anthropic_messages", body("anthropic_messages", marked)))
    room.detector.shown.clear()

    turns.append(said("anthropic_messages", 4, "Anna!"))
    asyncio.run(room.ask("anthropic_messages", body("anthropic_messages", turns)))

    assert room.detector.shown == [f"{FILLER} 3!", "Anna!"]


def _marked(turn: dict[str, Any]) -> dict[str, Any]:
    return {**turn["content"][0], "cache_control": {"type": "ephemeral"}}


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_value_across_the_border_is_found(dialect: str) -> None:
    """An address that an old turn begins and a new one ends leaves in neither."""
    room = Room(values={"anna.schmidt@example.com": "EMAIL_ADDRESS"})
    turns = [said(dialect, 0, FILLER), said(dialect, 0, "write to anna.schm")]
    asyncio.run(room.ask(dialect, body(dialect, turns[:1])))
    asyncio.run(room.ask(dialect, body(dialect, turns)))

    turns.append(said(dialect, 0, "idt@example.com"))
    grown = asyncio.run(room.ask(dialect, body(dialect, turns)))

    left = grown.envelope.addressed(b'"m"')
    assert b"anna.schm" not in left
    assert b"idt@example.com" not in left
    assert room.seen == 2


@pytest.mark.parametrize("new", [(), ("and more!",)])
def test_a_value_that_what_followed_hid_is_found(new: tuple[str, ...]) -> None:
    """An address through old turns that is none with what followed is one when that is gone."""
    room = Room(values={"Berlin": "LOCATION"})
    room.detector.pattern = r"anna\.schmidt@example\.com(?!x)"
    old = [FILLER + "!", "anna.schm", "idt@example.com"]
    asked = [
        body("openai_chat", [said("openai_chat", 0, text) for text in texts])
        for texts in ([*old, "x!"], [*old, *new])
    ]
    asyncio.run(room.ask("openai_chat", asked[0]))

    left = asyncio.run(room.ask("openai_chat", asked[1])).envelope.addressed(b'"m"')

    assert b"anna.schm" not in left
    assert b"idt@example.com" not in left


def test_a_value_that_only_a_dropped_turn_showed_is_known_no_more() -> None:
    """What was replaced because of a turn that is gone is what it was."""
    remembering, forgetting = Room(values={}), Room(values={}, budget=0)
    for room in (remembering, forgetting):
        room.detector.pattern = "(?<=Mr )Lindberg"
    bodies = [
        body("openai_chat", [said("openai_chat", at, text) for at, text in enumerate(texts)])
        for last in ("Mr Lindberg!", "nobody!")
        for texts in [(FILLER + "Lindberg went.", "yes!", last)]
    ]
    asyncio.run(remembering.ask("openai_chat", bodies[0]))

    left = asyncio.run(remembering.outcome("openai_chat", bodies[1]))

    assert left == asyncio.run(forgetting.outcome("openai_chat", bodies[1]))
    assert b"Lindberg went" in left[0].before + left[0].after
    assert remembering.seen == 1


def test_a_value_that_an_old_turn_hid_is_replaced_there() -> None:
    """What is found for the first time in a new turn is replaced in the old ones, too."""
    room = Room(values={"Anna": "PERSON"})
    turns = [said("openai_chat", 0, FILLER + "Anna says: Lindberg. it is")]
    asyncio.run(room.ask("openai_chat", body("openai_chat", turns)))

    room.detector.values = {"Anna": "PERSON", "Lindberg": "PERSON"}
    turns.append(said("openai_chat", 2, "Lindberg"))
    grown = asyncio.run(room.ask("openai_chat", body("openai_chat", turns)))

    assert b"Lindberg" not in grown.envelope.addressed(b'"m"')
    assert room.seen == 1


def test_a_longer_value_than_one_that_spread_is_replaced_whole() -> None:
    """What stands in an old turn in other letters is the new value, not a part and a rest."""
    remembering, forgetting = Room(), Room(budget=0)
    turns = [said("openai_chat", 0, FILLER + "Anna"), said("openai_chat", 1, "ANNA SCHMIDT")]
    asyncio.run(remembering.ask("openai_chat", body("openai_chat", turns)))

    turns.append(said("openai_chat", 2, "Anna Schmidt"))
    raw = body("openai_chat", turns)
    grown = asyncio.run(remembering.ask("openai_chat", raw))

    assert b"SCHMIDT" not in grown.envelope.addressed(b'"m"')
    assert grown.envelope == asyncio.run(forgetting.ask("openai_chat", raw)).envelope


def test_a_placeholder_that_an_old_turn_imitates_is_only_text() -> None:
    """Who types in an early turn what a later value's placeholder will be gets text back."""
    room = Room()
    token = TOKEN.lower().replace("_", "-")
    turns = [said("openai_chat", 0, FILLER + f"Anna likes {token} much!")]
    asyncio.run(room.ask("openai_chat", body("openai_chat", turns)))

    turns.append(said("openai_chat", 2, "Lindberg"))
    grown = asyncio.run(room.ask("openai_chat", body("openai_chat", turns)))

    assert token not in grown.envelope.addressed(b'"m"').decode()
    assert token in grown.originals.values()


def test_a_new_turn_is_refused_where_it_stands() -> None:
    """What is forbidden in a new turn is refused, with the turn's place in the whole request."""
    room = Room()
    turns = [said("openai_chat", at, f"{FILLER} {at}") for at in range(3)]
    asyncio.run(room.ask("openai_chat", body("openai_chat", turns)))

    turns.append(said("openai_chat", 3, "it is sk-secret"))
    with pytest.raises(Blocked, match="/messages/3/content/0/text"):
        asyncio.run(room.ask("openai_chat", body("openai_chat", turns)))

    assert room.seen == 1


@pytest.mark.parametrize("changed", ["policy", "documents", "detectors"])
def test_what_decided_otherwise_counts_no_more(changed: str) -> None:
    """With another policy, other documents of it that count, or other detectors, all is read."""
    room = Room(values={})
    raw = body("openai_chat", [said("openai_chat", 0, FILLER), said("openai_chat", 1, "Anna")])
    asyncio.run(room.ask("openai_chat", raw))

    room.detector.values = VALUES
    if changed == "policy":
        room.policy = replace(room.policy, digest="sha256:1")
    elif changed == "documents":
        room.policy = replace(room.policy, documents=(*room.policy.documents, "night"))
    else:
        room.detected_by = "others"
    again = asyncio.run(room.ask("openai_chat", raw))

    assert list(again.originals.values()) == ["Anna"]


@pytest.mark.parametrize("grows", [False, True])
def test_a_kept_conversation_is_read_in_full(*, grows: bool) -> None:
    """What goes on from what a provider keeps comes to the same whatever was seen before."""
    remembering, forgetting = Room(), Room(budget=0)
    turns = [said("openai_chat", 0, FILLER), said("openai_chat", 1, "Lindberg!")]
    asyncio.run(remembering.ask("openai_chat", body("openai_chat", turns)))
    more = [said("openai_chat", 2, "Anna PERSON_AAAA2222")] if grows else []
    raw = body("openai_chat", [*turns, *more])
    remembering.detector.shown.clear()

    outcome = asyncio.run(remembering.outcome("openai_chat", raw, HELD))

    assert remembering.seen == 1
    assert len(remembering.detector.shown) == len(turns) + len(more)
    assert outcome == asyncio.run(forgetting.outcome("openai_chat", raw, HELD))
    assert b"refund" not in outcome[0].before + outcome[0].after


def test_who_judges_what_is_found_is_told_of_all() -> None:
    """Where a candidate judges beside, what was seen before is read and scanned again."""
    room = Room()
    turns = [said("openai_chat", 0, FILLER), said("openai_chat", 1, "Lindberg!")]
    asyncio.run(room.ask("openai_chat", body("openai_chat", turns)))
    told: list[list[tuple[str, int]]] = []

    def found(inbound: Inbound, findings: Sequence[Sequence[Finding]]) -> Policy:
        texts = [segment.text for segment in inbound.question.segments]
        told.append([(t, len(here)) for t, here in zip(texts, findings, strict=True)])
        return room.policy

    turns.append(said("openai_chat", 2, "Anna"))
    asyncio.run(room.ask("openai_chat", body("openai_chat", turns), found=found))

    assert room.seen == 1
    assert told == [[(FILLER, 0), ("Lindberg!", 1), ("Anna", 1)]]


@pytest.mark.parametrize(
    ("tail", "held"), [({}, HELD), ({"previous_response_id": "resp_12345678"}, None)]
)
def test_nothing_of_a_kept_conversation_is_remembered(
    tail: dict[str, Any], held: Held | None
) -> None:
    """A request that goes on from what a provider keeps leaves nothing to go on from here."""
    room = Room()
    turns = [said("openai_responses", 0, FILLER), said("openai_responses", 1, "Anna")]

    asyncio.run(room.ask("openai_responses", body("openai_responses", turns, tail=tail), held))

    assert len(room.memory) == 0


def test_nothing_of_a_kept_conversation_stays() -> None:
    """A request that was found, and turns out to go on with a kept one, changes no memory."""
    room = Room()
    turns = [said("openai_chat", 0, FILLER), said("openai_chat", 1, "Lindberg!")]
    asyncio.run(room.ask("openai_chat", body("openai_chat", turns)))
    before = list(room.memory._kept)  # noqa: SLF001 - all that it is

    turns.append(said("openai_chat", 2, "Anna"))
    asyncio.run(room.ask("openai_chat", body("openai_chat", turns), HELD))

    assert list(room.memory._kept) == before  # noqa: SLF001 - ditto


def _grown(room: Room, *texts: str) -> Redacted:
    """What a request to be kept comes to that goes on, with its last turn, from another."""
    turns = [said("openai_responses", at, text) for at, text in enumerate(texts)]
    bodies = [body("openai_responses", upto, tail={"store": True}) for upto in (turns[:-1], turns)]
    asyncio.run(room.ask("openai_responses", bodies[0]))
    room.detector.shown.clear()
    grown = asyncio.run(room.ask("openai_responses", bodies[1]))
    assert room.detector.shown == [texts[-1]]
    return grown


def test_a_kept_answer_is_known_to_be_one() -> None:
    """Of a request that was seen before it is known, too, that its answer is kept, and of whom."""
    grown = _grown(Room(), FILLER, "Anna!", "Lindberg")

    assert grown.stored
    assert list(grown.kinds.values()) == ["PERSON", "PERSON"]
    assert grown.kinds.keys() == grown.originals.keys()


def test_what_the_policy_takes_back_is_on_record_each_time() -> None:
    """That a request was told not to be kept is said of one that was seen before, too."""
    room = Room(policy=replace(policy(ACTIONS), store=Store.NEVER))

    grown = _grown(room, FILLER, "yes!", "Berlin")

    assert STORE_RULE in grown.rules
    assert not grown.stored
    assert json.loads(grown.envelope.addressed(b'"m"'))["store"] is False


def test_a_model_that_the_path_names_is_not_forgotten() -> None:
    """A body that its path completes is parsed each time: its members are more than its bytes."""
    room, head = Room(), Head(model="gpt")
    raw = json.dumps({"messages": [said("openai_chat", 0, FILLER)]}).encode()

    asyncio.run(room.ask("openai_chat", raw, head=head))

    assert room.room.recall("openai_chat", raw, head, PRINCIPAL) is None


class Forgetful(OpenAIChat):
    """A dialect that loses one replacement."""

    def rewrite(
        self, question: Question, replacements: Mapping[int, str], *, stored: bool | None = None
    ) -> Envelope:
        """Leave the last replacement out."""
        return super().rewrite(question, dict(list(replacements.items())[:-1]), stored=stored)


def test_new_turns_are_looked_at_once_more() -> None:
    """A replacement that gets lost in a new turn is a refusal, as it is in any other."""
    room = Room(dialects=[Forgetful()])
    turns = [said("openai_chat", 0, FILLER), said("openai_chat", 1, "Nothing.")]
    asyncio.run(room.ask("openai_chat", body("openai_chat", turns)))

    turns.append(said("openai_chat", 2, "Anna"))
    with pytest.raises(ResidualFound, match="/messages/2/content/0/text"):
        asyncio.run(room.ask("openai_chat", body("openai_chat", turns)))

    assert room.seen == 1


def test_members_behind_the_turns_are_no_turns() -> None:
    """Bytes that end the turns and go on with a member are read as what they are."""
    remembering, forgetting = Room(), Room(budget=0)
    dialect = "gemini_generate"
    raw = body(dialect, [said(dialect, 0, FILLER)])
    asyncio.run(remembering.ask(dialect, raw))
    more = json.dumps(said(dialect, 1, "Anna")).encode()

    for between in (
        b',%b],"model":[1',
        b',%b],"model":[%b',
        b',%b],"contents":[%b',
        b',%b],"x":[%b',
    ):
        grown = raw[:-2] + between.replace(b"%b", more) + raw[-2:]
        expected = asyncio.run(forgetting.outcome(dialect, grown))
        assert asyncio.run(remembering.outcome(dialect, grown)) == expected
    assert remembering.seen == 0


def test_what_came_of_a_request_is_kept_when_it_has_left() -> None:
    """Nobody waits for what is kept for the next request, and the next request finds it."""
    room = Room()
    turns = [said("openai_chat", at, f"{FILLER} {at}!") for at in range(3)]
    bodies = [body("openai_chat", turns[:count]) for count in (2, 3)]
    asyncio.run(room.ask("openai_chat", bodies[0]))
    (kept,) = room.memory._kept  # noqa: SLF001 - when it changes is the law

    asked = room.room.recall("openai_chat", bodies[1], BARE, room.principal)
    assert asked is not None
    arrival = Arrival(id=RequestId("r"), surface="openai_chat", received_us=0)
    inbound = Inbound(arrival=arrival, principal=room.principal, question=asked, body=bodies[1])
    asyncio.run(room.room.apply(inbound, room.policy))
    waiting = kept in room.memory._kept  # noqa: SLF001 - ditto
    again = room.room.recall("openai_chat", bodies[1], BARE, room.principal)

    assert waiting
    assert kept not in room.memory._kept  # noqa: SLF001 - ditto
    assert isinstance(again, Question)
    assert isinstance(again.seen, Seen)
    assert again.seen.added is None
