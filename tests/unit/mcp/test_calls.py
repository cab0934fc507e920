"""Requests to servers through the whole chain, with a real log."""

import json
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import fields, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import rfc8785

from guardrail_gw.audit.exchanges import exchanges
from guardrail_gw.audit.index.entry import entry_of
from guardrail_gw.audit.index.tools import called_names
from guardrail_gw.audit.review import Opened
from guardrail_gw.cli.audit import kind_of
from guardrail_gw.core.exchange import Arrival, Inbound
from guardrail_gw.core.identity import RequestId
from guardrail_gw.core.tool import ToolFacts, ToolName
from guardrail_gw.errors import Blocked, NoLawfulUpstream
from guardrail_gw.mcp.ports import Ask, Message, Told
from guardrail_gw.mcp_errors import (
    ApprovalRefused,
    MethodDenied,
    ServerFailed,
    SessionUnknown,
    ToolDenied,
    ToolUnknown,
)
from tests.support.audit_log import opened, told as told_of
from tests.support.audit_world import World
from tests.support.tool_world import (
    NAME,
    OTHER,
    PEER,
    PHONE,
    Scripted,
    answers,
    echo,
    says,
    tool_world,
)


async def test_a_server_sees_placeholders_and_the_client_its_own_words(
    tmp_path: Path, keyed: World
) -> None:
    """What was taken out of the arguments comes back in the answer."""
    server = Scripted("crm", echo)
    async with tool_world(tmp_path, keyed, [server]) as here:
        (told,) = await here.call("crm", {"who": NAME, NAME: [{"deep": f"ring {PHONE}"}]})

    assert NAME not in server.seen
    assert PHONE not in server.seen
    assert json.loads(told["result"]["content"][0]["text"])["arguments"] == {
        "who": NAME,
        NAME: [{"deep": f"ring {PHONE}"}],
    }


async def test_what_a_server_brings_is_replaced_for_the_client(
    tmp_path: Path, keyed: World
) -> None:
    """Text and structured content have the same placeholder for the same value."""
    result = {
        "content": [{"type": "text", "text": f"It is {NAME}."}],
        "structuredContent": {"name": NAME, "phones": [PHONE]},
    }
    async with tool_world(tmp_path, keyed, [Scripted("crm", answers(result))]) as here:
        (told,) = await here.call("crm", {"id": 7})

    shown = told["result"]["structuredContent"]
    assert NAME not in json.dumps(told)
    assert PHONE not in json.dumps(told)
    assert told["result"]["content"][0]["text"] == f"It is {shown['name']}."


async def test_a_trusted_server_gets_originals(tmp_path: Path, keyed: World) -> None:
    """And the record says so, with a digest of the arguments as they left."""
    server = Scripted("crm", echo)
    arguments: dict[str, Any] = {"who": NAME, "n": 7}
    async with tool_world(tmp_path, keyed, [server], TRUSTING) as here:
        (told,) = await here.call("crm", arguments)
    records = await opened(keyed, tmp_path)

    assert server.asked[0].params["arguments"] == arguments
    assert NAME in told["result"]["content"][0]["text"]
    said = tool(records, "intent")
    assert said["originals"] is True
    assert said["arguments_sha256"] == sha256(rfc8785.dumps(arguments)).hexdigest()


async def test_a_request_arrives_as_it_was_made(tmp_path: Path, keyed: World) -> None:
    """All of it but the parameters, which the chain reads from the bytes on record."""
    server = Scripted("crm", echo)
    pauses: list[float] = []
    made = replace(ASK, wants_progress=True, may_be_kept=True, paused=pauses.append)
    async with tool_world(tmp_path, keyed, [server]) as here:
        async for _ in here.messages(lambda: here.words.ask("crm", made)):
            pass

    names = {each.name for each in fields(Ask)} - {"params"}
    assert {n: getattr(server.asked[0], n) for n in names} == {n: getattr(made, n) for n in names}


