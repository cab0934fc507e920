"""`guardrail-gw audit merge`, as an auditor of several gateways runs it."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from guardrail_gw.audit.access import access_path, accesses
from guardrail_gw.audit.seal import SealError
from guardrail_gw.cli.audit import command
from tests.support.audit_world import SteadyClock, World, pair, world


def _logged(home: Path, clock: SteadyClock, count: int) -> World:
    made = world(home)
    ledger = made.ledger(clock)
    ledger.open()
    for number in range(count):
        clock.pass_s(1)
        ledger.append([pair(number)])
    ledger.close()
    return made


@pytest.fixture
def two(tmp_path: Path) -> tuple[World, World]:
    """Two gateways with keys of their own."""
    clock = SteadyClock()
    return _logged(tmp_path / "a", clock, 2), _logged(tmp_path / "b", clock, 1)


def _run(*arguments: object) -> Result:
    return CliRunner().invoke(command, ["merge", *map(str, arguments)])


def test_one_timeline_with_each_logs_state(two: tuple[World, World]) -> None:
    """Without keys: the verdict on each log, then every record in the order of its time."""
    a, b = two

    told = _run(a.log, b.log)

    assert told.exit_code == 0, told.output
    assert told.stdout.count(" ok") >= 2
    assert told.stdout.count("intent") == 3
    assert "erika" not in told.stdout


def test_for_machines(two: tuple[World, World]) -> None:
    """First a line for each log, then one for each record."""
    a, b = two

    lines = [json.loads(line) for line in _run(a.log, b.log, "--json").stdout.splitlines()]

    assert [line["verdict"] for line in lines[:2]] == ["ok", "ok"]
    assert len({line["origin"] for line in lines[:2]}) == 2
    times = [line["time"] for line in lines[2:]]
    assert times == sorted(times)
    assert {line["log"] for line in lines[2:]} == {1, 2}


def test_with_keys_metadata_is_shown_and_the_look_recorded(two: tuple[World, World]) -> None:
    """A key of each gateway is needed; each log has its own record of the look."""
    a, b = two
    keys = [w.home / "keys" / "auditors" / "auditor.key" for w in two]

    told = _run(a.log, b.log, "--key", keys[0], "--key", keys[1], "--kind", "intent")
    lacking = _run(a.log, b.log, "--key", keys[0])

    assert told.stdout.count("erika") == 3
    assert isinstance(lacking.exception, SealError)
    for made in two:
        assert next(accesses(access_path(made.log))).act == "merge"
    acts = [each.act for each in accesses(access_path(a.log))]
    assert acts.count("merge") == acts.count("merge.ended") == 2, "a look that broke off has no end"


def test_a_damaged_log_does_not_hide_the_others(two: tuple[World, World]) -> None:
    """Its verdict is told, and the exit code is the gravest of all."""
    a, b = two
    segment = next(a.log.glob("*.seg"))
    data = bytearray(segment.read_bytes())
    data[len(data) // 2] ^= 1
    segment.write_bytes(data)

    told = _run(a.log, b.log)

    assert told.exit_code == 1
    assert "tampered" in told.stdout
    assert "record.corrupt" in told.stdout.replace("\n", "") or "record" in told.stdout
    assert " 2 " in told.stdout
