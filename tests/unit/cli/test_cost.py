"""`guardrail-gw cost report`, as somebody who pays runs it."""

import csv
import io
import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from guardrail_gw.audit import facts
from guardrail_gw.audit.record import Draft
from guardrail_gw.cli.cost import command
from guardrail_gw.core.amounts import Usage
from guardrail_gw.core.exchange import Journal
from tests.support.audit_world import SteadyClock, World, inbound, outcome, placed, policy, world


def _exchange(number: int, cost: str, billed: str | None = None) -> list[Draft]:
    asked = inbound(number)
    usage = Usage(input=1000, output=20)
    journal = Journal(deployment="eu", usage=usage, cost_usd=cost, billed_usd=billed)
    outcome = facts.outcome(asked.arrival, journal, asked.arrival.received_us, None)
    return [facts.intent_allowed(asked, placed(asked), policy()), outcome]


@pytest.fixture(scope="module")
def logged(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A closed log of two priced exchanges."""
    made = world(tmp_path_factory.mktemp("logged"))
    ledger = made.ledger(SteadyClock())
    ledger.open()
    ledger.append([_exchange(1, "0.25"), _exchange(2, "1.5")])
    ledger.close()
    return made


def _run(logged: World, *arguments: str) -> Result:
    key: Path = logged.home / "keys" / "auditors" / "auditor.key"
    return CliRunner().invoke(command, ["report", str(logged.log), "--key", str(key), *arguments])


def test_a_table_for_a_person(logged: World) -> None:
    """The sum stands above, each group has its share."""
    told = _run(logged, "--by", "deployment")

    assert told.exit_code == 0
    assert "$1.75 in all" in told.output
    assert "100.0 %" in told.output
    assert "2,000" in told.output


def test_what_providers_ask_is_shown_where_they_say_it(logged: World, tmp_path: Path) -> None:
    """With the difference to what it costs here; else the table has no such column."""
    made = world(tmp_path)
    ledger = made.ledger(SteadyClock())
    ledger.open()
    ledger.append([_exchange(1, "0.25", "0.75"), _exchange(2, "1.5", "0.5")])
    ledger.close()

    told = _run(made, "--by", "deployment").output

    assert "billed" in told
    assert "$1.25" in told
    assert "-$0.5000" in told
    assert "billed" not in _run(logged, "--by", "deployment").output
    (row,) = json.loads(_run(made, "--by", "deployment", "--json").stdout)
    assert (row["billed_usd"], row["difference_usd"]) == ("1.25", "-0.50")


def test_a_table_for_a_spreadsheet(logged: World) -> None:
    """The same as CSV, exact and without rounding."""
    (row,) = csv.DictReader(io.StringIO(_run(logged, "--by", "deployment,month", "--csv").stdout))

    assert (row["deployment"], row["requests"], row["cost_usd"]) == ("eu", "2", "1.75")


def test_lines_for_a_machine(logged: World) -> None:
    """The same as JSON; without dimensions, one sum."""
    (row,) = json.loads(_run(logged, "--by", "", "--json").stdout)

    assert (row["requests"], row["input_tokens"], row["cost_usd"]) == (2, 2000, "1.75")


def test_names_give_no_orders(tmp_path: Path) -> None:
    """A client's model name is text: no markup, no control characters for the terminal."""
    made = world(tmp_path)
    asked = inbound(1)
    question = replace(asked.question, model="[/x]\x1b[2J")
    asked = replace(asked, question=question)
    ledger = made.ledger(SteadyClock())
    ledger.open()
    who = facts.Asked(inbound=asked)
    ledger.append([[facts.intent_refused(asked.arrival, None, who, None, None), outcome()]])
    ledger.close()

    told = _run(made, "--by", "model")

    assert told.exit_code == 0, told.exception
    assert "[/x]" in told.output
    assert "\x1b[2J" not in told.output


def test_a_record_that_is_being_written(logged: World, tmp_path: Path) -> None:
    """A last record that is not whole yet is left out, and the others are counted."""
    log = tmp_path / "log"
    shutil.copytree(logged.log, log)
    segment = next(log.glob("*.seg"))
    segment.write_bytes(segment.read_bytes() + b"\x00\x00\x01")
    key = logged.home / "keys" / "auditors" / "auditor.key"

    told = CliRunner().invoke(command, ["report", str(log), "--key", str(key), "--json"])

    assert [row["requests"] for row in json.loads(told.stdout)] == [2]


def test_an_empty_window(logged: World) -> None:
    """Nothing was spent before anything was asked."""
    told = _run(logged, "--until", "2000-01-01", "--json")

    assert json.loads(told.stdout) == []


def test_an_unknown_dimension(logged: World) -> None:
    """The message names the ones that there are."""
    told = _run(logged, "--by", "color")

    assert told.exit_code == 2
    assert "deployment" in told.output


def test_a_picture_for_a_meeting(logged: World, tmp_path: Path) -> None:
    """Beside the table; as SVG or as PNG, and as nothing else."""
    picture, small = tmp_path / "november.svg", tmp_path / "november.png"
    told = _run(logged, "--by", "team,model", "--since", "2020-01-01", "--chart", str(picture))
    also = _run(logged, "--chart", str(small))
    other = _run(logged, "--chart", str(tmp_path / "november.pdf"))

    drawn = picture.read_text(encoding="utf-8")
    assert told.exit_code == 0
    assert "$1.75 by team, then model" in drawn
    assert "2 requests, from 2020-01-01" in drawn
    assert also.exit_code == 0
    assert small.read_bytes().startswith(b"\x89PNG")
    assert other.exit_code == 2
    assert ".svg or .png" in other.output
