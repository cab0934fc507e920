"""Streams that break off and are gone on with elsewhere, seen from outside in every dialect."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pytest

from guardrail_gw.audit.verify import Verdict
from guardrail_gw.core.allowance import Asked
from guardrail_gw.core.amounts import NANO
from guardrail_gw.core.identity import Principal
from tests.support.answered import CLIENTS, Client, reader
from tests.support.world import World, world

SAID: Final = (
    "My name is Anna Schmidt, write to anna.schmidt@example.org. Ask for Anna Schmidt again, and"
    " again: Anna Schmidt, Anna Schmidt, Anna Schmidt. That is all."
)
PLAIN: Final = "one two three four five six seven eight nine ten eleven twelve"
TURNS: Final[Mapping[str, Callable[[str], dict[str, Any]]]] = {
    "openai_chat": lambda text: {
        "messages": [{"role": "user", "content": text}],
        "stream_options": {"include_usage": True},
    },
    "anthropic_messages": lambda text: {
        "messages": [{"role": "user", "content": text}],
        "max_tokens": 99,
    },
    "openai_responses": lambda text: {"input": text, "store": False, "metadata": {"k": "v"}},
    "gemini_generate": lambda text: {"contents": [{"role": "user", "parts": [{"text": text}]}]},
}
_SCHEMA: Final = {"type": "object", "properties": {"text": {"type": "string"}}}
OFFERS: Final[Mapping[str, dict[str, Any]]] = {
    "openai_chat": {
        "tools": [{"type": "function", "function": {"name": "f", "parameters": _SCHEMA}}]
    },
    "anthropic_messages": {"tools": [{"name": "f", "input_schema": _SCHEMA}]},
    "openai_responses": {"tools": [{"type": "function", "name": "f", "parameters": _SCHEMA}]},
    "gemini_generate": {
        "tools": [{"functionDeclarations": [{"name": "f", "parametersJsonSchema": _SCHEMA}]}]
    },
}
"""One tool, in the words of each client."""
BREAKS: Final[Mapping[str, str]] = {
    "openai_chat": 'data: {"error":{',
    "anthropic_messages": 'event: error\ndata: {"type":"error","error":{',
    "openai_responses": 'event: error\ndata: {"type":"error",',
    "gemini_generate": 'data: {"error":{"code":502,',
}
"""How each dialect says within a stream that it breaks off."""
SPEAKERS: Final = {
    "openai_chat": "ollama0",
    "anthropic_messages": "m0",
    "gemini_generate": "g0",
    "openai_responses": "responses0",
}
"""Dialect -> what the ids of deployments end with that speak it."""


IN_ORDER: Final = {
    f"{place}-{end}": {"price": {"input": usd, "output": usd}}
    for place, usd in (("eu", "1"), ("eu2", "2"))
    for end in SPEAKERS.values()
}
"""Prices by which one is asked before the other, however soon either is connected to."""


@asynccontextmanager
async def enduring(
    folder: Path, *, on: str = "resume", places: str = "us eu eu2", **more: Any
) -> AsyncIterator[World]:
    """A model for each dialect of providers, named after it."""
    models = [
        {
            "name": dialect,
            "deployments": [f"{place}-{end}" for place in places.split()],
            "on_stream_failure": on,
        }
        for dialect, end in SPEAKERS.items()
    ]
    async with world(folder, models=models, **more) as here:
        yield here


async def asked(
    here: World, client: str, provider: str, text: str, **more: Any
) -> tuple[int, bytes]:
    """Ask for a stream in a client's dialect, of deployments of another."""
    body = {"model": provider, "stream": True, **TURNS[client](text), **more}
    match client:
        case "openai_chat":
            return await here.post(body)
        case "anthropic_messages":
            return await here.post_messages(body)
        case "openai_responses":
            return await here.post_responses(body)
        case _:
            del body["model"], body["stream"]
            path = f"/v1beta/models/{provider}:streamGenerateContent?alt=sse"
            return await here.post_gemini(body, path=path)


