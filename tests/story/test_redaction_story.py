"""What providers receive and clients get back, told by the bytes on both wires."""

import asyncio
import json
import re
from typing import Any

import pytest

from tests.support.world import World, events, streamed_text

NAME = "Anna Schmidt"
EMAIL = "anna.schmidt@example.org"
IBAN = "DE89370400440532013000"
PHONE = "+49 30 901820"
VALUES = (NAME, EMAIL, IBAN, PHONE)
TEXT = f"My name is {NAME}, write to {EMAIL} or call {PHONE}; my IBAN is {IBAN}."
TOOL = {
    "type": "function",
    "function": {
        "name": "send_mail",
        "description": f"Send a mail for {NAME} ({EMAIL}).",
        "parameters": {
            "type": "object",
            "properties": {"to": {"type": "string", "description": f"for example {EMAIL}"}},
        },
    },
}
CALL = {
    "id": "call_1",
    "type": "function",
    "function": {"name": "send_mail", "arguments": json.dumps({"to": EMAIL, "text": TEXT})},
}
PLACES: dict[str, dict[str, Any]] = {
    "user": {"messages": [{"role": "user", "content": TEXT}]},
    "system": {"messages": [{"role": "system", "content": TEXT}, {"role": "user", "content": "?"}]},
    "developer": {
        "messages": [{"role": "developer", "content": TEXT}, {"role": "user", "content": "?"}]
    },
    "parts": {
        "messages": [
            {
                "role": "user",
                "content": [{"type": "text", "text": TEXT}, {"type": "text", "text": "and?"}],
            }
        ]
    },
    "message name": {"messages": [{"role": "user", "name": EMAIL, "content": TEXT}]},
    "tool definition": {"messages": [{"role": "user", "content": TEXT}], "tools": [TOOL]},
    "tool call": {
        "messages": [
            {"role": "user", "content": "go on"},
            {"role": "assistant", "content": None, "tool_calls": [CALL]},
            {"role": "tool", "tool_call_id": "call_1", "content": TEXT},
        ]
    },
    "tool result as JSON": {
        "messages": [
            {"role": "user", "content": "go on"},
            {"role": "assistant", "content": None, "tool_calls": [CALL]},
            {"role": "tool", "tool_call_id": "call_1", "content": json.dumps({"rows": [TEXT]})},
        ]
    },
    "response format": {
        "messages": [{"role": "user", "content": TEXT}],
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "reply", "schema": {"description": TEXT, "type": "object"}},
        },
    },
    "metadata and user": {
        "messages": [{"role": "user", "content": TEXT}],
        "metadata": {EMAIL: IBAN},
        "user": EMAIL,
    },
    "unknown field": {
        "messages": [{"role": "user", "content": TEXT, "x_note": [{"deep": TEXT}]}],
        "x_unknown": {"also": TEXT, EMAIL: 1},
    },
}


def assert_clean(bodies: list[bytes]) -> None:
    """No original in any body, in whatever way JSON may write it."""
    assert bodies
    for body in bodies:
        decoded = json.dumps(json.loads(body), ensure_ascii=False)
        for value in VALUES:
            assert value.encode() not in body
            assert value not in decoded.replace("\\", "")


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("place", PLACES)
async def test_no_original_reaches_a_provider_from_any_place(
    here: World, place: str, *, stream: bool
) -> None:
    """Wherever in a request personal data stands, the provider receives placeholders."""
    status, _ = await here.post({"model": "assistant", "stream": stream, **PLACES[place]})

    assert status == 200
    assert_clean(here.sent)


@pytest.mark.parametrize("model", ["assistant", "echo?chars=3", "echo?bytes=5"])
async def test_a_whole_answer_comes_back_as_it_was_typed(here: World, model: str) -> None:
    """An echoed text is restored exactly."""
    _, answer = await here.ask(TEXT, model=model)

    assert answer["choices"][0]["message"]["content"] == TEXT
    assert_clean(here.sent)


