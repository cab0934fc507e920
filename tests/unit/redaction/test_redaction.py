import asyncio
import json
import re
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import pytest

from guardrail_gw.core.exchange import (
    AnswerEvent,
    Inbound,
    Journal,
    Reply,
)
from guardrail_gw.core.kept import Held, Issue
from guardrail_gw.core.text import Entity, Finding, Segment
from guardrail_gw.dialects.opened.dialect import OPENED
from guardrail_gw.errors import (
    Blocked,
    DetectionDown,
    ResidualFound,
    SurfaceNotServed,
    UnsupportedContent,
    UpstreamBroken,
)
from guardrail_gw.policy.policy import Action, EntityRule, Opened, Policy, Store
from guardrail_gw.redaction import irreversible
from guardrail_gw.redaction.asked import ATTACHMENTS_RULE, STORE_RULE
from guardrail_gw.redaction.edit import Editor
from guardrail_gw.redaction.invented import surnames
from guardrail_gw.redaction.redaction import (
    LARGE_BYTES,
    Redaction,
)
from guardrail_gw.redaction.restorer import Restorer
from guardrail_gw.redaction.surrogate import Surrogates
from tests.support.chat import (
    CHAT,
    DEPLOYMENT,
    KEY,
    PRINCIPAL,
    Elsewhere,
    Told,
    answered,
    body,
    chunk,
    chunks_of,
    encoded,
    inbound,
    inline,
    joined,
    policy,
    redacted,
    redaction,
    sent,
    stream,
)

T = TypeVar("T")
VALUES = {"Anna": "PERSON", "a@b.example": "EMAIL_ADDRESS"}
surnames()  # reads files once, before a loop runs
PNG = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}


def remembered(number: int) -> Held:
    """A conversation in which so many people were spoken of."""
    issued = {
        f"PERSON_{i:05}ABC": Issue(entity=Entity("PERSON"), value=f"Anna{i}") for i in range(number)
    }
    return Held(
        place="/previous_response_id",
        holder="h",
        model="m",
        issued=issued,
        entities=frozenset({Entity("PERSON")}),
        unscanned=False,
    )


async def test_no_original_is_left_in_any_place() -> None:
    """Prose, names, keys, arguments, results, schemas, metadata and unknown fields."""
    arguments = json.dumps({"Anna": ["a@b.example", {"deep": json.dumps({"x": "Anna"})}]})
    raw = encoded(
        {
            "model": "gpt",
            "messages": [
                {"role": "system", "name": "Anna", "content": "you help Anna"},
                {"role": "user", "content": [{"type": "text", "text": "mail a@b.example"}]},
                {
                    "role": "assistant",
                    "content": None,
                    "tool_calls": [
                        {"id": "call_abcdEFGH", "function": {"name": "f", "arguments": arguments}}
                    ],
                },
                {"role": "tool", "tool_call_id": "Anna", "content": '{"row":"\\u0041nna"}'},
            ],
            "tools": [
                {
                    "type": "function",
                    "function": {
                        "name": "ask_Anna",
                        "parameters": {"properties": {"Anna": {"default": "Anna"}}},
                    },
                }
            ],
            "metadata": {"Anna": "a@b.example"},
            "nobody_knows": [{"k": {"Anna": "Anna"}}],
        }
    )

    request = await redacted(raw, VALUES)

    wire = request.envelope.addressed(b'"m"')
    assert b"nna" not in wire
    assert b"a@b" not in wire
    assert set(request.originals.values()) == set(VALUES)
    assert request.policy_digest == "sha256:0"
    assert request.inbound.question.model == "gpt"


async def test_nothing_found_changes_nothing() -> None:
    """The envelope holds the client's own bytes."""
    raw = body("hello")

    request = await redacted(raw, VALUES)

    assert request.envelope.addressed(b'"gpt"') == raw
    assert (request.originals, request.entities, request.rules) == ({}, {}, ())


async def test_a_typed_placeholder_is_neutralised() -> None:
    """Also when the detector finds nothing at all."""
    request = await redacted(body("PERSON_7K2QX9MD"), {})

    (token,) = request.originals
    assert sent(request)["messages"][0]["content"] == token != "PERSON_7K2QX9MD"