def taken(dialect: str, answer: bytes) -> Client:
    """What a client makes of a stream."""
    client, reads = Client(dialect), reader(dialect)
    for event in (*reads.feed(answer), *reads.end()):
        client.take(event)
    return client


def last(here: World, kind: str = "outcome") -> dict[str, Any]:
    """What the newest record of a kind says."""
    return [r.meta for r in here.records() if r.kind == kind and r.meta][-1]


def results(here: World) -> list[str]:
    """The attempts of the newest outcome."""
    return [f"{a['deployment']} {a['result']}" for a in last(here)["attempts"]]


@pytest.mark.parametrize("provider", SPEAKERS)
async def test_the_client_sees_one_answer(tmp_path: Path, provider: str) -> None:
    """In each dialect: all of the text, originals in it, one id, one end; nothing goes abroad."""
    end = SPEAKERS[provider]
    async with enduring(tmp_path, known=IN_ORDER) as here:
        for cut, client in enumerate(CLIENTS):
            here.eu.script.append(f"cut?after={5 + 7 * cut}")
            here.eu2.script.append("go-on")

            status, answer = await asked(here, client, provider, SAID)

            assert status == 200
            one = taken(client, answer)
            one.check()
            assert one.text == SAID
            assert results(here) == [f"eu-{end} truncated", f"eu2-{end} ok"]
            outcome = last(here)
            assert (outcome["ending"], outcome["resumed"]) == ("ok", [f"eu-{end}"])
            assert outcome["deployment"] == f"eu2-{end}"
        _, told = await here.get("/metrics")
        broken = f'guardrail_gw_answers_resumed_total{{deployment="eu-{end}"}} {len(CLIENTS)}.0'
        assert broken in told.decode()
        assert here.us.received == []
        assert not any(b"Schmidt" in body or b"schmidt" in body for body in here.sent)
        assert here.verified().verdict in (Verdict.OK, Verdict.INCOMPLETE)


async def test_a_placeholder_that_is_cut_is_restored(tmp_path: Path) -> None:
    """The first part ends within one, at several of its letters."""
    async with enduring(tmp_path) as here:
        for after in (12, 14, 17, 19):
            here.eu.script.append(f"cut?chars=1&after={after}")
            here.eu2.script.append("go-on?chars=1")

            _, answer = await asked(here, "openai_chat", "openai_chat", SAID)

            assert taken("openai_chat", answer).text == SAID
            assert results(here)[-1].endswith(" ok")


async def test_silence_is_a_break_too(tmp_path: Path) -> None:
    """A provider that says nothing more is left after the idle timeout."""
    routing = {"idle_timeout_s": 0.2, "first_byte_timeout_s": 0.2}
    async with enduring(tmp_path, routing=routing) as here:
        here.eu.script.append("stall?after=4")
        here.eu2.script.append("go-on")

        _, answer = await asked(here, "anthropic_messages", "anthropic_messages", SAID)

        assert taken("anthropic_messages", answer).text == SAID
        assert results(here) == ["eu-m0 timeout", "eu2-m0 ok"]


async def test_who_goes_on_may_break_off_too(tmp_path: Path) -> None:
    """The third attempt, at either of them again, ends the answer."""
    async with enduring(tmp_path) as here:
        here.eu.script.extend(["cut?after=4", "go-on"])
        here.eu2.script.extend(["error-in-stream?after=0", "go-on"])

        _, answer = await asked(here, "openai_chat", "openai_chat", SAID)

        assert taken("openai_chat", answer).text == SAID
        assert results(here)[:2] == ["eu-ollama0 truncated", "eu2-ollama0 truncated"]
        assert results(here)[2].endswith(" ok")


