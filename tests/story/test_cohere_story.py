"""Cohere's two chats over sockets: default policy, real detectors, a provider that echoes."""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.support.chat import encoded
from tests.support.cohere import (
    BEGIN,
    END,
    OPENED,
    V1,
    V2,
    delta,
    events_of,
    joined,
    lines,
    stream,
    whole,
)
from tests.support.replay import Replay, replaying
from tests.support.world import KEY, World, world

NAME = "Anna Schmidt"
EMAIL = "anna.schmidt@example.org"
TEXT = f"My name is {NAME} and my e-mail is {EMAIL}."
LATER, FIRST = "/v2/chat", "/v1/chat"
CALL = {"id": "f_1", "type": "function", "function": {"name": "f", "arguments": f'["{TEXT}"]'}}
MESSAGES: dict[str, dict[str, Any]] = {
    "text": {"role": "user", "content": TEXT},
    "part": {"role": "user", "content": [{"type": "text", "text": TEXT}]},
    "system": {"role": "system", "content": TEXT},
    "thought": {"role": "assistant", "content": [{"type": "thinking", "thinking": TEXT}]},
    "plan": {"role": "assistant", "tool_plan": TEXT, "tool_calls": [CALL]},
    "result": {"role": "tool", "tool_call_id": "f_1", "content": TEXT},
    "given": {"role": "tool", "content": [{"type": "document", "document": {"data": TEXT}}]},
    "cited": {"role": "assistant", "content": "a", "citations": [{"start": 0, "text": TEXT}]},
    "unknown": {"role": "user", "content": "a", "x": {"also": TEXT, EMAIL: 1}},
}
MEMBERS: dict[str, dict[str, Any]] = {
    "documents": {"documents": [TEXT, {"id": EMAIL, "data": {"text": TEXT}}]},
    "tools": {"tools": [{"type": "function", "function": {"name": "f", "description": TEXT}}]},
    "stop_sequences": {"stop_sequences": [TEXT]},
    "unknown": {"x": {"also": TEXT, EMAIL: 1}},
}
FIRSTS: dict[str, dict[str, Any]] = {
    "message": {"message": TEXT},
    "preamble": {"preamble": TEXT},
    "chat_history": {"chat_history": [{"role": "USER", "message": TEXT}]},
    "tool_results": {"tool_results": [{"call": {"name": "f"}, "outputs": [{"a": TEXT}]}]},
    "documents": {"documents": [{"title": TEXT, EMAIL: "x"}]},
    "tools": {"tools": [{"name": "f", "parameter_definitions": {"a": {"description": TEXT}}}]},
    "unknown": {"x": {"also": TEXT, EMAIL: 1}},
}


def places() -> Iterator[tuple[str, dict[str, Any]]]:
    """Path and body of requests with somebody's data in each place."""
    for message in MESSAGES.values():
        yield LATER, {"messages": [message]}
    for more in MEMBERS.values():
        yield LATER, {"messages": [{"role": "user", "content": "a"}], **more}
    for more in FIRSTS.values():
        yield FIRST, {"message": "a", **more}


def echoed(raw: bytes) -> dict[str, Any]:
    """What a provider of both chats answers: what was said last, as text, plan and arguments."""
    asked = json.loads(raw)
    first = "message" in asked
    said = asked["message"] if first else asked["messages"][-1]["content"]
    if asked.get("stream"):
        media = V1.event_lines if first else "text/event-stream"
        raw = stream(V1, of_lines(said)) if first else stream(V2, of_events(said))
        return {"status": 200, "headers": {"content-type": media}, "text": raw.decode()}
    source = json.dumps({"who": said})
    call = {"id": "f_1", "type": "function", "function": {"name": "f", "arguments": source}}
    answer = whole(
        {"type": "text", "text": said},
        tool_plan=said,
        tool_calls=[call],
        citations=[cited(said)],
    )
    if first:
        answer = of_lines(said)[-1]["response"]
    return {"status": 200, "headers": {"content-type": "application/json"}, "body": answer}


def cited(said: str) -> dict[str, Any]:
    """A citation of the word behind the name."""
    start = said.index("e-mail")
    return {"start": start, "end": start + 6, "text": "e-mail", "sources": []}


def pieces(text: str) -> list[str]:
    """A text in pieces of five characters."""
    return [text[a:b] for a, b in pairwise([*range(0, len(text), 5), len(text)])]