async def test_attachments_need_permission() -> None:
    """An image is refused with its media and place, or allowed and noted."""
    room, request = redaction(Told()), inbound(body([PNG]))

    with pytest.raises(UnsupportedContent) as refusal:
        await room.apply(request, policy())
    allowed = await room.apply(request, policy(attachments_allowed=True))

    assert "image at /messages/0/content/0" in refusal.value.detail
    assert refusal.value.facts == {"attachments": {"data_url": 1, "image": 1}}
    assert allowed.rules == (ATTACHMENTS_RULE,)


async def test_what_is_to_be_obeyed_may_grow_stricter_with_what_is_found() -> None:
    """Attachments, storing and actions follow the policy that is told after looking."""
    mild, never = policy(attachments_allowed=True), replace(policy(), store=Store.NEVER)
    stored = inbound(body("Anna", store=True))
    room = redaction(Told(VALUES))

    with pytest.raises(UnsupportedContent):
        await room.apply(inbound(body([PNG])), mild, found=lambda *_: policy())
    with pytest.raises(Blocked):
        await room.apply(
            inbound(body("Anna")), mild, found=lambda *_: policy({"PERSON": Action.BLOCK})
        )
    kept = await room.apply(stored, mild, found=lambda *_: never)

    assert STORE_RULE in kept.rules
    assert sent(kept)["store"] is False


async def test_a_blocked_entity_stops_the_request() -> None:
    """Nothing is rewritten when the policy forbids sending."""
    with pytest.raises(Blocked):
        await redacted(body("Anna"), VALUES, {"PERSON": Action.BLOCK})


async def test_two_redacted_keys_stay_two() -> None:
    """Irreversible replacements do not make an object name a member twice."""
    values = {"Anna": "PERSON", "Berta": "PERSON"}
    raw = body("x", metadata={"Anna": 1, "Berta": 2})

    request = await redacted(raw, values, {"PERSON": Action.REDACT})

    assert sorted(sent(request)["metadata"].values()) == [1, 2]
    assert request.originals == {}


async def test_the_policy_says_whose_identifiers_are_looked_for() -> None:
    """The detector is asked for the countries of the policy, and of no other."""
    detector = Told(VALUES)
    room = Redaction(detector, KEY, [CHAT], offload=Elsewhere())

    await room.apply(inbound(body("Anna")), replace(policy(), identifiers_of=frozenset({"US"})))
    await room.apply(inbound(body("Anna")), policy())

    assert detector.countries == [{"US"}, frozenset()]


@dataclass(slots=True)
class Kinds:
    """A detector that notes how it was asked to scan."""

    seen: list[str] = field(default_factory=list)

    async def detect(
        self, segments: Sequence[Segment], *, countries: frozenset[str] = frozenset()
    ) -> Sequence[tuple[Finding, ...]]:
        """Find nothing."""
        self.seen += [segment.kind.value for segment in segments]
        return [()] * len(segments)


@pytest.mark.parametrize("scanned", [False, True])
async def test_a_policy_has_code_scanned_like_prose(*, scanned: bool) -> None:
    """Prose is scanned with everything when the policy says so; keys stay keys."""
    kinds = Kinds()
    room = Redaction(kinds, KEY, [CHAT], offload=inline)

    await room.apply(
        inbound(body("x", metadata={"k": "v"})), replace(policy(), code_scanned=scanned)
    )

    prose = "everything" if scanned else "prose"
    assert kinds.seen == [prose, "key", prose]


async def test_an_allowed_value_leaves_as_it_is() -> None:
    """It is neither replaced nor counted; another value of its kind is."""
    rule = EntityRule(
        action=Action.TOKEN, min_score=0.5, rule="test/PERSON", allowed=frozenset({"anna"})
    )
    allowing = replace(policy(), entities={Entity("PERSON"): rule})
    room = redaction(Told({"Anna": "PERSON", "Berta": "PERSON"}))

    request = await room.apply(inbound(body("Anna and Berta")), allowing)

    assert set(request.originals.values()) == {"Berta"}
    assert request.entities == {"PERSON": 1}
    assert sent(request)["messages"][0]["content"].startswith("Anna and PERSON_")


