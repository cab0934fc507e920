"""`guardrail-gw compliance`, as somebody who gathers evidence runs it."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from guardrail_gw.audit import facts
from guardrail_gw.cli.compliance import command
from guardrail_gw.compliance.controls import Controls
from guardrail_gw.core.exchange import Attempt, Journal
from guardrail_gw.core.shipped import shipped
from tests.support.audit_world import SteadyClock, World, inbound, placed, policy, world

CONTROLS = Controls.load(shipped("compliance"))


@pytest.fixture(scope="module")
def logged(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A closed log of two exchanges, tried at the lawful deployment."""
    made = world(tmp_path_factory.mktemp("logged"))
    ledger = made.ledger(SteadyClock())
    ledger.open()
    for number in (1, 2):
        asked = inbound(number)
        journal = Journal(deployment="eu-1", attempts=[attempt(asked.arrival.received_us)])
        ended = facts.outcome(asked.arrival, journal, asked.arrival.received_us, None)
        ledger.append([[facts.intent_allowed(asked, placed(asked), policy()), ended]])
    ledger.close()
    return made


def attempt(started_us: int) -> Attempt:
    """One at the lawful deployment."""
    return Attempt(
        deployment="eu-1",
        provider="standin",
        model="m",
        result="ok",
        started_us=started_us,
        duration_us=1,
        sent_sha256="00" * 32,
    )


def run(*arguments: object) -> Result:
    """The command's answer."""
    return CliRunner().invoke(command, [str(a) for a in arguments], catch_exceptions=False)


def of_log(logged: World) -> tuple[object, ...]:
    """The options that open it."""
    key = logged.home / "keys" / "auditors" / "auditor.key"
    return ("--log", logged.log, "--public", logged.public_folder, "--key", key)


def test_nothing_given_ends_with_3() -> None:
    """What nobody looked at is not tested, and that is neither yes nor no."""
    told = run("check")

    assert told.exit_code == 3
    assert f"0 pass, 0 fail, {len(CONTROLS.controls)} not tested" in " ".join(told.output.split())


def test_a_log_is_looked_at_on_record(logged: World) -> None:
    """With a key its contents are checked, and the look is in the access log."""
    told = run("check", *of_log(logged), "--json")

    checks = {c["check"]: c for each in json.loads(told.stdout)["controls"] for c in each["checks"]}
    assert checks["log-verifies"]["status"] == "pass"
    assert checks["attempts-lawful"]["said"].startswith("2 exchanges")
    assert logged.log.with_name("log.access").exists()


def test_a_failed_test_ends_with_1(tmp_path: Path) -> None:
    """One failure in the test run is a no, and is told by its name."""
    first = CONTROLS.controls[0].tests[0]
    module, _, name = first.partition("::")
    classname = module.removesuffix(".py").replace("/", ".")
    path = tmp_path / "run.xml"
    path.write_text(f'<a><testcase classname="{classname}" name="{name}"><error/></testcase></a>')

    told = run("check", "--tests", path)

    assert told.exit_code == 1
    assert name in told.output.replace("\n", "")


def test_the_clauses_of_a_framework_are_shown(logged: World) -> None:
    """When asked for; where nothing is claimed they say so, and nothing is called kept."""
    told = run("check", *of_log(logged), "--framework", "pci-dss")

    assert "10.6" in told.output
    assert "no control" in told.output
    assert "compliant" not in told.output.lower()


def test_a_framework_that_is_not_there_is_wrong_use() -> None:
    """The known ones are named."""
    told = CliRunner().invoke(command, ["check", "--framework", "gpdr"])

    assert told.exit_code == 2
    assert "gdpr" in told.output


def test_a_report_is_one_file(logged: World, tmp_path: Path) -> None:
    """It says what was looked at and shows where requests went."""
    out = tmp_path / "report.html"

    told = run("report", *of_log(logged), "--out", out, "--title", "Support chat")

    text = out.read_text(encoding="utf-8")
    assert told.exit_code == 0
    assert "opened: 2 exchanges" in text
    assert "<bdi>eu-1</bdi>" in text
    assert "Support chat" in text


@pytest.mark.parametrize("name", ["ropa", "transfers"])
def test_statements_need_traffic_and_terms(logged: World, name: str) -> None:
    """Without a configuration nobody knows who the recipients are."""
    told = CliRunner().invoke(command, [name, *map(str, of_log(logged))])

    assert told.exit_code == 2
    assert "--config" in told.output


def test_a_key_needs_a_log(logged: World) -> None:
    """A key alone opens nothing."""
    told = CliRunner().invoke(
        command, ["check", "--key", str(logged.home / "keys" / "auditors" / "auditor.key")]
    )

    assert told.exit_code == 2
    assert "--log" in told.output
