"""docs/compatibility.md says of every client how it did, and its judge is not easily pleased."""

import json
from dataclasses import replace
from typing import Any

import pytest

from guardrail_gw.standin.server import Received
from tests.clients import page
from tests.clients.judge import faults
from tests.clients.roster import ROSTER
from tests.clients.scenarios import SCENARIOS, STATUS, Case, cases
from tests.clients.trial import Result

CASES = {case.scenario: case for case in cases("house")}
BY_ID = {client.id: client for client in ROSTER}
OPENAI, ANTHROPIC = BY_ID["python/openai/chat"], BY_ID["python/anthropic/messages"]
SAFE = "PERSON_7K2QX9MD EMAIL_ADDRESS_7K2QX9MD IBAN_CODE_7K2QX9MD PHONE_NUMBER_7K2QX9MD"


def seen(text: str) -> list[Received]:
    """What a provider saw."""
    body = json.dumps({"messages": [{"role": "user", "content": text}]}).encode()
    return [Received(path="/v1/chat/completions", headers={}, body=body)]


def good(case: Case) -> dict[str, Any]:
    """What a client tells that did all right."""
    if status := STATUS.get(case.scenario):
        return {"error": {"class": "openai.APIStatusError", "status": status, "words": ""}}
    turns, tools = case.scenario == "turns", case.scenario.startswith("tools")
    said = case.more if turns else case.result if tools else case.text
    told = {"said": said, "first": case.text, "pieces": 9, "heard": [case.text]}
    return {**told, "form": case.user.form}


def test_the_table_has_every_client_and_no_failure() -> None:
    """Each client has its line, with the version of its lock, and each scenario has a mark."""
    text = page.PAGE.read_text(encoding="utf-8").partition(page.BEGIN)[2].partition(page.END)[0]
    lines = [line for line in text.splitlines() if line.startswith("| ")][1:]

    found = [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in lines]

    marks = {page.PASSED, page.NEEDS, page.CANNOT}
    expected = [Result(client=client, faults={name: [] for name in SCENARIOS}) for client in ROSTER]
    assert [line[: 3 + len(SCENARIOS)] for line in found] == [
        tuple(cell.strip() for cell in row.strip("|").split("|"))[: 3 + len(SCENARIOS)]
        for row in list(page.table(expected))[2:]
    ], "run `make e2e-clients`"
    assert all(set(line[3:-1]) <= marks for line in found)


@pytest.mark.parametrize("client", ROSTER, ids=lambda client: client.id)
def test_a_client_that_cannot_do_something_has_a_reason(client: Any) -> None:
    """What is left out or needs more is a scenario, and why stands beside it."""
    excused = {**client.without, **client.needs}

    assert client.path.is_file()
    assert excused.keys() <= SCENARIOS.keys()
    assert all(len(reason) > 20 for reason in excused.values())


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_judge_takes_what_is_right(scenario: str) -> None:
    """A client that got everything back, from a provider that saw placeholders only, passed."""
    case = CASES[scenario]
    turns = {"refused": 0, "turns": 2}.get(scenario, 1)

    assert faults(case, good(case), seen(SAFE) * turns, OPENAI) == []


@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.parametrize("whose", ["user", "other"])
def test_the_judge_sees_an_original_at_the_provider(scenario: str, whose: str) -> None:
    """Any value in any spelling of spaces and capitals is a leak."""
    case = CASES[scenario]
    for value in getattr(case, whose).values:
        for spelled in (value, value.upper(), value.replace(" ", "")):
            found = faults(case, good(case), seen(f"{SAFE} {spelled}"), OPENAI)

            assert any(fault.startswith("LEAK") for fault in found)
            assert value not in " ".join(found)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_judge_misses_what_is_not_there(scenario: str) -> None:
    """A client that says nothing right, or a provider that was asked nothing, is a fault."""
    case = CASES[scenario]
    empty = {"said": "", "first": "", "pieces": 1, "heard": [], "form": {}}

    assert faults(case, empty, seen(SAFE), OPENAI)
    if scenario != "refused":
        assert faults(case, good(case), [], OPENAI)
        assert faults(case, good(case), seen("nothing was replaced"), OPENAI)


@pytest.mark.parametrize("scenario", STATUS)
def test_the_judge_wants_the_clients_own_error(scenario: str) -> None:
    """Another library's class, or another status, is no answer to an application."""
    case = CASES[scenario]
    requests = [] if scenario == "refused" else seen(SAFE)
    told = good(case)

    assert faults(case, told, requests, ANTHROPIC)
    told["error"] |= {"status": None, "words": f"\x1b[0m{case.scenario} {STATUS[scenario]}\x1b[0m"}
    assert faults(case, told, requests, OPENAI) == []
    told["error"] |= {"status": 500, "words": "IBAN DE02 4514 2900"}
    assert faults(case, told, requests, OPENAI)


def test_the_judge_wants_the_same_placeholders_in_the_second_turn() -> None:
    """A turn that repeats the first one otherwise would cost the provider's prompt cache."""
    case = CASES["turns"]
    other = seen(SAFE.replace("7K2QX9MD", "7K2QX9ME"))

    assert faults(case, good(case), [*seen(SAFE), *other], OPENAI)
    assert faults(case, good(case), seen(SAFE), OPENAI)


def test_an_agent_may_say_more_but_not_less() -> None:
    """What an agent prints may stand among other lines; it must have asked for a stream."""
    agent, case = BY_ID["agents/claude_code"], CASES["streamed"]
    (request,) = seen(SAFE)
    streamed = replace(request, body=request.body[:-1] + b', "stream": true}')
    told = {**good(case), "said": f"thinking\n{case.text}\ndone"}

    assert faults(case, told, [streamed], agent) == []
    assert faults(case, told, [streamed], OPENAI)
    assert faults(case, told, [request], agent)
    assert faults(case, {**told, "said": "done"}, [streamed], agent)
