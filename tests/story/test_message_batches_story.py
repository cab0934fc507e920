"""Batches and files of Anthropic's kind, told by the bytes on both wires."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anthropic
import pytest

from tests.support.filing import SECOND_KEY, call, filing
from tests.support.world import KEY, World

NAME, OTHER = "Anna Schmidt", "Bernd Maier"
PATH = "/v1/messages/batches"
VERSION = {"anthropic_version": "2023-06-01"}


def request(custom_id: str, text: str, **params: Any) -> dict[str, Any]:
    """One of many."""
    message = {"role": "user", "content": text}
    given = {"model": "claude", "max_tokens": 64, "messages": [message], **params}
    return {"custom_id": custom_id, "params": given}


@asynccontextmanager
async def client_of(here: World, key: str = KEY) -> AsyncIterator[anthropic.AsyncAnthropic]:
    """Anthropic's client for Python."""
    client = anthropic.AsyncAnthropic(base_url=here.base_url, api_key=key, max_retries=0)
    yield client
    await client.close()


def code(answer: Any) -> str:
    """An error's stable code."""
    return str(answer["error"]["code"])


@pytest.mark.parametrize("is_beta", [False, True], ids=["plain", "beta"])
async def test_a_batch_of_the_clients_own_making(tmp_path: Path, is_beta: bool) -> None:  # noqa: FBT001 - a parameter
    """Made, found, listed, read, cancelled and deleted with Anthropic's client."""
    asked = [request("anna-schmidt", f"I am {NAME}"), request("two", f"Ask {OTHER}")]
    async with filing(tmp_path) as here, client_of(here) as client:
        batches: Any = client.beta.messages.batches if is_beta else client.messages.batches
        begun = await batches.create(requests=asked)
        done = await batches.retrieve(begun.id)
        results = [each async for each in await batches.results(begun.id)]
        listed = [each.id async for each in batches.list(limit=3)]
        cancelled = await batches.cancel(begun.id)
        deleted = await batches.delete(begun.id)

        told = {r.custom_id: r.result.message.content[0].text for r in results}
        assert told == {"anna-schmidt": f"I am {NAME}", "two": f"Ask {OTHER}"}
        assert (begun.processing_status, done.processing_status) == ("in_progress", "ended")
        assert done.results_url == f"{PATH}/{begun.id}/results"
        assert (listed, cancelled.id, deleted.id) == ([begun.id], begun.id, begun.id)
        everything = b"".join(here.sent)
        assert not any(word in everything for word in (b"Anna", b"Schmidt", b"Bernd"))
        assert json.loads(here.eu.received[0].body)["requests"][0]["params"]["model"] == "echo"
        assert here.us.received == []


async def test_nobody_else_gets_at_it(tmp_path: Path) -> None:
    """For another key there is no such batch, and none in its list."""
    async with filing(tmp_path) as here:
        _, begun = await call(here, "POST", PATH, {"requests": [request("a", NAME)]}, **VERSION)
        asked, one = len(here.sent), f"{PATH}/{begun['id']}"
        answers = [
            await call(here, method, path, key=SECOND_KEY, **VERSION)
            for method, path in (
                ("GET", one),
                ("GET", f"{one}/results"),
                ("POST", f"{one}/cancel"),
                ("DELETE", one),
            )
        ]
        gone = await call(here, "DELETE", one, **VERSION)
        again = await call(here, "GET", one, **VERSION)

        assert [(status, code(a)) for status, a in answers] == [(404, "state.unknown")] * 4
        assert all(a["type"] == "error" for _, a in answers)
        assert len(here.sent) == asked + 1
        assert (gone[0], again[0]) == (200, 404)


async def test_the_record_names_every_request(tmp_path: Path) -> None:
    """Their digests and findings stand in one intent; results are of the tier of batches."""
    async with filing(tmp_path) as here:
        requests = [request("a", NAME), request("b", "hello")]
        told = f"{PATH}?beta=true&other=1"
        _, begun = await call(here, "POST", told, {"requests": requests}, **VERSION)
        await call(here, "GET", f"{PATH}/{begun['id']}/results", **VERSION)
        intents = [r.meta for r in here.records() if r.kind == "intent" and r.meta]
        outcomes = [r.meta for r in here.records() if r.kind == "outcome" and r.meta]

        assert [line[1:] for line in intents[0]["lines"]] == [[{"PERSON": 1}], []]
        assert (intents[0]["model"], intents[0]["stored"]) == ("claude", True)
        assert here.eu.received[0].path == f"{PATH}?beta=true"
        assert intents[1]["pinned"]["by"] == "the path"
        assert intents[1]["lawful"] == ["eu-m0"]
        assert (outcomes[0]["kept"], outcomes[1]["tier"]) == (True, "batch")
        assert outcomes[1]["usage"]["input"] > 0


async def test_what_cannot_be_asked_by_itself_is_not_asked_here(tmp_path: Path) -> None:
    """The request is named in the dialect's own form of error, and nothing leaves."""
    odd = [
        ({"requests": []}, "from 1 to"),
        ({"requests": [request("a", "hi", stream=True)]}, "/requests/0 /stream"),
        ({"requests": [request("a", "hi"), request("b", "hi", model="x")]}, "the same model"),
        ({"requests": [{"custom_id": "a"}]}, "custom_id and params"),
        ({"requests": [request("a", "hi")], "more": 1}, "nothing beside it"),
        ({"requests": [request("a", "hi", messages=1)]}, "/requests/0: '/messages'"),
    ]
    async with filing(tmp_path) as here:
        for body, words in odd:
            status, answer = await call(here, "POST", PATH, body, **VERSION)

            assert (status, code(answer)) == (400, "body.wrong_type")
            assert words in answer["error"]["message"]
        assert here.sent == []


async def test_files_of_its_own_making(tmp_path: Path) -> None:
    """Uploaded, listed, read, named and deleted with Anthropic's client, on OpenAI's paths."""
    async with filing(tmp_path, attachments="allow") as here, client_of(here) as client:
        files = client.beta.files
        text = (f"{NAME}.txt", f"I am {NAME}".encode(), "text/plain")
        made = await files.upload(file=text)
        told = await files.retrieve_metadata(made.id)
        listed = [each.id async for each in files.list(limit=3)]
        content = await (await files.download(made.id)).text()
        placeholder = here.eu.filed.contents[made.id].decode().removeprefix("I am ")
        here.eu.script.append(f"echo?text={placeholder}")
        source: Any = {"type": "document", "source": {"type": "file", "file_id": made.id}}
        answer = await client.messages.create(
            model="claude", max_tokens=64, messages=[{"role": "user", "content": [source]}]
        )
        async with client_of(here, SECOND_KEY) as other:
            with pytest.raises(anthropic.NotFoundError) as unknown:
                await other.beta.files.download(made.id)
        await files.delete(made.id)

        assert made.filename == told.filename == f"{NAME}.txt"
        assert (told.mime_type, listed, content) == ("text/plain", [made.id], f"I am {NAME}")
        assert [block.text for block in answer.content if block.type == "text"] == [NAME]
        assert unknown.value.response.json()["error"]["code"] == "state.unknown"
        everything = b"".join(here.sent)
        assert not any(word in everything for word in (b"Anna", b"Schmidt"))
        assert here.eu.filed.files == {}