@dataclass(slots=True)
class Half:
    """A detector that leaves a text out."""

    async def detect(
        self, segments: Sequence[Segment], *, countries: frozenset[str] = frozenset()
    ) -> Sequence[tuple[Finding, ...]]:
        """Answer for all but one."""
        return [()] * (len(segments) - 1)


async def test_an_incomplete_scan_is_no_scan() -> None:
    """A detector that answers for fewer texts than it was given is down."""
    room = Redaction(Half(), KEY, [CHAT], offload=Elsewhere())

    with pytest.raises(DetectionDown):
        await room.apply(inbound(body("Anna")), policy())


class Forgetful(type(CHAT)):  # type: ignore[misc] # the dialect is a plain class
    """A dialect that loses one replacement."""

    def rewrite(self, question: Any, replacements: Any, **more: Any) -> Any:
        """Leave the last replacement out."""
        return super().rewrite(question, dict(list(replacements.items())[:-1]))


async def test_the_bytes_about_to_leave_are_checked_again() -> None:
    """A replacement that gets lost on the way is a refusal that shows no value."""
    room = Redaction(Told(VALUES), KEY, [Forgetful()], offload=Elsewhere())

    with pytest.raises(ResidualFound) as refusal:
        await room.apply(inbound(body("Anna", user="Anna")), policy())

    assert "/user" in refusal.value.detail
    assert "Anna" not in refusal.value.detail


async def test_an_id_is_part_of_the_check() -> None:
    """An id taken for structure that holds a value found elsewhere stops the request."""
    raw = encoded(
        {
            "model": "gpt",
            "messages": [
                {"role": "user", "content": "jYdIdRZHxZTn5bWCq5jlMrJi"},
                {"role": "tool", "tool_call_id": "call_jYdIdRZHxZTn5bWCq5jlMrJi", "content": "x"},
            ],
        }
    )

    with pytest.raises(ResidualFound) as refusal:
        await redacted(raw, {"jYdIdRZHxZTn5bWCq5jlMrJi": "PERSON"})

    assert "/messages/1/tool_call_id" in refusal.value.detail


async def test_the_check_reads_keys_and_json_within_strings() -> None:
    """What is about to leave is parsed again: keys and nested JSON, in any usual spelling."""

    class Careless(type(CHAT)):  # type: ignore[misc] # the dialect is a plain class
        def rewrite(self, question: Any, replacements: Any, **more: Any) -> Any:
            """Replace the first text only."""
            return super().rewrite(question, {0: replacements[0]})

    room = Redaction(Told({"Anna Berg": "PERSON"}), KEY, [Careless()], offload=Elsewhere())
    nested = json.dumps({"deep": json.dumps({"ANNA BERG": 1})})

    for more in ({"metadata": {"anna berg": 1}}, {"metadata": nested}):
        with pytest.raises(ResidualFound) as refusal:
            await room.apply(inbound(body("Anna Berg", **more)), policy())
        assert "/metadata" in refusal.value.detail


async def test_many_findings_are_worked_on_elsewhere() -> None:
    """A small body with hundreds of findings would hold up the loop as a large one does."""
    elsewhere = Elsewhere()
    room = Redaction(Told(VALUES), KEY, [CHAT], offload=elsewhere)

    for number in (400, 600):
        await room.apply(inbound(body("Anna " * number)), policy())

    (size,) = elsewhere.sizes
    assert size > LARGE_BYTES > 512 * 400


async def test_a_long_conversation_is_worked_on_elsewhere() -> None:
    """30,000 values of earlier turns take a second, however short what is said now."""
    elsewhere = Elsewhere()
    room = Redaction(Told(VALUES), KEY, [CHAT], offload=elsewhere)

    for number in (400, 600):
        await room.apply(inbound(body("and tea")), policy(), remembered(number))

    (size,) = elsewhere.sizes
    assert size > LARGE_BYTES > 512 * 400


