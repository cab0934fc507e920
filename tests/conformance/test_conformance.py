"""The protocol's conformance suite ends through the gateway as it does directly."""

import pytest

from tests.conformance.differences import Difference, differences, documented, judged
from tests.conformance.runner import REVISIONS, NotInstalledError, Suite, installed
from tests.conformance.runs import Report, servers

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
    assert all(sum(counts) > 50 for counts in report.counts.values())


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
