"""Providers that read a body in their own way, told by what they receive."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.filing import chat_line, code_of, filing, jsonl, uploaded
from tests.support.world import World, world

ENTRY: dict[str, Any] = {
    "says": "as the server of our own does",
    "source": "https://models.example/parameters",
    "verified_on": "2026-11-26",
}
TABLES = {
    "provider": "openai-compatible",
    "parameters": [
        {
            **ENTRY,
            "dialects": ["openai_chat"],
            "rename": {"max_completion_tokens": "max_new_tokens"},
            "drop": ["logit_bias"],
            "range": {"temperature": {"most": 1}, "n": {"most": 4, "beyond": "refuse"}},
            "require": {"max_new_tokens": 64},
        },
        {**ENTRY, "dialects": ["openai_chat"], "models": "mirror", "refuse": ["logprobs"]},
    ],
}
NAME = "Anna Schmidt"
ASKED = {"model": "assistant", "messages": [{"role": "user", "content": f"I am {NAME}"}]}


def own(tmp_path: Path) -> None:
    """Write the folder of the operator's own."""
    folder = tmp_path / "own" / "providers"
    folder.mkdir(parents=True)
    (folder / "openai-compatible.yaml").write_text(yaml.safe_dump(TABLES), encoding="utf-8")


@pytest.fixture
async def there(tmp_path: Path) -> AsyncIterator[World]:
    """A gateway with a folder of the operator's own that says how servers of its own read."""
    own(tmp_path)
    async with world(tmp_path, catalog=["own"]) as started:
        yield started


async def test_a_provider_gets_what_it_reads(there: World) -> None:
    """Renamed, left out, brought into range and filled in; the redacted text is as ever."""
    body = {**ASKED, "max_completion_tokens": 5, "logit_bias": {"7": 1}, "temperature": 1.7}

    status, answer = await there.post(body)

    (sent,) = [json.loads(each) for each in there.sent]
    assert status == 200
    assert json.loads(answer)["choices"][0]["message"]["content"] == f"I am {NAME}"
    assert NAME not in sent["messages"][0]["content"]
    del sent["messages"], sent["model"]
    assert sent == {"max_new_tokens": 5, "temperature": 1}


async def test_what_it_is_not_told_is_on_record(there: World) -> None:
    """By name, never by value, and in no header."""
    await there.post({**ASKED, "logit_bias": {"123456": 99}, "temperature": 1.75})

    outcome = there.records()[-1]
    assert outcome.meta is not None
    assert outcome.meta["left_out"] == ["logit_bias", "temperature above 1"]
    assert "123456" not in json.dumps(outcome.meta)
    assert json.loads(there.sent[0])["max_new_tokens"] == 64


async def test_a_line_of_a_batch_is_read_like_a_request(tmp_path: Path) -> None:
    """Renamed, left out and filled in by itself; what nobody can do is refused with its line."""
    own(tmp_path)
    plain = chat_line("a", f"I am {NAME}", max_completion_tokens=5, logit_bias={"7": 1})
    async with filing(tmp_path, catalog=["own"]) as here:
        status, _ = await uploaded(here, jsonl(plain, chat_line("b", "hi", temperature=1.7)))
        refused, error = await uploaded(here, jsonl(plain, chat_line("b", "hi", n=5)))
        sent = [json.loads(each) for each in here.sent[0].splitlines() if each.startswith(b"{")]
        outcome = next(r.meta for r in here.records() if r.kind == "outcome" and r.meta)

        assert status == 200
        bodies = [each["body"] for each in sent]
        assert [each.pop("messages")[0]["role"] for each in bodies] == ["user", "user"]
        assert bodies == [
            {"model": "echo", "max_new_tokens": 5},
            {"model": "echo", "temperature": 1, "max_new_tokens": 64},
        ]
        assert outcome["left_out"] == ["logit_bias", "temperature above 1"]
        assert (refused, code_of(error)) == (400, "routing.parameter")
        assert "n above 4 at line 2" in error["error"]["message"]
        assert len(here.sent) == 1


async def test_what_nobody_can_do_is_a_clear_error(there: World) -> None:
    """It names the member and the bound, and no provider is asked."""
    status, answer = await there.post({**ASKED, "n": 5})

    error = json.loads(answer)["error"]
    assert (status, error["code"]) == (400, "routing.parameter")
    assert "n above 4" in error["message"]
    assert there.sent == []


async def test_a_table_for_some_models_binds_them_alone(there: World) -> None:
    """The one model refuses what the other is asked."""
    others, _ = await there.post({**ASKED, "logprobs": True})
    refused, answer = await there.post({**ASKED, "model": "mirror", "logprobs": True})

    assert (others, refused) == (200, 400)
    assert json.loads(answer)["error"]["code"] == "routing.parameter"
    assert len(there.sent) == 1


async def test_a_body_of_which_nothing_differs_keeps_its_bytes(there: World) -> None:
    """White space, order and the forms of numbers."""
    body = b'{ "temperature" : 0.50, "model":"assistant","max_new_tokens":7, "messages" : [] }'

    await there.post(body)

    assert there.sent == [body.replace(b'"assistant"', b'"echo"')]
