"""A conversation that goes on: what it repeats is not read again, and nobody can tell."""

import asyncio
import json
from itertools import pairwise
from typing import Any

import pytest

from tests.support.world import World, events, streamed_text

NAME = "Anna Schmidt"
EMAIL = "anna.schmidt@example.org"
LONG = f"My name is {NAME}. " + "Please look at the refund that has not come yet. " * 120


def _conversation(*texts: str) -> list[dict[str, Any]]:
    roles = ("user", "assistant")
    return [{"role": roles[at % 2], "content": text} for at, text in enumerate(texts)]


async def _asked(here: World, *texts: str) -> str:
    """What a client reads in the streamed echo of the last turn."""
    asked = {"model": "echo?chars=3", "messages": _conversation(*texts), "stream": True}
    status, answer = await here.post(asked)
    assert status == 200, answer
    return streamed_text(events(answer))


async def test_a_growing_conversation_is_served_as_ever(here: World) -> None:
    """Each turn's answer is restored, no value leaves, and the log shows the same of each."""
    texts = [LONG]
    heard = [await _asked(here, *texts)]
    for said in (f"Write to {EMAIL}, says {NAME}.", "Thanks. ", f"{NAME.upper()} again"):
        texts += ["Yes.", said]
        heard.append(await _asked(here, *texts))

    assert heard == [LONG, *texts[2::2]]
    sent = [body.decode() for body in here.sent]
    assert not any(value in body for body in sent for value in (NAME, EMAIL, NAME.upper()))
    turns = [json.loads(body)["messages"] for body in sent]
    assert all(later[: len(one)] == one for one, later in pairwise(turns))
    assert list(here.pairs().values()) == [["intent", "outcome"]] * 4


async def test_a_value_that_goes_on_in_a_new_turn_does_not_leave(here: World) -> None:
    """An address of which an earlier turn holds the beginning leaves in neither."""
    await _asked(here, LONG, "Yes.", "Write to anna.schm")

    heard = await _asked(
        here, LONG, "Yes.", "Write to anna.schm", "idt@example.org, please.", "Thanks!"
    )

    assert heard == "Thanks!"
    last = here.sent[-1].decode()
    assert "anna.schm" not in last
    assert "idt@example.org" not in last


@pytest.mark.parametrize("how", ["echo?delay_ms=600", "echo"])
async def test_what_a_request_came_to_is_kept_while_nobody_waits(here: World, how: str) -> None:
    """While its provider takes its time, or else behind its answer; never later than the next."""
    await _asked(here, LONG)
    for provider in (here.us, here.eu, here.eu2):
        provider.script.append(how)

    async with asyncio.timeout(30), asyncio.TaskGroup() as tasks:
        asked = tasks.create_task(_asked(here, LONG, "Yes.", "And then?"))
        while len(here.sent) < 2 or here.gateway.redaction.is_behind:  # noqa: ASYNC110 - no event
            await asyncio.sleep(0.001)
        was_answered = asked.done()

    assert asked.result() == "And then?"
    assert not here.gateway.redaction.is_behind
    assert not (was_answered and "delay" in how)


async def test_a_known_conversation_still_needs_its_record(here: World) -> None:
    """What was seen before leaves no sooner than what was not: its intent is durable first."""
    await _asked(here, LONG)
    await here.gateway.audit.close()

    status, _ = await here.post({"model": "echo?chars=3", "messages": _conversation(LONG)})

    assert status == 503
    assert len(here.sent) == 1


@pytest.mark.parametrize("more", [{"seed": 7}, {"user": NAME}])
async def test_another_setting_is_another_request(here: World, more: dict[str, Any]) -> None:
    """A member that was not there before is scanned and passed on like any other."""
    await _asked(here, LONG)

    body = {"model": "echo?chars=3", "messages": _conversation(LONG), **more}
    status, _ = await here.post(body)

    assert status == 200
    sent = json.loads(here.sent[-1])
    assert sent.keys() == body.keys()
    assert NAME not in here.sent[-1].decode()