async def test_code_with_a_home_folder_works_when_it_comes_back(here: World) -> None:
    """The provider sees a placeholder for the path, within its quotes, and the client the path."""
    home = "/home"
    path = f"{home}/aschmidt/my data/x.csv"
    code = f'```python\nrows = open("{path}").read()\n```'

    _, answer = await here.ask(code)

    assert answer["choices"][0]["message"]["content"] == code
    sent = here.sent[0].decode()
    assert path not in sent
    assert re.search(r'rows = open\(\\"HOME_PATH_[0-9A-Z]{8}\\"\)', sent)


@pytest.mark.parametrize("model", ["assistant", "echo?chars=3", "echo?bytes=5"])
async def test_a_streamed_answer_comes_back_as_it_was_typed(here: World, model: str) -> None:
    """However the provider cuts its stream, the joined text is restored exactly."""
    _, answer = await here.ask(TEXT, model=model, stream=True)

    assert streamed_text(answer) == TEXT
    assert answer[-1] == "[DONE]"


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
async def test_every_choice_is_restored_on_its_own(here: World, *, stream: bool) -> None:
    """With n = 3 each choice holds the whole restored text."""
    _, answer = await here.ask(TEXT, model="echo?chars=3", n=3, stream=stream)

    texts = (
        [streamed_text(answer, n) for n in range(3)]
        if stream
        else [c["message"]["content"] for c in answer["choices"]]
    )
    assert texts == [TEXT] * 3


@pytest.mark.parametrize("quoted", [TEXT, f'{NAME} said:\n"C:\\new\\{EMAIL}" \U0001f600'])
async def test_tool_arguments_stay_valid_json_when_restored(here: World, quoted: str) -> None:
    """Streamed tool arguments join to JSON that holds the originals."""
    status, answer = await here.post(
        {
            "model": "tool?calls=2",
            "stream": True,
            "tools": [TOOL],
            "messages": [{"role": "user", "content": quoted}],
        }
    )

    assert status == 200
    arguments: dict[int, str] = {}
    for event in events(answer):
        for choice in event["choices"] if event != "[DONE]" else ():
            for call in choice["delta"].get("tool_calls") or ():
                more = call["function"].get("arguments") or ""
                arguments[call["index"]] = arguments.get(call["index"], "") + more
    assert [json.loads(a)["text"] for a in arguments.values()] == [quoted, quoted]


async def test_log_probabilities_never_show_pieces_of_placeholders(here: World) -> None:
    """Where placeholders were issued, the answer carries no token texts."""
    _, answer = await here.ask(TEXT, logprobs=True, top_logprobs=2)

    assert answer["choices"][0].get("logprobs") is None


async def test_a_typed_placeholder_is_only_text(here: World) -> None:
    """A look-alike of a real placeholder comes back as typed, never as somebody's value."""
    await here.ask(TEXT)
    body = json.loads(here.sent[-1])
    words = body["messages"][0]["content"].replace(",", " ").split()
    stolen = next(w for w in words if w.startswith("PERSON_"))

    _, answer = await here.ask(f"Who is {stolen}?")

    assert answer["choices"][0]["message"]["content"] == f"Who is {stolen}?"
    assert stolen.encode() not in here.us.received[-1].body


async def test_the_same_value_has_the_same_placeholder_in_every_turn(here: World) -> None:
    """Prompt prefixes stay the same from turn to turn."""
    await here.ask(f"I am {NAME} and my mail is {EMAIL}.")
    await here.ask(f"I am {NAME} and my mail is {EMAIL}.")

    first, second = (json.loads(body)["messages"] for body in here.sent)
    assert first == second


async def test_a_secret_is_refused_and_not_repeated(here: World) -> None:
    """An entity whose action is `block` stops the request; the error names kind and place only."""
    key = "sk-" + "proj-" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8s9T0"

    status, answer = await here.ask(f"my key is {key}")

    assert (status, answer["error"]["code"]) == (403, "policy.blocked")
    assert "API_KEY" in answer["error"]["message"]
    assert key not in json.dumps(answer)
    assert here.sent == []