async def test_the_digest_is_of_what_leaves(tmp_path: Path, keyed: World) -> None:
    """For a server that is not trusted, of arguments with placeholders; by RFC 8785."""
    server = Scripted("crm", echo)
    async with tool_world(tmp_path, keyed, [server]) as here:
        await here.call("crm", {"who": NAME})
    said = tool(await opened(keyed, tmp_path), "intent")

    left = server.asked[0].params["arguments"]
    assert said == {
        "server": "crm",
        "method": "tools/call",
        "name": "do",
        "arguments_sha256": sha256(rfc8785.dumps(left)).hexdigest(),
    }


async def test_the_record_says_that_the_server_was_asked(tmp_path: Path, keyed: World) -> None:
    """One attempt, with the digest of the bytes that left, is in the outcome of a call."""
    server = Scripted("crm", echo)
    async with tool_world(tmp_path, keyed, [server]) as here:
        await here.call("crm", {"who": NAME})

    (attempt,) = told_of(await opened(keyed, tmp_path), "outcome")["attempts"]
    left = {"method": "tools/call", "params": server.asked[0].params}
    sent = json.dumps(left, separators=(",", ":"), ensure_ascii=False)
    assert (attempt["deployment"], attempt["result"]) == ("crm", "ok")
    assert attempt["sent_sha256"] == sha256(sent.encode()).hexdigest()


async def test_an_answer_that_never_came_is_an_attempt_all_the_same(
    tmp_path: Path, keyed: World
) -> None:
    """It says how it went, once."""

    async def broken(ask: Ask) -> AsyncIterator[Message]:
        del ask
        yield {"method": "notifications/message", "params": {"level": "info", "data": "well"}}
        raise ServerFailed("it is gone")

    async with tool_world(tmp_path, keyed, [Scripted("crm", broken)]) as here:
        with pytest.raises(ServerFailed):
            await here.call("crm", {"who": NAME})

    (attempt,) = told_of(await opened(keyed, tmp_path), "outcome")["attempts"]
    assert attempt["result"] == ServerFailed.outcome


async def test_the_record_says_what_was_found_in_the_answer(tmp_path: Path, keyed: World) -> None:
    """Kinds and numbers, and that the tool failed; never a value."""
    result = {"content": [{"type": "text", "text": f"{NAME}, {PHONE}"}], "isError": True}
    async with tool_world(tmp_path, keyed, [Scripted("crm", answers(result))]) as here:
        await here.call("crm", {})
    records = await opened(keyed, tmp_path)

    assert tool(records, "outcome") == {
        "server": "crm",
        "method": "tools/call",
        "name": "do",
        "entities": {"PERSON": 1, "PHONE_NUMBER": 1},
        "replaced": 2,
        "error": True,
    }
    assert [each.kind for each in records if each.kind in {"intent", "outcome"}] == [
        "intent",
        "outcome",
    ]


async def test_the_outcome_names_the_attempt(tmp_path: Path, keyed: World) -> None:
    """Whom it was sent to: the outcome is written before the answer passes, and says it already."""
    server = Scripted("crm", echo)
    async with tool_world(tmp_path, keyed, [server]) as here:
        await here.call("crm", {"who": NAME})
    records = await opened(keyed, tmp_path)
    (outcome,) = (each.meta for each in records if each.kind == "outcome")

    (attempt,) = (outcome or {})["attempts"]
    assert (attempt["deployment"], attempt["result"]) == ("crm", "ok")
    assert NAME not in server.seen


async def test_what_a_server_brought_goes_to_a_trusted_one(tmp_path: Path, keyed: World) -> None:
    """The client knows the placeholder alone; who is trusted gets the value, others do not."""
    result = {"content": [{"type": "text", "text": PHONE}]}
    bring, crm, web = (
        Scripted("book", answers(result)),
        Scripted("crm", echo),
        Scripted("web", echo),
    )
    async with tool_world(tmp_path, keyed, [bring, crm, web], TRUSTING) as here:
        (told,) = await here.call("book", {})
        token = told["result"]["content"][0]["text"]
        (from_trusted,) = await here.call("crm", {"to": token})
        (from_other,) = await here.call("web", {"to": token})

    assert crm.asked[0].params["arguments"] == {"to": PHONE}
    assert web.asked[0].params["arguments"] == {"to": token}
    for answer in (from_trusted, from_other):
        assert PHONE not in json.dumps(answer)
        assert token in answer["result"]["content"][0]["text"]


