"""The protocol's conformance suite ends through the gateway as it does directly."""

import pytest

from tests.conformance.differences import Difference, differences, documented, judged, left_out
from tests.conformance.page import (
    PAGE,
    differences as differences_told,
    left_out as left_out_told,
    rows,
)
from tests.conformance.runner import REVISIONS, NotInstalledError, Suite, installed
from tests.conformance.runs import Report, clients, servers

ONE = Difference("server", "tools", "listed", "SUCCESS", "FAILURE")


@pytest.fixture
def suite() -> Suite:
    """The suite; skips where it is not installed."""
    try:
        return installed()
    except NotInstalledError as missing:
        pytest.skip(str(missing))


@pytest.mark.timeout(900)
@pytest.mark.allow_blocking
@pytest.mark.parametrize("revision", REVISIONS)
async def test_every_check_of_a_server_ends_as_without_the_gateway(
    suite: Suite, revision: str
) -> None:
    """But for what is written down, with the policy that replaces nothing and one that does."""
    report = Report()

    await servers(suite, report, [revision])

    assert judged(report.found, documented(), report.runs) == ([], [])
    assert all(row in PAGE.read_text(encoding="utf-8") for row in rows(report))


@pytest.mark.timeout(900)
@pytest.mark.allow_blocking
@pytest.mark.parametrize("revision", REVISIONS)
async def test_every_check_of_a_client_ends_as_without_the_gateway(
    suite: Suite, revision: str
) -> None:
    """And the client gets the same, also with an access token that the server wants."""
    report = Report()

    await clients(suite, report, [revision])

    assert judged(report.found, documented(), report.runs) == ([], [])
    assert all(row in PAGE.read_text(encoding="utf-8") for row in rows(report))


@pytest.mark.allow_blocking
async def test_what_is_left_out_is_there(suite: Suite) -> None:
    """A scenario that the suite does not have any more needs no reason."""
    there = [await suite.names(revision) for revision in REVISIONS]

    assert left_out().keys() <= frozenset().union(*there)
    assert all(len(names) > 40 for names in there)


def test_the_page_says_what_is_written_down() -> None:
    """Of differences, and of scenarios that are left out; `make conformance` writes the rest."""
    written = PAGE.read_text(encoding="utf-8")

    assert differences_told(documented()) in written
    assert left_out_told(left_out()) in written


def test_a_check_that_ends_otherwise_is_a_difference() -> None:
    """So is one that is not made at all, and one that is made once less."""
    direct = {("tools", "listed"): ("SUCCESS",), ("tools", "called"): ("SUCCESS", "FAILURE")}
    through = {("tools", "listed"): ("FAILURE",), ("tools", "called"): ("FAILURE", "SUCCESS")}

    assert differences("server", direct, through) == [ONE]
    assert differences("server", direct, {})[1].through == "absent"


def test_what_nobody_wrote_down_and_what_is_none_any_more_are_both_wrong() -> None:
    """Of the runs that were tried alone."""
    assert judged([ONE], {}, ["server"]) == ([ONE], [])
    assert judged([], {ONE: "why"}, ["server"]) == ([], [ONE])
    assert judged([], {ONE: "why"}, ["client"]) == ([], [])
    assert judged([ONE], {ONE: "why"}, ["server"]) == ([], [])


def test_every_documented_difference_has_a_reason() -> None:
    """One sentence at least."""
    assert all(len(reason) > 30 for reason in documented().values())
    assert all(left_out().values())
