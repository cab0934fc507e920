"""Wherever in a batch personal data stands: none of it leaves, and all of it comes back."""

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.filing import call, chat_line, filing, jsonl, uploaded

NAME, MAIL, IBAN = "Anna Schmidt", "anna.schmidt@example.org", "DE89370400440532013000"
PLANTS = (NAME, MAIL, IBAN, f"{NAME} <{MAIL}>", f'"{NAME}"\nIBAN {IBAN}')
TOOL = {
    "type": "function",
    "function": {
        "name": "find",
        "description": "text",
        "parameters": {"type": "object", "properties": {"who": {"description": "text"}}},
    },
}
BODIES: dict[str, dict[str, Any]] = {
    "/v1/chat/completions": {
        "messages": [
            {"role": "system", "content": "text"},
            {
                "role": "assistant",
                "content": None,
                "tool_calls": [
                    {
                        "id": "call_0",
                        "type": "function",
                        "function": {"name": "find", "arguments": '{"who": "text"}'},
                    }
                ],
            },
            {"role": "tool", "tool_call_id": "call_0", "content": "text"},
            {"role": "user", "content": [{"type": "text", "text": "text"}]},
        ],
        "tools": [TOOL],
        "metadata": {"of": "text"},
        "user": "text",
        "anything": {"else": ["text"]},
    },
    "/v1/responses": {
        "instructions": "text",
        "input": [{"type": "message", "role": "user", "content": "text"}],
        "metadata": {"of": "text"},
    },
    "/v1/completions": {"prompt": "text", "user": "text"},
    "/v1/embeddings": {"input": ["text", "text"], "user": "text"},
}


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where a text stands."""
    if value == "text":
        yield path
    elif isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            if not (isinstance(value, dict) and key == "type"):
                yield from places(inner, (*path, key))
    elif isinstance(value, str) and '"text"' in value:
        yield path


def planted(body: dict[str, Any], path: tuple[Any, ...], plant: str) -> dict[str, Any]:
    """The body with this text in one place."""
    made = copy.deepcopy(body)
    holder: Any = made
    for step in path[:-1]:
        holder = holder[step]
    old = holder[path[-1]]
    holder[path[-1]] = plant if old == "text" else old.replace('"text"', json.dumps(plant))
    return made


@pytest.mark.parametrize("url", BODIES)
async def test_nothing_of_any_place_of_any_line_leaves(tmp_path: Path, url: str) -> None:
    """A line for each place and text, others between them; the file comes back as it was typed."""
    lines = [
        {
            "custom_id": f"{number} {NAME}" if number % 3 else f"{number}",
            "method": "POST",
            "url": url,
            "body": {"model": "assistant", **planted(BODIES[url], path, plant)},
        }
        for number, (path, plant) in enumerate(
            (path, plant) for path in places(BODIES[url]) for plant in PLANTS
        )
    ]
    async with filing(tmp_path) as here:
        status, file = await uploaded(here, jsonl(*lines))
        _, raw = await call(here, "GET", f"/v1/files/{file['id']}/content")
        said = {"input_file_id": file["id"], "endpoint": url, "completion_window": "24h"}
        _, batch = await call(here, "POST", "/v1/batches", said)
        _, done = await call(here, "GET", f"/v1/batches/{batch['id']}")
        _, answered = await call(here, "GET", f"/v1/files/{done['output_file_id']}/content")

        assert status == 200, file
        everything = b"".join(here.sent)
        assert not any(w in everything for w in (b"Anna", b"Schmidt", b"example.org", b"DE8937"))
        back = [json.loads(line) for line in raw.splitlines()]
        for line in back:
            assert line["body"].pop("store", False) is False
            line["body"]["model"] = "assistant"
        assert back == lines
        answers = [json.loads(line) for line in answered.splitlines()]
        assert {a["custom_id"] for a in answers} == {line["custom_id"] for line in lines}
        assert b"PERSON_" not in answered
        assert b"IBAN_CODE_" not in answered


async def test_a_large_batch_is_scanned_some_lines_at_a_time(tmp_path: Path) -> None:
    """No call to the detectors has more than they scan before their deadline."""
    text = "nothing of note happened on that day. " * 60
    lines = [chat_line(str(n), f"{text} {NAME} {n}") for n in range(60)]
    async with filing(tmp_path) as here:
        status, _ = await uploaded(here, jsonl(*lines))

        assert status == 200
        assert here.detectors.largest <= 70_000
        assert b"Schmidt" not in b"".join(here.sent)