async def test_nobody_else_has_it_put_back(tmp_path: Path, keyed: World) -> None:
    """A placeholder that another principal types is only text, for trusted servers, too."""
    result = {"content": [{"type": "text", "text": PHONE}]}
    bring, crm = Scripted("book", answers(result)), Scripted("crm", echo)
    async with tool_world(tmp_path, keyed, [bring, crm], TRUSTING) as here:
        (told,) = await here.call("book", {})
        token = told["result"]["content"][0]["text"]
        (answer,) = await here.call("crm", {"to": token}, who=OTHER)

    assert PHONE not in crm.seen
    assert crm.asked[0].params["arguments"] == {"to": token}
    assert token in answer["result"]["content"][0]["text"]


async def test_what_is_known_by_its_placeholder_makes_residency_bind(
    tmp_path: Path, keyed: World
) -> None:
    """The value behind a placeholder is personal data, though only the placeholder is written."""
    result = {"content": [{"type": "text", "text": PHONE}]}
    bring, crm = Scripted("book", answers(result)), Scripted("crm", echo)
    spec = f"{TRUSTING}\nresidency: {{allow_jurisdictions: [EU], when: pii_detected}}"
    places = {"crm": ("US",)}
    async with tool_world(tmp_path, keyed, [bring, crm], spec, places=places) as here:
        (told,) = await here.call("book", {})
        await here.call("crm", {"to": "nobody"})
        with pytest.raises(NoLawfulUpstream):
            await here.call("crm", {"to": told["result"]["content"][0]["text"]})

    assert len(crm.asked) == 1


async def test_a_server_is_placed_like_a_deployment(tmp_path: Path, keyed: World) -> None:
    """Where personal data may not go no server is asked, trusted or not; unknown is nowhere."""
    crm = Scripted("crm", echo)
    spec = f"{TRUSTING}\nresidency: {{allow_jurisdictions: [EU], when: always}}"
    async with tool_world(tmp_path, keyed, [crm], spec, places={"crm": ()}) as here:
        with pytest.raises(NoLawfulUpstream):
            await here.call("crm", {})

    assert crm.asked == []


async def test_what_was_replaced_in_an_answer_to_a_server_comes_back(
    tmp_path: Path, keyed: World
) -> None:
    """A client says a name in the middle of a call, and reads it in the call's result."""

    async def script(_: Ask) -> AsyncIterator[Message]:
        yield {"id": "s1", "method": "elicitation/create", "params": {"message": "who?"}}
        who = server.replies[0]["result"]["content"]["who"]
        yield {"result": {"content": [{"type": "text", "text": f"hello {who}"}]}}

    server = Scripted("crm", script)
    async with tool_world(tmp_path, keyed, [server]) as here:
        running = here.messages(lambda: here.words.ask("crm", ASK))
        asked = await anext(running)
        reply = {"id": asked["id"], "result": {"action": "accept", "content": {"who": NAME}}}
        answer = Told(
            peer=PEER, exchange=RequestId("r1"), method="elicitation/create", message=reply
        )
        with pytest.raises(SessionUnknown):
            await here.tell("crm", replace(answer, peer=replace(PEER, principal=OTHER)), who=OTHER)
        await here.tell("crm", answer)
        rest = [each async for each in running]
    records = await opened(keyed, tmp_path)

    assert NAME not in server.seen
    assert rest[-1]["result"]["content"][0]["text"] == f"hello {NAME}"
    intents = [o.meta for o in records if o.kind == "intent" and o.meta]
    assert [m["tool"].get("answers") for m in intents if "tool" in m] == [None, "r1"]


async def test_a_person_approves_before_the_server_is_asked(tmp_path: Path, keyed: World) -> None:
    """What is shown to the person holds placeholders; what was decided is on record."""
    server = Scripted("crm", echo)
    spec = f"{PLAIN}\ntools: {{require_approval: [crm/do], trust: [crm]}}"
    async with tool_world(tmp_path, keyed, [server], spec) as here:
        first, _ = await here.call("crm", {"who": NAME})
        (holding,) = here.control.held_with
    records = await opened(keyed, tmp_path)

    assert first["method"] == "notifications/progress"
    assert NAME not in json.dumps(holding.arguments)
    assert server.asked[0].params["arguments"] == {"who": NAME}
    assert tool(records, "intent")["approval"] == "required"
    assert tool(records, "outcome")["approval"] == {
        "id": "a1",
        "decision": "allowed",
        "by": "erika",
    }