async def test_a_model_that_takes_a_beginning_is_given_it(tmp_path: Path) -> None:
    """Where the catalog says so, nothing is asked in words; elsewhere it is."""
    facts = {
        "provider": "anthropic-compatible",
        "imports": {
            "own": {
                "source": "https://example.org/",
                "version": "1",
                "licence": "MIT",
                "verified_on": "2026-11-01",
            }
        },
        "models": {"echo": {"can": ["prefill"], "by": "own"}},
    }
    await asyncio.to_thread(_written, tmp_path / "own", facts)
    async with enduring(tmp_path, catalog=["own"]) as here:
        for provider, roles in (
            ("anthropic_messages", ["user", "assistant"]),
            ("openai_chat", ["user", "assistant", "user"]),
        ):
            here.eu.script.append("cut?after=8")
            here.eu2.script.append("go-on")

            _, answer = await asked(here, "anthropic_messages", provider, SAID)

            assert taken("anthropic_messages", answer).text == SAID
            turns = json.loads(here.eu2.received[-1].body)["messages"]
            assert [turn["role"] for turn in turns] == roles


def _written(folder: Path, facts: Mapping[str, Any]) -> None:
    (folder / "models").mkdir(parents=True)
    (folder / "models" / "anthropic-compatible.json").write_text(json.dumps(facts))


@pytest.mark.parametrize("client", CLIENTS)
async def test_without_the_option_the_break_is_told(tmp_path: Path, client: str) -> None:
    """As an event of the dialect, behind what was said; nobody else is asked."""
    async with enduring(tmp_path, on="error") as here:
        here.eu.script.append("cut?after=5")

        status, answer = await asked(here, client, client, PLAIN + ", Anna Schmidt")

        assert status == 200
        assert b"one" in answer
        assert b"twelve" not in answer
        assert b'"error"' in answer
        assert here.eu2.received == []
        outcome = last(here)
        assert (outcome["ending"], "resumed" in outcome) == ("truncated", False)


@pytest.mark.parametrize(
    ("script", "result"),
    [
        (["echo"], "misaligned"),
        (["status-400"], "http_400"),
        (["status-500"], "http_500"),
    ],
)
async def test_where_nobody_goes_on_the_break_is_told(
    tmp_path: Path, script: list[str], result: str
) -> None:
    """Another text, a refusal, a failure: the client has what it had, and an error."""
    async with enduring(tmp_path, places="eu eu2", routing={"max_attempts": 2}) as here:
        here.eu.script.append("cut?after=5")
        here.eu2.script.extend(script)

        _, answer = await asked(here, "openai_chat", "openai_chat", PLAIN)

        assert b'"error"' in answer
        assert b"[DONE]" not in answer
        assert results(here) == ["eu-ollama0 truncated", f"eu2-ollama0 {result}"]
        assert last(here)["ending"] == "truncated"


MAYOR: Final = "The mayor is Mr Boris Lindemann of Hamburg, and so on and so forth and"


@pytest.mark.parametrize("places", ["eu eu2", "us eu2"])
async def test_what_a_model_says_of_somebody_is_replaced(tmp_path: Path, places: str) -> None:
    """A person whom the request does not name is told to nobody else; only the EU goes on."""
    async with enduring(tmp_path, places=places) as here:
        first = here.eu if places.startswith("eu ") else here.us
        first.script.append(f"cut?after=17&text={MAYOR.replace(' ', '+')}")
        here.eu2.script.append("go-on?text=+so+on")

        _, answer = await asked(here, "openai_chat", "openai_chat", PLAIN)

        assert taken("openai_chat", answer).text == f"{MAYOR[: 17 * 4].rstrip()} so on"
        assert b"Lindemann" not in here.eu2.received[0].body
        assert b"PERSON_" in here.eu2.received[0].body
        assert last(here)["resumed_entities"]["PERSON"] == 1


async def test_what_a_model_says_of_somebody_stays_where_it_may_be(tmp_path: Path) -> None:
    """The request could go anywhere; with what was said of its answer it cannot."""
    async with enduring(tmp_path, places="eu us") as here:
        here.eu.script.append(f"cut?after=17&text={MAYOR.replace(' ', '+')}")
        here.eu.script.extend(["status-400"] * 3)
        here.us.script.append("status-400")

        _, answer = await asked(here, "openai_chat", "openai_chat", PLAIN)
        asked_us = len(here.us.received)

        assert b'"error"' in answer
        assert asked_us == 0
        assert last(here)["ending"] == "truncated"