def of_events(said: str) -> list[dict[str, Any]]:
    """The events of a stream of the later chat."""
    call = {"id": "f_1", "type": "function", "function": {"name": "f", "arguments": ""}}
    source = pieces(json.dumps({"who": said}))
    return [
        BEGIN,
        *(delta("tool-plan-delta", tool_plan=piece) for piece in pieces(said)),
        OPENED,
        *(delta("content-delta", 0, content={"text": piece}) for piece in pieces(said)),
        {"type": "content-end", "index": 0},
        delta("citation-start", 0, citations=cited(said)),
        {"type": "citation-end", "index": 0},
        delta("tool-call-start", 0, tool_calls=call),
        *(
            delta("tool-call-delta", 0, tool_calls={"function": {"arguments": piece}})
            for piece in source
        ),
        {"type": "tool-call-end", "index": 0},
        END,
    ]


def of_lines(said: str) -> list[dict[str, Any]]:
    """The events of a stream of the first chat."""
    call = {"name": "f", "parameters": {"who": said}}
    citation = {**cited(said), "document_ids": ["a"]}
    turns = [{"role": "USER", "message": said}, {"role": "CHATBOT", "message": said}]
    return lines(*pieces(said), tool_calls=[call], citations=[citation], chat_history=turns)


@asynccontextmanager
async def told(folder: Path, **more: Any) -> AsyncIterator[tuple[World, Replay]]:
    """A gateway with the default policy before two deployments in the EU, one for each chat."""
    async with replaying() as replay:
        replay.answer = echoed
        deployments = [
            {
                "id": dialect,
                "provider": "cohere-compatible",
                "dialect": dialect,
                "model": "command-a",
                "base_url": replay.base_url,
                "inference": ["DE"],
                "storage": ["DE"],
            }
            for dialect in (V2.name, V1.name)
        ]
        models = [{"name": "command", "deployments": [V2.name, V1.name]}]
        async with world(folder, deployments=deployments, models=models, **more) as here:
            yield here, replay


def surfaces(here: World) -> set[str]:
    """What was asked, by the record."""
    return {r.meta["surface"] for r in here.records() if r.meta and "surface" in r.meta}


async def test_no_original_reaches_a_provider_from_any_place(tmp_path: Path) -> None:
    """Wherever personal data stands, the provider receives placeholders, and its model's name."""
    async with told(tmp_path) as (here, replay):
        replay.answer = {
            "status": 404,
            "headers": {"content-type": "application/json"},
            "body": {"id": "x", "message": f"who is {NAME}?"},
        }
        asked = [*places()]
        for path, more in asked:
            status, got = await here.post_responses({"model": "command", **more}, path=path)
            assert (status, json.loads(got)["code"]) == (404, "upstream.refused")
            assert NAME not in got.decode()
        assert len(replay.received) == len(asked)
        for _, sent in replay.received:
            assert b"command-a" in sent
            assert not [value for value in (NAME, EMAIL) if value.encode() in sent]
        assert surfaces(here) == {V2.name, V1.name}


@pytest.mark.parametrize("prefix", ["", "/cohere"])
async def test_answers_come_back_restored(tmp_path: Path, prefix: str) -> None:
    """Whole and streamed, in text, plan and arguments, with citations where their words went."""
    later = {"model": "command", "messages": [{"role": "user", "content": TEXT}]}
    first = {"model": "command", "message": TEXT}
    async with told(tmp_path) as (here, _):
        _, answer = await here.post_responses(later, path=prefix + LATER)
        _, streamed = await here.post_responses({**later, "stream": True}, path=prefix + LATER)
        _, old = await here.post_responses(first, path=prefix + FIRST)
        _, lined = await here.post_responses({**first, "stream": True}, path=prefix + FIRST)

        message = json.loads(answer)["message"]
        assert message["content"] == [{"type": "text", "text": TEXT}]
        assert message["tool_plan"] == TEXT
        arguments = message["tool_calls"][0]["function"]["arguments"]
        assert json.loads(arguments) == {"who": TEXT}
        assert message["citations"] == [cited(TEXT)]
        events = events_of(V2, streamed)
        assert joined(events, "content", "text") == joined(events, "tool_plan") == TEXT
        source = joined(events, "tool_calls", "function", "arguments")
        assert json.loads(source) == {"who": TEXT}
        assert [e for e in events if e["type"] == "citation-start"] == [
            delta("citation-start", 0, citations=cited(TEXT))
        ]
        assert streamed.endswith(b"data: [DONE]\n\n")
        end = of_lines(TEXT)[-1]
        assert json.loads(old) == end["response"]
        assert events_of(V1, lined)[-1] == end
        said = [e.get("text", "") for e in events_of(V1, lined)]
        assert "".join(said) == TEXT