async def test_what_a_person_refuses_is_never_sent(tmp_path: Path, keyed: World) -> None:
    """The refusal is on record as the outcome, with who said no."""
    server = Scripted("crm", echo)
    spec = f"{PLAIN}\ntools: {{require_approval: [crm/do]}}"
    async with tool_world(tmp_path, keyed, [server], spec, says_no=True) as here:
        with pytest.raises(ApprovalRefused):
            await here.call("crm", {})
    records = await opened(keyed, tmp_path)

    assert server.asked == []
    outcome = next(o.meta for o in records if o.kind == "outcome")
    assert outcome is not None
    assert (outcome["code"], outcome["tool"]["approval"]["decision"]) == (
        "tools.approval_refused",
        "denied",
    )


async def test_what_is_not_allowed_is_refused_before_it_is_looked_at(
    tmp_path: Path, keyed: World
) -> None:
    """Tools, servers and methods; each refusal is on record with its code."""
    server = Scripted("crm", echo)
    spec = f"{PLAIN}\ntools: {{deny: [crm/drop], servers: [crm]}}"
    async with tool_world(tmp_path, keyed, [server, Scripted("web", echo)], spec) as here:
        with pytest.raises(ToolDenied):
            await here.call("crm", {}, tool="drop")
        with pytest.raises(ToolDenied):
            await here.call("web", {})
        with pytest.raises(ToolUnknown):
            await here.call("nowhere", {})
        with pytest.raises(MethodDenied):
            await here.ask("crm", "tasks/get", {"taskId": "t"})
    records = await opened(keyed, tmp_path)

    assert server.asked == []
    codes = [o.meta["code"] for o in records if o.kind == "outcome" and o.meta]
    assert codes == ["tools.denied", "tools.denied", "tools.unknown", "mcp.method"]


@pytest.mark.mcp_row(35)
async def test_what_leaves_is_judged_by_the_name_it_leaves_with(
    tmp_path: Path, keyed: World
) -> None:
    """What was let through under one name is not sent under another that nobody let through."""
    server = Scripted("crm", echo)
    tools: dict[str, dict[str, Any]] = {f"ring {NAME}": {}}
    async with tool_world(tmp_path, keyed, [server], PLAIN, tools=tools) as here:
        with pytest.raises(ToolUnknown):
            await here.call("crm", {}, tool=f"ring {NAME}")
    trusting = Scripted("crm", echo)
    async with tool_world(tmp_path / "b", keyed, [trusting], TRUSTING, tools=tools) as here:
        await here.call("crm", {}, tool=f"ring {NAME}")

    assert server.asked == []
    assert trusting.asked[0].params["name"] == f"ring {NAME}"


async def test_what_a_server_wants_back_crosses_as_it_is(tmp_path: Path, keyed: World) -> None:
    """Its own state is nobody's to read: not looked at, not on record, and given back."""
    server = Scripted("crm", echo)
    async with tool_world(tmp_path, keyed, [server]) as here:
        await here.ask("crm", "tools/call", {"name": "do", "requestState": f"sealed {NAME}"})

    assert server.asked[0].params["requestState"] == f"sealed {NAME}"


async def test_unasked_messages_are_looked_at(tmp_path: Path, keyed: World) -> None:
    """What is listened to passes the same way, until somebody leaves."""
    notice = {"method": "notifications/resources/updated", "params": {"uri": f"crm://{NAME}"}}
    server = Scripted("crm", says(notice))
    wanted = {"toolsListChanged": True, "resourceSubscriptions": ["crm://x"]}
    async with tool_world(tmp_path, keyed, [server]) as here:
        ask = replace(ASK, method="subscriptions/listen", params={"notifications": wanted})
        async with aclosing(here.messages(lambda: here.words.ask("crm", ask))) as running:
            first = await anext(running)

    assert NAME not in json.dumps(first)
    assert server.asked[0].params == {
        "kinds": ["notifications/tools/list_changed"],
        "resources": ["crm://x"],
    }