async def test_surrogates_stand_for_values_and_come_back() -> None:
    """The provider reads an invented name in prose, keys and nested JSON; the client its own."""
    name = "Anna Berg"
    arguments = json.dumps({name: json.dumps([name])})
    raw = body(f"I am {name}.", metadata={"a": arguments}, stream=True)

    request = await redacted(raw, {name: "PERSON"}, {"PERSON": Action.SURROGATE})

    (surrogate,) = request.originals
    assert sent(request)["messages"][0]["content"] == f"I am {surrogate}."
    assert b"Anna" not in request.envelope.addressed(b'"m"')
    chunks = [chunk({"content": c}) for c in f"Dear {surrogate.upper()}, Anna"]
    pieces, journal = await answered(request, stream([*chunks, chunk({}, "stop")]))
    assert joined(chunks_of(pieces), "content") == f"Dear {name}, Anna"
    assert (journal.restored, journal.unrestored) == (1, 0)


async def test_where_no_surrogate_can_stand_a_placeholder_does() -> None:
    """Within a word, or for a kind that cannot be invented."""
    raw = body("xAnnax and Anna, 17")
    actions = {"PERSON": Action.SURROGATE, "AGE": Action.SURROGATE}

    request = await redacted(raw, {"Anna": "PERSON", "17": "AGE"}, actions)

    text = sent(request)["messages"][0]["content"]
    assert re.fullmatch(r"xPERSON_\w{8}x and [A-Z][a-z]+, AGE_\w{8}", text)
    assert Restorer(request.originals).restore(text) == "xAnnax and Anna, 17"


class Clumsy(Surrogates):
    """Chooses a name that is the beginning of another."""

    def surrogate(self, entity: Entity, value: str) -> str:
        """Choose without a look at what else there is."""
        name = {"Acme": "Kim Group", "Bob": "Kim"}[value]
        self.issued[name] = value
        return name


class Rigged(Redaction):
    """A room whose surrogates clash."""

    def _editor(
        self, inbound: Inbound, policy: Policy, held: Held | None, *, surrogates: bool
    ) -> Editor:
        editor = super()._editor(inbound, policy, held, surrogates=surrogates)
        if surrogates:
            editor.surrogates = Clumsy(key=KEY, principal=PRINCIPAL, segments=())
        return editor


async def test_a_text_that_surrogates_would_make_ambiguous_gets_placeholders() -> None:
    """When a surrogate and the word beside it read as another surrogate, none is used."""
    values = {"Acme": "ORGANIZATION", "Bob": "PERSON"}
    rules = policy(dict.fromkeys(values.values(), Action.SURROGATE))
    room = Rigged(Told(values), KEY, [CHAT], offload=Elsewhere())

    request = await room.apply(inbound(body("Acme, Bob Group")), rules)

    text = sent(request)["messages"][0]["content"]
    assert re.fullmatch(r"ORGANIZATION_\w{8}, PERSON_\w{8} Group", text)
    assert Restorer(request.originals).restore(text) == "Acme, Bob Group"


async def test_large_bodies_are_worked_on_elsewhere() -> None:
    """Small ones are not: the way there costs more than the work."""
    elsewhere = Elsewhere()
    room = Redaction(Told(VALUES), KEY, [CHAT], offload=elsewhere)

    await room.apply(inbound(body("Anna")), policy())
    await room.apply(inbound(body("Anna " + "x " * LARGE_BYTES)), policy())

    assert len(elsewhere.sizes) == 1
    assert elsewhere.sizes[0] > LARGE_BYTES