async def test_what_a_stream_is_stands_in_its_head(tmp_path: Path) -> None:
    """Clients of the first chat read lines, and those of the later one events."""
    headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
    async with told(tmp_path) as (here, _):
        for path, asked, media in (
            (LATER, {"messages": [{"role": "user", "content": TEXT}]}, "text/event-stream"),
            (FIRST, {"message": TEXT}, "application/stream+json"),
        ):
            raw = encoded({"model": "command", "stream": True, **asked})
            async with here.client.post(
                f"{here.base_url}{path}", data=raw, headers=headers
            ) as response:
                assert response.content_type == media
                assert await response.read()


async def test_a_stream_that_breaks_off_never_looks_complete(tmp_path: Path) -> None:
    """It ends with an error in the words of its dialect, and without an end mark."""
    async with told(tmp_path) as (here, replay):
        for path, dialect, asked in (
            (LATER, V2, {"messages": [{"role": "user", "content": TEXT}]}),
            (FIRST, V1, {"message": TEXT}),
        ):
            events = (of_events if dialect is V2 else of_lines)(f"a {TEXT}")[:-1]
            replay.answer = {
                "status": 200,
                "headers": {"content-type": "text/event-stream"},
                "text": stream(dialect, events).decode(),
            }
            body = {"model": "command", "stream": True, **asked}
            status, got = await here.post_responses(body, path=path)
            last = events_of(dialect, got)[-1]
            reason = last["finish_reason"] if dialect is V1 else last["delta"]["finish_reason"]
            assert status == 200
            assert (reason, last["code"]) == ("ERROR", "upstream.malformed")
            assert b"[DONE]" not in got


async def test_what_takes_data_elsewhere_is_refused(tmp_path: Path) -> None:
    """In the shape of a Cohere error, before anything is sent; what a provider keeps always is."""
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}
    search = [{"id": "web-search"}]
    cases: list[tuple[str, dict[str, Any], int, str]] = [
        (FIRST, {"message": TEXT, "connectors": search}, 403, "policy.provider_feature"),
        (FIRST, {"message": TEXT, "conversation_id": "c"}, 403, "policy.provider_feature"),
        (LATER, {"messages": [], "documents": [TEXT], "tools": [{"type": "web_search"}]}, 403, ""),
        (FIRST, {"message": "hello", "connectors": [{"id": "hr"}]}, 403, "policy.provider_id"),
        (FIRST, {"message": "hello", "conversation_id": "c"}, 403, "policy.provider_id"),
        (LATER, {"messages": [{"role": "user", "content": [image]}]}, 400, "content.unsupported"),
        (LATER, {"messages": "a"}, 400, "body.wrong_type"),
        (FIRST, {"message": 7}, 400, "body.wrong_type"),
    ]
    async with told(tmp_path) as (here, replay):
        for path, more, status, code in cases:
            found, got = await here.post_responses({"model": "command", **more}, path=path)

            refused = json.loads(got)
            assert (found, refused["code"]) == (status, code or "policy.provider_feature")
            assert refused.keys() == {"id", "message", "code"}
        assert replay.received == []


async def test_an_answer_that_was_said_in_full_is_given_again(tmp_path: Path) -> None:
    """Where answers are kept: to the byte, whole and streamed; half an answer is not kept."""
    said = "what is an e-mail?"
    async with told(tmp_path, cache={"ttl_s": 60}) as (here, replay):
        for path, asked in (
            (LATER, {"messages": [{"role": "user", "content": said}]}),
            (FIRST, {"message": said}),
        ):
            for more in ({}, {"stream": True}):
                body = {"model": "command", **asked, **more}
                answers = [(await here.post_responses(body, path=path))[1] for _ in range(2)]
                assert answers[0] == answers[1]
        assert len(replay.received) == 4