async def test_a_secret_in_an_answer_is_refused(tmp_path: Path, keyed: World) -> None:
    """Whatever `results` says: what may not be sent may not be passed on either."""
    result = {"content": [{"type": "text", "text": f"It is {NAME}"}]}
    spec = "pii: {default: {action: token}, entities: {PERSON: {action: block}}}\n"
    for n, how in enumerate(["tokens", "originals"]):
        server = Scripted("crm", answers(result))
        full = f"{spec}tools: {{results: {how}}}"
        async with tool_world(tmp_path / str(n), keyed, [server], full) as here:
            with pytest.raises(Blocked, match="PERSON"):
                await here.call("crm", {})


async def test_originals_pass_where_the_policy_says_so(tmp_path: Path, keyed: World) -> None:
    """They are counted all the same, and what the server knows as a placeholder comes back."""

    async def script(ask: Ask) -> AsyncIterator[Message]:
        text = f"{ask.params['arguments']['who']} rings {PHONE}"
        yield {"result": {"content": [{"type": "text", "text": text}]}}

    spec = f"{PLAIN}\ntools: {{results: originals}}"
    async with tool_world(tmp_path, keyed, [Scripted("crm", script)], spec) as here:
        (told,) = await here.call("crm", {"who": NAME})
    records = await opened(keyed, tmp_path)

    assert told["result"]["content"][0]["text"] == f"{NAME} rings {PHONE}"
    assert tool(records, "outcome")["entities"] == {"PHONE_NUMBER": 1}


PLAIN = "pii: {default: {action: token}}"
TRUSTING = f"{PLAIN}\ntools: {{trust: [crm]}}"
ASK = Ask(peer=PEER, method="tools/call", params={"name": "do"})


def tool(records: list[Opened], kind: str) -> dict[str, Any]:
    """What the only record of a kind says of the tool."""
    said = told_of(records, kind)["tool"]
    assert isinstance(said, dict)
    return said


async def test_an_auditor_finds_calls_by_tool_and_by_what_came_back(
    tmp_path: Path, keyed: World
) -> None:
    """The index knows the tool by both its names, and the kinds that its answer had."""
    result = {"content": [{"type": "text", "text": f"It is {NAME}"}]}
    async with tool_world(tmp_path, keyed, [Scripted("crm", answers(result))]) as here:
        await here.call("crm", {}, tool="find")
    records = await opened(keyed, tmp_path)
    (exchange,) = exchanges(iter(records))

    entry = entry_of(exchange, lambda *_: "EU", called_names(exchange.intent))
    assert {("tool", "find"), ("tool", "crm/find")} <= set(entry.links)
    assert entry.found == {"PERSON": 1}
    assert [kind_of(each) for each in records if each.kind in {"intent", "outcome"}] == [
        "tool_intent",
        "tool_outcome",
    ]


async def test_what_was_known_of_a_tool_gives_way_to_what_admits_it(
    tmp_path: Path, keyed: World
) -> None:
    """Where its server's list is another one since the question was made, the newer counts."""
    before = ToolFacts(
        name=ToolName(server="crm", name="do"),
        input_schema={"properties": {"phone": {"type": "integer"}}},
    )
    now = {"do": {"inputSchema": {"type": "object"}}}
    async with tool_world(tmp_path, keyed, [Scripted("crm", echo)], tools=now) as here:
        words = replace(here.words, noted=lambda _server, _name: before)
        ask = Ask(peer=PEER, method="tools/call", params={"name": "do", "arguments": {}})
        inbound = Inbound(
            arrival=Arrival(id=RequestId("r"), surface="mcp", received_us=1),
            principal=PEER.principal,
            question=words.ask("crm", ask),
        )
        policy = here.chain.policies.current.resolve(PEER.principal, "mcp")
        admitted = await here.chain.routing.asked(inbound, policy)

    assert inbound.question.source.facts is before
    assert admitted.question.source.facts.input_schema == {"type": "object"}
