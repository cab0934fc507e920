"""Surfaces that a policy opens: what is text is guarded, and what is not passes by the policy."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import openai
import pytest

from guardrail_gw.core.shipped import shipped
from tests.support.world import KEY, World, world

NAME = "Anna Schmidt"
ALL = "surfaces: {openai_moderations: allow, openai_images: allow, openai_speech: allow, "
OPEN = f"{ALL}openai_transcriptions: allow}}"
SOUND = b"RIFF\x00\r\n--\x00 not text \xff"
JSON: list[tuple[str, dict[str, Any]]] = [
    ("/v1/moderations", {"input": [f"I am {NAME}", {"type": "text", "text": NAME}]}),
    ("/v1/images/generations", {"prompt": f"A birthday card for {NAME}", "size": "1024x1024"}),
    ("/v1/audio/speech", {"input": f"Dear {NAME}!", "voice": "alloy", "instructions": NAME}),
]


@asynccontextmanager
async def opened(
    folder: Path, words: str = OPEN, attachments: str = "allow", **more: Any
) -> AsyncIterator[World]:
    """A world whose default policy has these words more."""
    policies = folder / "policies"
    policies.mkdir()
    text = await asyncio.to_thread(
        lambda: shipped("policies/default/policy.yaml").read_text(encoding="utf-8")
    )
    text = text.replace("spec:\n", f"spec:\n  {words}\n", 1)
    text = text.replace("attachments: block", f"attachments: {attachments}")
    (policies / "policy.yaml").write_text(text, encoding="utf-8")
    async with world(folder, policies=policies, **more) as here:
        yield here


async def post(here: World, path: str, body: Any) -> tuple[int, bytes, str]:
    """POST JSON, or a form."""
    more = {"data": body} if isinstance(body, aiohttp.FormData) else {"json": body}
    headers = {"Authorization": f"Bearer {KEY}"}
    async with here.client.post(f"{here.base_url}{path}", headers=headers, **more) as response:
        return response.status, await response.read(), response.content_type


def form(**fields: str) -> aiohttp.FormData:
    """A recording by a name that tells something, and fields beside it."""
    made = aiohttp.FormData()
    made.add_field("file", SOUND, filename=f"{NAME}.wav", content_type="audio/wav")
    for name, value in {"model": "assistant", **fields}.items():
        made.add_field(name, value)
    return made


def code(raw: bytes) -> str:
    """An error's stable code."""
    return str(json.loads(raw)["error"]["code"])


async def test_what_nobody_opened_is_refused_by_name(tmp_path: Path) -> None:
    """Before a byte of the body is read: what is sent need not even be a request."""
    async with opened(tmp_path, "store: asked") as here:
        for path, _ in JSON:
            status, raw, _ = await post(here, path, {"model": 1})
            assert (status, code(raw)) == (403, "surface.not_served")
        status, raw, _ = await post(here, "/v1/audio/transcriptions", form())

        assert (status, code(raw)) == (403, "surface.not_served")
        assert here.sent == []
        intents = [r.meta for r in here.records() if r.kind == "intent" and r.meta]
        assert [i["surface"] for i in intents] == [
            *("openai_moderations", "openai_images", "openai_speech", "openai_transcriptions"),
        ]


async def test_text_is_guarded_on_every_surface(tmp_path: Path) -> None:
    """The provider sees placeholders and our own names; words that come back are the originals."""
    async with opened(tmp_path) as here:
        answers = [await post(here, path, {"model": "assistant", **body}) for path, body in JSON]
        heard = await post(here, "/v1/audio/transcriptions", form(prompt=f"{NAME}, on Monday"))

        assert [status for status, *_ in (*answers, heard)] == [200] * 4
        assert not any(word in b"".join(here.sent) for word in (b"Anna", b"Schmidt"))
        assert json.loads(answers[1][1])["data"][0]["revised_prompt"].endswith(f"for {NAME}")
        assert json.loads(heard[1])["text"] == f"{NAME}, on Monday"
        assert answers[2][1].startswith(b"ID3")
        assert answers[2][2] == "audio/mpeg"
        form_sent = here.eu.received[-1]
        assert SOUND in form_sent.body
        assert b'filename="audio.wav"' in form_sent.body
        assert form_sent.body.count(b'name="model"\r\n\r\necho\r\n') == 1
        assert form_sent.headers["content-type"].startswith("multipart/form-data;boundary=guard")


