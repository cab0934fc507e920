"""`guardrail-gw audit export`, as an auditor runs it."""

import csv
import io
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from guardrail_gw.audit.exchanges import COLUMNS
from guardrail_gw.audit.facts import intent_allowed
from guardrail_gw.audit.record import Draft
from guardrail_gw.cli.audit import command
from guardrail_gw.cli.audit_export import cell
from tests.support.audit_world import (
    START_US,
    SteadyClock,
    World,
    inbound,
    outcome,
    placed,
    policy,
    world,
)
from tests.support.ocsf import wrong


def _exchange(number: int) -> list[Draft]:
    asked = inbound(number)
    return [intent_allowed(asked, placed(asked), policy()), outcome()]


@pytest.fixture(scope="module")
def logged(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A closed log of two exchanges and an intent whose process was killed."""
    made = world(tmp_path_factory.mktemp("logged"))
    ledger = made.ledger(SteadyClock())
    ledger.open()
    ledger.append([_exchange(1), _exchange(2), _exchange(3)[:1]])
    ledger.close()
    return made


def _run(logged: World, *arguments: object) -> Result:
    key = logged.home / "keys" / "auditors" / "auditor.key"
    command_line = ["export", logged.log, "--key", key, *arguments]
    return CliRunner().invoke(command, [str(argument) for argument in command_line])


def test_a_table_for_spreadsheets(logged: World) -> None:
    """One row for each request, the unfinished one too, under named columns."""
    told = _run(logged)

    rows = list(csv.DictReader(io.StringIO(told.stdout)))
    assert told.exit_code == 0
    assert tuple(rows[0]) == ("received", *COLUMNS)
    assert [row["ending"] for row in rows].count("unknown") == 1
    assert len(rows) == 3


def test_lines_for_machines(logged: World, tmp_path: Path) -> None:
    """Each line has both records whole; without an outcome it says null; the owner alone reads."""
    out = tmp_path / "exchanges.jsonl"
    out.touch(0o644)

    told = _run(logged, "--format", "jsonl", "--out", out)

    lines = [json.loads(line) for line in out.read_text().splitlines()]
    assert told.stdout == ""
    assert out.stat().st_mode & 0o777 == 0o600
    assert [line["outcome"] is None for line in lines] == [False, False, True]
    assert all(line["intent"]["decision"] == "allowed" for line in lines)


def test_events_for_security_monitoring(logged: World) -> None:
    """Each line is an event that OCSF's schema allows, and leads back to its record."""
    told = _run(logged, "--format", "ocsf")

    found = [json.loads(line) for line in told.stdout.splitlines()]
    assert [wrong(event) for event in found] == [[], [], []]
    assert [event["metadata"]["sequence"] for event in found] == [1, 3, 5]
    assert found[0]["metadata"]["log_name"].startswith("log.example/")


def test_a_time_window(logged: World) -> None:
    """`--since` is the first moment that counts and `--until` the first that does not, in UTC."""
    first = datetime.fromtimestamp(START_US / 1e6, tz=UTC).strftime("%Y-%m-%dT%H:%M:%S")

    since, until = _run(logged, "--since", first), _run(logged, "--until", first)

    assert len(since.stdout.splitlines()) == 4
    assert len(until.stdout.splitlines()) == 1


@pytest.mark.parametrize(
    "begun", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "\nx", " =1", "\uff1d1"]
)
def test_no_cell_begins_like_a_formula(begun: str) -> None:
    """A text that a spreadsheet would run gets a quote before it."""
    assert cell(begun) == "'" + begun


@pytest.mark.parametrize("harmless", ["chat", "a=b", 5, -5, None, 0.5])
def test_other_cells_stay(harmless: str | float | None) -> None:
    """Numbers, and texts that begin otherwise, are as they were."""
    assert cell(harmless) == harmless