async def test_loading_code_does_not_block(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first irreversible replacement is made elsewhere, whatever the body's size."""
    for name in [n for n in sys.modules if n.startswith("presidio_anonymizer")]:
        monkeypatch.delitem(sys.modules, name)
    irreversible._operators.cache_clear()  # noqa: SLF001 - as in a fresh process
    sizes: list[int] = []

    async def thread(function: Callable[[], T], *, size: int) -> T:
        sizes.append(size)
        return await asyncio.to_thread(function)

    room = Redaction(Told(VALUES), KEY, [CHAT], offload=thread)
    for _ in range(2):
        await room.apply(inbound(body("Anna")), policy({"PERSON": Action.MASK}))

    assert len(sizes) == 1
    assert sizes[0] > LARGE_BYTES


async def test_a_request_shows_nothing_of_its_values() -> None:
    """The repr of what the room hands on holds neither values nor prompts."""
    request = await redacted(body("Anna says canary-77aa"), VALUES)

    assert "Anna" not in repr(request)
    assert "canary" not in repr(request)


async def test_an_answer_without_an_end_is_broken() -> None:
    """Events that stop before the end mark never look complete."""

    async def nothing() -> AsyncIterator[AnswerEvent]:
        events: tuple[AnswerEvent, ...] = ()
        for event in events:
            yield event

    request = await redacted(body("Anna", stream=True), VALUES)
    journal = Journal()
    reply = Reply(deployment=DEPLOYMENT, stream=True, events=nothing())

    with pytest.raises(UpstreamBroken):
        _ = [p async for p in redaction(Told()).restore(request, reply, journal)]

    assert not journal.complete


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (body("hello", stream=True, stream_options={"include_usage": True}), "1.0e2"),
        (body("hello", stream=True), "100.0"),
    ],
    ids=["untouched", "usage taken out"],
)
async def test_an_answer_with_nothing_to_restore_is_passed_on(asked: bytes, expected: str) -> None:
    """A chunk keeps its bytes, unless what the client did not ask for is taken out of it."""
    chunk = b'data: {"choices":[{"index":0,"delta":{"content":"x"}}],"usage":null,"t":1.0e2}\n\n'
    reader = CHAT.reader(stream=True)

    async def events() -> AsyncIterator[AnswerEvent]:
        for event in reader.feed(chunk + b"data: [DONE]\n\n"):
            yield event

    request = await redacted(asked, {})
    reply = Reply(deployment=DEPLOYMENT, stream=True, events=events())

    pieces = [p async for p in redaction(Told()).restore(request, reply, Journal())]

    assert expected in pieces[0].decode()
    assert (pieces[0] == chunk) is (expected == "1.0e2")


async def test_a_value_that_is_a_word_of_structure_too_can_be_sent() -> None:
    """What a wire format says is no residue; the quick look is not the last word."""
    request = await redacted(body("I am User, the user"), {"user": "PERSON"})

    assert sent(request)["messages"][0]["role"] == "user"
    assert sent(request)["messages"][0]["content"].startswith("I am PERSON_")


async def test_a_body_that_cannot_be_read_again_is_not_sent() -> None:
    """Bytes about to leave that two readers could read differently are refused."""

    class Doubling(type(CHAT)):  # type: ignore[misc] # the dialect is a plain class
        def rewrite(self, question: Any, replacements: Any, **more: Any) -> Any:
            """Name a member twice."""
            envelope = super().rewrite(question, replacements)
            return replace(envelope, after=envelope.after[:-1] + b',"a":1,"a":2}')

    room = Redaction(Told(VALUES), KEY, [Doubling()], offload=Elsewhere())

    with pytest.raises(ResidualFound) as refusal:
        await room.apply(inbound(body("Anna")), policy())

    assert "body.duplicate_key" in refusal.value.detail


async def test_what_the_policy_does_not_open_is_refused_here_too() -> None:
    """Whatever the door thought of it."""
    moderations = next(each for each in OPENED if each.name == "openai_moderations")
    room = Redaction(Told(VALUES), KEY, [moderations], offload=Elsewhere())
    question = moderations.parse(encoded({"model": "m", "input": "hello"}))
    asked = replace(inbound(body("x")), question=question)
    opens = replace(policy(), surfaces=frozenset({Opened.MODERATIONS}))

    with pytest.raises(SurfaceNotServed):
        await room.apply(asked, policy())
    with pytest.raises(SurfaceNotServed):  # by a policy that counts because of what was found
        await room.apply(asked, opens, found=lambda *_: policy())
    assert (await room.apply(asked, opens)).originals == {}