async def test_content_that_nothing_looks_into_needs_its_own_word(tmp_path: Path) -> None:
    """With attachments blocked only judgments are asked for, and only about text."""
    async with opened(tmp_path, attachments="block") as here:
        told = [(await post(here, path, {"model": "assistant", **body})) for path, body in JSON]
        heard = await post(here, "/v1/audio/transcriptions", form())
        image = {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}}
        judged = await post(here, "/v1/moderations", {"model": "assistant", "input": [image]})

        assert [status for status, *_ in told] == [200, 400, 400]
        assert [code(raw) for _, raw, _ in (*told[1:], heard, judged)] == [
            "content.unsupported"
        ] * 4
        assert len(here.sent) == 1


async def test_what_passed_unseen_is_on_record_and_stays(tmp_path: Path) -> None:
    """Nothing personal was found, and still only the EU is asked: there may be anything in it."""
    async with opened(tmp_path) as here:
        await post(here, "/v1/audio/transcriptions", form())
        await post(here, "/v1/images/generations", {"model": "assistant", "prompt": "a tree"})
        intents = [r.meta for r in here.records() if r.kind == "intent" and r.meta]

        assert len(here.us.received) == 0
        assert all("attachments.allowed" in i["rules"] for i in intents)
        assert all(i["lawful"] == ["eu-0", "eu2-0"] for i in intents)


async def test_what_it_costs_is_on_record_or_that_nobody_knows(tmp_path: Path) -> None:
    """By the piece where that has a price; what is not known is said, and is never zero."""
    async with opened(tmp_path) as here:
        for path, body in JSON:
            await post(here, path, {"model": "assistant", **body})
        await post(here, "/v1/audio/transcriptions", form())
        outcomes = [r.meta for r in here.records() if r.kind == "outcome" and r.meta]
        spoken = json.loads(here.eu.received[2].body)["input"]

        told = [(o["cost_usd"], o.get("measured"), o.get("cost_unknown")) for o in outcomes]
        signs = len(spoken)
        assert told[0] == (None, None, "usage")
        assert told[1] == ("0.04", {"image": "1"}, None)
        assert told[2][1:] == ({"character": str(signs)}, None)
        assert float(told[2][0]) == pytest.approx(signs * 15e-6)
        assert told[3] == (None, None, "usage")
        _, metrics = await here.get("/metrics")
        assert b'guardrail_gw_unpriced_total{deployment="eu-0",unknown="usage"} 2.0' in metrics


async def test_what_is_sold_by_the_piece_is_spent(tmp_path: Path) -> None:
    """A budget of ten cents has room for two images of four; the third is asked of nobody."""
    budget = {"id": "month", "usd": "0.10", "per": ["team"]}
    async with opened(tmp_path, budgets=[budget]) as here:
        body = {"model": "assistant", "prompt": "a tree"}
        many = await post(here, "/v1/images/generations", {**body, "n": 3})
        told = [await post(here, "/v1/images/generations", body) for _ in range(3)]

        assert [status for status, *_ in (many, *told)] == [429, 200, 200, 429]
        assert json.loads(told[2][1])["error"]["code"] == "budget.exceeded"
        assert len(here.sent) == 2


@pytest.mark.parametrize("told", ["status-500", "garbage"])
async def test_what_is_no_recording_is_no_answer(tmp_path: Path, told: str) -> None:
    """A provider that says something else is one that failed, and none of it passes."""
    async with opened(tmp_path) as here:
        for provider in (here.eu, here.eu2):
            provider.script.extend([told] * 8)

        for path, body in JSON:
            status, raw, _ = await post(here, path, {"model": "assistant", **body})
            assert (status, code(raw)) == (502, "upstream.failed")


async def test_a_client_of_its_own(tmp_path: Path) -> None:
    """OpenAI's client for Python on all four."""
    async with opened(tmp_path) as here:
        client = openai.AsyncOpenAI(base_url=f"{here.base_url}/v1", api_key=KEY, max_retries=0)
        judged = await client.moderations.create(model="assistant", input=f"I am {NAME}")
        image = await client.images.generate(model="assistant", prompt=f"A card for {NAME}")
        speech = await client.audio.speech.create(model="assistant", voice="alloy", input=NAME)
        heard = await client.audio.transcriptions.create(
            model="assistant", file=("a.mp3", SOUND), prompt=NAME, temperature=0.2, language="de"
        )
        await client.close()

        assert not judged.results[0].flagged
        assert image.data is not None
        assert image.data[0].revised_prompt == f"A card for {NAME}"
        assert speech.content.startswith(b"ID3")
        assert heard.text == NAME
        assert b"Schmidt" not in b"".join(here.sent)
