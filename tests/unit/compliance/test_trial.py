"""Test runs as pytest writes them."""

from pathlib import Path

import pytest

from guardrail_gw.compliance.result import Status
from guardrail_gw.compliance.trial import check_tests, read_run
from guardrail_gw.errors import ConfigError

RUN = """<?xml version="1.0"?><testsuites><testsuite>
<testcase classname="tests.unit.test_a" name="test_good[1]"/>
<testcase classname="tests.unit.test_a" name="test_good[2]"><system-out>x</system-out></testcase>
<testcase classname="tests.unit.test_a" name="test_bad[1]"><failure>x</failure></testcase>
<testcase classname="tests.unit.test_a" name="test_bad[2]"/>
<testcase classname="tests.unit.test_a" name="test_part[1]"/>
<testcase classname="tests.unit.test_a" name="test_part[2]"><skipped/></testcase>
<testcase classname="tests.unit.test_a" name="test_broken"><error/></testcase>
</testsuite></testsuites>"""


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("test_good", Status.PASS),
        ("test_bad", Status.FAIL),
        ("test_part", Status.NOT_TESTED),
        ("test_broken", Status.FAIL),
        ("test_absent", Status.NOT_TESTED),
    ],
)
def test_the_worst_of_a_test_counts(tmp_path: Path, name: str, status: Status) -> None:
    """One failed parameter fails a test, one skipped leaves it not tested, as does its absence."""
    path = tmp_path / "run.xml"
    path.write_text(RUN, encoding="utf-8")
    test = f"tests/unit/test_a.py::{name}"

    results = check_tests([test], read_run(path))

    assert results[test].status is status


def test_without_a_run_nothing_is_tested() -> None:
    """A test that exists has not passed by that."""
    assert check_tests(["t"], None)["t"].status is Status.NOT_TESTED


@pytest.mark.parametrize("text", ["not XML", '<!DOCTYPE t [<!ENTITY a "b">]><t>&a;</t>'])
def test_what_is_no_run_is_refused(tmp_path: Path, text: str) -> None:
    """Neither other files nor entities that could grow are read."""
    path = tmp_path / "run.xml"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(ConfigError):
        read_run(path)