async def test_detectors_that_are_down_stop_everything(here: World) -> None:
    """Without detection nothing passes."""
    here.detectors.broken = True

    status, answer = await here.ask("hello")

    assert (status, answer["error"]["code"]) == (503, "detection.unavailable")
    assert here.sent == []


async def test_an_image_is_refused_by_default(here: World) -> None:
    """What nothing scans does not leave."""
    part = {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}
    status, answer = await here.post(
        {"model": "assistant", "messages": [{"role": "user", "content": [part]}]}
    )

    assert (status, json.loads(answer)["error"]["code"]) == (400, "content.unsupported")
    assert here.sent == []


HIDDEN = {
    "escaped at sign in prose": (
        r'payload: {"to": "anna.schmidt\u0040example.org"} ok',
        b"anna.schmidt",
    ),
    "escaped letters": (r"mail jos\u00e9.garc\u00eda@example.org now", b"garc"),
    "character reference": ("mail anna.schmidt&#64;example.org now", b"anna.schmidt"),
    "percent-encoded": ("mail anna.schmidt%40example.org now", b"anna.schmidt"),
    "twice percent-encoded": ("mail anna.schmidt%2540example.org now", b"anna.schmidt"),
    "named reference": ("mail anna.schmidt&commat;example&period;org now", b"anna.schmidt"),
    "spelt": ("mail anna.schmidt (at) example (dot) org now", b"anna.schmidt"),
    "spaced": ("mail a n n a @ e x a m p l e . o r g now", b"a n n a"),
    "base64": ("mail YW5uYS5zY2htaWR0QGV4YW1wbGUub3Jn now", b"YW5uYS5z"),
    "truncated JSON": (r'{"to": "anna.schmidt\u0040example.org", "x": [', b"anna.schmidt"),
}


@pytest.mark.parametrize("form", HIDDEN)
async def test_escaped_values_are_found_and_come_back(here: World, form: str) -> None:
    """Writing a value with escapes hides it from nobody, and the echo is exact."""
    text, trace = HIDDEN[form]

    _, answer = await here.ask(text)

    assert trace not in here.sent[0]
    assert answer["choices"][0]["message"]["content"] == text


async def test_a_value_over_two_parts_is_found_and_comes_back(here: World) -> None:
    """Neither part leaves, and the echo of each is exact."""
    parts = [{"type": "text", "text": t} for t in ("I am anna.schm", "idt@example.org")]

    _, answer = await here.post(
        {"model": "assistant", "messages": [{"role": "user", "content": parts}]}
    )

    assert b"anna" not in here.sent[0]
    assert b"idt" not in here.sent[0]
    assert b"anna.schm" in answer


@pytest.mark.parametrize(
    "number", ["4111111111111111", "4111111111111111.0", "4.111111111111111e15"]
)
@pytest.mark.parametrize("field", ["x_card", "seed"])
async def test_numbers_are_read_too(here: World, field: str, number: str) -> None:
    """A card number written as a JSON number does not leave."""
    body = f'{{"model":"assistant","messages":[],"{field}":{number}}}'

    await here.post(body.encode())

    assert all(b"4111111" not in sent and b"4.11111" not in sent for sent in here.sent)


HOSTILE = {
    "data URLs that never end": "data:;a=" * 16_000,
    "underscores": "A_" * 60_000,
    "capitals": "_" + "A" * 120_000 + " ",
    "thousands of unspaced values": " ".join(f"\u4e2d{n}@example.org" for n in range(2000)),
    "thousands of addresses": " ".join(f"p{n}@example.org" for n in range(4000)),
}


@pytest.mark.parametrize("form", HOSTILE)
async def test_hostile_text_costs_time_in_proportion(here: World, form: str) -> None:
    """What would take minutes if any part were unbounded is answered or refused in time."""
    status, _ = await asyncio.wait_for(here.ask(HOSTILE[form]), 60)

    assert status in {200, 400, 503}
