"""Bad input gets a clear error with a stable code, and nothing is lost or leaked."""

import asyncio
import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from guardrail_gw.dialects.openai_chat.dialect import OpenAIChat
from tests.support.world import KEY, World, world

LONG = "nothing of the kind is in here"

DEEP = b'{"model":"assistant","messages":' + b"[" * 5000 + b"]" * 5000 + b"}"
USER = {"role": "user", "content": "hello"}


def chat(**fields: Any) -> bytes:
    """A chat body."""
    return json.dumps({"model": "assistant", "messages": [USER], **fields}).encode()


def asked(body: bytes) -> bytes:
    """A request with a known key, as it goes over the wire."""
    head = (
        "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        f"Authorization: Bearer {KEY}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


BAD: dict[str, tuple[bytes, dict[str, str], int, str]] = {
    "not json": (b"hello", {}, 400, "body.not_json"),
    "empty": (b"", {}, 400, "body.not_json"),
    "an array": (b"[]", {}, 400, "body.wrong_type"),
    "a number": (b"1", {}, 400, "body.wrong_type"),
    "model is a number": (chat(model=1), {}, 400, "body.wrong_type"),
    "messages is text": (chat(messages="hi"), {}, 400, "body.wrong_type"),
    "a raw NUL byte": (b'{"model":"assistant\x00"}', {}, 400, "body.not_json"),
    "deep nesting": (DEEP, {}, 400, "body.too_deep"),
    "a lone surrogate": (
        b'{"model":"assistant","messages":[{"role":"user","content":"\\ud800"}]}',
        {},
        400,
        "body.lone_surrogate",
    ),
    "not utf-8": (b'{"model":"\xff"}', {}, 400, "body.not_utf8"),
    "a duplicate key": (b'{"model":"a","model":"b"}', {}, 400, "body.duplicate_key"),
    "NaN": (b'{"model":"a","messages":[],"temperature":NaN}', {}, 400, "body.not_json"),
    "11 MB": (chat(user="x" * (11 << 20)), {}, 413, "body.too_large"),
    "a gzip bomb": (
        gzip.compress(b" " * (11 << 20)),
        {"Content-Encoding": "gzip"},
        413,
        "body.too_large",
    ),
    "zstd": (chat(), {"Content-Encoding": "zstd"}, 415, "body.encoding"),
    "two encodings": (chat(), {"Content-Encoding": "gzip, br"}, 415, "body.encoding"),
    "gzip that is none": (chat(), {"Content-Encoding": "gzip"}, 400, "body.encoding_broken"),
    "a form": (chat(), {"Content-Type": "text/plain"}, 415, "body.content_type"),
    "no type": (chat(), {"Content-Type": ""}, 415, "body.content_type"),
    "unknown model": (chat(model="nobody-knows"), {}, 404, "model.unknown"),
    "100,000 messages": (chat(messages=[USER] * 100_000), {}, 400, "body.too_many_segments"),
}


@pytest.mark.parametrize("case", BAD)
async def test_bad_input_gets_a_stable_code(here: World, case: str) -> None:
    """Each kind of bad input is refused by its code, recorded, and goes nowhere."""
    body, headers, status, code = BAD[case]

    got_status, answer = await here.post(body, headers=headers)

    error = json.loads(answer)["error"]
    assert (got_status, error["code"]) == (status, code)
    assert error["message"]
    assert error["type"]
    assert here.sent == []
    assert list(here.pairs().values()) == [["intent", "outcome"]]


async def test_a_gzipped_body_is_read(here: World) -> None:
    """A gzipped body is decoded, scanned and served like any other body."""
    body = gzip.compress(chat(messages=[{"role": "user", "content": "I am Anna Schmidt."}]))

    status, answer = await here.post(body, headers={"Content-Encoding": "gzip"})

    assert status == 200
    assert json.loads(answer)["choices"][0]["message"]["content"] == "I am Anna Schmidt."
    assert b"Anna" not in here.sent[0]


@pytest.mark.parametrize(
    ("key", "code"), [(None, "auth.missing_key"), ("wrong", "auth.unknown_key")]
)
async def test_an_unknown_key_is_refused(here: World, key: str | None, code: str) -> None:
    """Without a known virtual key nothing is read and nothing is sent."""
    status, answer = await here.post(chat(), key=key)

    assert (status, json.loads(answer)["error"]["code"]) == (401, code)
    assert here.sent == []


@pytest.mark.parametrize("path", ["/", "/v1", "/v2/embeddings", "/v1/chat/other", "/v1/filesystem"])
async def test_unknown_paths_are_never_proxied(here: World, path: str) -> None:
    """A path that is not served is 404 in the same error shape."""
    status, answer = await here.get(path)

    assert (status, json.loads(answer)["error"]["code"]) == (404, "server.unknown_path")
    assert here.sent == []


@pytest.mark.parametrize(
    "sent",
    [
        b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        b"GET /zebulon HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        b"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        b"not HTTP at all\r\n\r\n",
        asked(chat()),
        asked(chat(stream=True)),
    ],
    ids=["probe", "unknown path", "refused", "malformed", "whole", "streamed"],
)
async def test_no_answer_tells_what_the_gateway_is_made_of(here: World, sent: bytes) -> None:
    """The server names itself, and no version of anything."""
    reader, writer = await asyncio.open_connection("127.0.0.1", here.gateway.port)
    writer.write(sent)
    answer = await asyncio.wait_for(reader.read(), 10)
    writer.close()

    head = answer.partition(b"\r\n\r\n")[0].lower()
    assert b"\r\nserver: guardrail-gw" in head
    assert b"aiohttp" not in head
    assert b"python" not in head


async def test_a_query_changes_nothing(here: World) -> None:
    """A surface is the same with a query behind its path, which some clients add."""
    url = f"{here.base_url}/v1/chat/completions?api-version=2024-10-21"
    sent = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}

    async with here.client.post(url, data=chat(), headers=sent) as answer:
        status = answer.status

    assert (status, len(here.sent)) == (200, 1)