@pytest.mark.parametrize("after", [1, 3])
@pytest.mark.parametrize("client", CLIENTS)
async def test_nobody_goes_on_within_a_call(tmp_path: Path, client: str, after: int) -> None:
    """Half of a tool's arguments are no text: the break is told as an event of the dialect.

    Gemini's calls are whole events, so there it is between two of them.
    """
    async with enduring(tmp_path, places="eu eu2") as here:
        here.eu.script.append(f"cut?chars=3&calls=2&after={after}&says=tool")

        _, answer = await asked(here, client, client, PLAIN, **OFFERS[client])

        *_, call, end = answer.replace(b"\r\n", b"\n").strip().split(b"\n\n")
        assert BREAKS[client].encode() in end
        assert b"was cut off" in end
        assert b"was cut off" not in call
        assert here.eu2.received == []
        outcome = last(here)
        assert (outcome["ending"], "resumed" in outcome) == ("truncated", False)


async def test_nobody_goes_on_within_a_structure(tmp_path: Path) -> None:
    """Half of a JSON text is no text either."""
    async with enduring(tmp_path, places="eu eu2") as here:
        here.eu.script.append("cut?after=3")

        _, answer = await asked(
            here,
            *("anthropic_messages", "anthropic_messages", PLAIN),
            output_config={"format": {"type": "json_schema", "schema": {"type": "object"}}},
        )

        assert b"event: error" in answer
        assert here.eu2.received == []


async def test_who_goes_on_is_lawful(tmp_path: Path) -> None:
    """The text of an answer to personal data stays in the EU when nobody is left there."""
    async with enduring(tmp_path, places="us eu") as here:
        here.eu.script.extend(["cut?after=5", "status-500", "status-500"])

        _, answer = await asked(here, "openai_chat", "openai_chat", SAID)

        assert b'"error"' in answer
        assert here.us.received == []


async def test_both_parts_are_paid(tmp_path: Path) -> None:
    """What is settled is what both cost: counted in full, or as far as it was seen."""
    model = {"name": "openai_chat", "deployments": ["eu-0", "eu2-0"], "on_stream_failure": "resume"}
    async with world(tmp_path, models=[model], budgets=[{"id": "all", "usd": "1"}]) as here:
        here.eu.script.append("cut?after=5")
        here.eu2.script.append("go-on")

        _, answer = await asked(here, "openai_chat", "openai_chat", PLAIN)

        counted = taken("openai_chat", answer).usages
        outcome = last(here)
        assert counted == [(outcome["usage"]["input"], outcome["usage"]["output"])]
        accounts = here.gateway.accounts
        assert accounts is not None
        who = Principal(tenant="acme", team="crm", user="ci", key_id="k1")
        at = Asked(principal=who, endpoint="openai_chat", model="openai_chat")
        used = Decimal((await accounts.used(at))["all"]) / NANO
        assert used == Decimal(outcome["cost_usd"]) + Decimal(outcome["estimated_usd"])
        assert Decimal(outcome["estimated_usd"]) > 0


async def test_the_counts_of_both_parts_are_told(tmp_path: Path) -> None:
    """A provider that counts when it begins has counted for both."""
    async with enduring(tmp_path, places="eu eu2") as here:
        here.eu.script.append("cut?after=5")
        here.eu2.script.append("go-on")

        _, answer = await asked(here, "anthropic_messages", "anthropic_messages", PLAIN)

        usage = taken("anthropic_messages", answer).usages[-1]
        outcome = last(here)
        assert (outcome["usage"]["input"], outcome["usage"]["output"]) == usage
        assert usage[0] > 2 * len(PLAIN.split())
