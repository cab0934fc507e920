"""`guardrail-gw audit reconcile`, with exports as providers hand them out."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from guardrail_gw.audit.access import access_path, accesses
from guardrail_gw.audit.facts import intent_allowed, outcome
from guardrail_gw.audit.record import Draft
from guardrail_gw.cli.audit import command
from guardrail_gw.core.amounts import Usage
from guardrail_gw.core.exchange import Attempt, Journal
from tests.support.audit_world import (
    START_US,
    SteadyClock,
    World,
    arrival,
    inbound,
    placed,
    policy,
    world,
)

DAY = datetime.fromtimestamp(START_US / 1e6, tz=UTC).date().isoformat()
TRIED = Attempt(
    deployment="eu-1", provider="one", model="m", result="ok",
    started_us=START_US, duration_us=2, sent_sha256="ab" * 32,
)  # fmt: skip


def _exchange(number: int, *, provider: str = "one") -> list[Draft]:
    journal = Journal()
    journal.attempts.append(replace(TRIED, provider=provider))
    journal.usage, journal.provider_request_id = Usage(input=3, output=4), f"p{number}"
    asked = inbound(number)
    ended = outcome(arrival(number), journal, START_US + 9, None)
    return [intent_allowed(asked, placed(asked), policy()), ended]


@pytest.fixture
def logged(tmp_path: Path) -> World:
    """A closed log of two answered requests."""
    made = world(tmp_path)
    ledger = made.ledger(SteadyClock())
    ledger.open()
    ledger.append([_exchange(1), _exchange(2)])
    ledger.close()
    return made


def _run(made: World, export: str, *arguments: object) -> Result:
    file = made.home / "export"
    file.write_text(export)
    key = made.home / "keys" / "auditors" / "auditor.key"
    return CliRunner().invoke(
        command, ["reconcile", str(made.log), str(file), "--key", str(key), *map(str, arguments)]
    )


def test_both_agree(logged: World) -> None:
    """Exit 0, and the look is on record."""
    told = _run(logged, f"date,model,requests,input_tokens,output_tokens\n{DAY},m,2,6,8\n")

    assert told.exit_code == 0, told.output
    assert "1 matched" in told.stdout
    assert next(accesses(access_path(logged.log))).act == "reconcile"


def test_the_provider_saw_more(logged: World) -> None:
    """Exit 1, with both sides' numbers."""
    told = _run(logged, f"date,model,requests,input_tokens,output_tokens\n{DAY},m,3,9,12\n")

    assert told.exit_code == 1
    assert "not in the log" in told.stdout
    assert "2, 6, 8" in told.stdout
    assert "3, 9, 12" in told.stdout


def test_requests_by_their_ids(logged: World) -> None:
    """What only one side knows is listed by the provider's id, for people and for machines."""
    export = f"request_id,date,model\np2,{DAY},m\np9,{DAY},m\n"

    told = _run(logged, export)
    lines = json.loads(_run(logged, export, "--json").stdout)["lines"]

    assert told.exit_code == 1
    assert "p9" in told.stdout
    assert "record 1" in told.stdout
    assert sorted(line["state"] for line in lines) == ["log_only", "matched", "provider_only"]


def test_columns_and_models_are_named(logged: World) -> None:
    """An export of any form is read with `--map` and `--model`."""
    export = f"when,what,n\n{DAY},model-x,2\n"

    told = _run(
        logged, export, "--map", "time=when", "--map", "model=what", "--map", "requests=n",
        "--model", "model-x=m",
    )  # fmt: skip

    assert told.exit_code == 0, told.output


def test_wrong_use(logged: World) -> None:
    """A field that does not exist, a provider that the log does not know, an empty export."""
    good = f"date,model,requests\n{DAY},m,2\n"

    assert _run(logged, good, "--map", "what=when").exit_code == 2
    assert _run(logged, good, "--provider", "two").exit_code == 2
    assert _run(logged, "date,model,requests\n").exit_code == 3


def test_several_providers_need_a_name(tmp_path: Path) -> None:
    """Else one provider's use would be held against another's."""
    made = world(tmp_path)
    ledger = made.ledger(SteadyClock())
    ledger.open()
    ledger.append([_exchange(1), _exchange(2, provider="two")])
    ledger.close()
    export = f"date,model,requests\n{DAY},m,1\n"

    assert _run(made, export).exit_code == 2
    assert _run(made, export, "--provider", "two").exit_code == 0