async def test_a_wrong_method_is_named(here: World) -> None:
    """GET on a POST path is 405 in the same error shape."""
    status, answer = await here.get("/v1/chat/completions")

    assert (status, json.loads(answer)["error"]["code"]) == (405, "server.method")


async def test_providers_errors_keep_their_status_but_not_their_words(here: World) -> None:
    """A provider's 400 is the client's 400; the provider's text, which may quote, is not passed."""
    here.us.script.append("status-400")

    status, answer = await here.ask("what is wrong with this")

    assert (status, answer["error"]["code"]) == (400, "upstream.refused")
    assert "what is wrong" not in json.dumps(answer)


@pytest.mark.parametrize(
    "sent",
    [
        b"POST /v1/models HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}zebulon@x.org\r\n\r\n",
        b"GET /zebulon@x.org HTTP/zebulon\r\n\r\n",
        b"POST /zebulon HTTP/1.1\r\nHost: x\r\nExpect: zebulon\r\nConnection: close\r\n\r\n",
        b"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nExpect: zebulon@x.org\r\n\r\n",
        b"GET / HTTP/1.1\r\nzebulon: a\r\n zebulon@x.org\r\nbad header zebulon\r\n\r\n",
    ],
)
async def test_what_is_not_http_is_not_repeated(here: World, sent: bytes) -> None:
    """A malformed request is answered without a byte of it."""
    reader, writer = await asyncio.open_connection("127.0.0.1", here.gateway.port)
    writer.write(sent)
    writer.write_eof()
    answer = await asyncio.wait_for(reader.read(), 10)
    writer.close()

    assert answer.split(b" ")[1] in {b"400", b"417"}
    assert b'"code":"server.' in answer
    assert b"zebulon" not in answer


async def test_a_client_that_waits_to_be_told_to_send_is_told(here: World) -> None:
    """With `Expect: 100-continue` the body is asked for before it is there (RFC 9110, 10.1.1)."""
    body = chat()
    head = (
        "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\n"
        f"Authorization: Bearer {KEY}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n"
    )
    reader, writer = await asyncio.open_connection("127.0.0.1", here.gateway.port)
    writer.write(head.encode())
    told = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
    writer.write(body)
    answer = await asyncio.wait_for(reader.read(), 10)
    writer.close()

    assert told == b"HTTP/1.1 100 Continue\r\n\r\n"
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert len(here.sent) == 1


async def test_a_body_that_breaks_off_half_way_is_refused_and_recorded(here: World) -> None:
    """A chunked body with a late fault gets its code at once, and its pair in the log."""
    head = (
        "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\n"
        f"Authorization: Bearer {KEY}\r\nContent-Type: application/json\r\n"
        "Transfer-Encoding: chunked\r\n\r\n"
    )
    reader, writer = await asyncio.open_connection("127.0.0.1", here.gateway.port)
    writer.write(head.encode() + b'a\r\n{"model":"\r\n')
    await asyncio.sleep(0.05)
    writer.write(b"not a size\r\n")
    answer = await asyncio.wait_for(reader.read(), 5)
    writer.close()

    assert b"body.malformed" in answer
    assert here.sent == []
    assert list(here.pairs().values()) == [["intent", "outcome"]]


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"Origin": "https://evil.example"}, 403, "auth.foreign_origin"),
        ({"Host": "evil.example"}, 421, "auth.foreign_host"),
        ({"Origin": "https://chat.example"}, 200, None),
        ({}, 200, None),
    ],
)
async def test_a_web_page_cannot_use_a_single_tenant_gateway(
    tmp_path: Path, headers: dict[str, str], status: int, code: str | None
) -> None:
    """On loopback without keys, a page is refused and recorded unless its origin is configured."""
    tenant = {"tenant": "t", "team": "t", "user": "u", "origins": ["https://chat.example"]}
    async with world(tmp_path, access={"single_tenant": tenant}) as there:
        got_status, answer = await there.post(chat(), key=None, headers=headers)

        assert (got_status, json.loads(answer).get("error", {}).get("code")) == (status, code)
        assert len(there.sent) == (1 if code is None else 0)
        assert list(there.pairs().values()) == [["intent", "outcome"]]


async def test_a_defect_within_a_stream_never_looks_complete(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The client is told in its dialect, the connection is closed, and no second answer begins."""
    encode, count = OpenAIChat.encode, 0

    def failing(*arguments: Any, **more: Any) -> bytes:
        nonlocal count
        count += 1
        if count > 3:
            raise RuntimeError("nobody foresaw this")
        return encode(*arguments, **more)

    monkeypatch.setattr(OpenAIChat, "encode", failing)
    body = json.dumps(
        {"model": "echo?chars=3", "stream": True, "messages": [{"role": "user", "content": LONG}]}
    )
    head = f"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {KEY}\r\n"
    head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    reader, writer = await asyncio.open_connection("127.0.0.1", here.gateway.port)
    writer.write((head + body).encode())
    async with asyncio.timeout(10):
        answer = await reader.read()
    writer.close()

    assert answer.count(b"HTTP/1.1") == 1
    assert b"server.defect" in answer
    assert b"[DONE]" not in answer
    assert not answer.endswith(b"0\r\n\r\n")
