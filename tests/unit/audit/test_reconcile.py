"""The log beside the provider's word: what only one of them knows."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given, strategies as st

from guardrail_gw.audit.exchanges import Exchange
from guardrail_gw.audit.findings import Verdict
from guardrail_gw.audit.reconcile import ALL_MODELS, Reconciliation, State, reconcile, sent
from guardrail_gw.audit.usage_export import Used

DAY = date(2026, 3, 1)
DAY_US = 1772323200_000_000


def _exchange(
    index: int, *results: str, request_id: str | None = None, outcome: bool = True
) -> Exchange:
    attempts = [
        {"deployment": "eu", "provider": "one", "model": "m", "result": r, "started_us": DAY_US}
        for r in results
    ]
    ended: dict[str, Any] = {
        "ending": "ok",
        "attempts": attempts,
        "usage": {"input": 10, "cached_input": 2, "output": 5} if results[-1:] == ("ok",) else None,
        "provider_request_id": request_id,
    }
    return Exchange(
        index=index,
        intent={"received_us": DAY_US, "decision": "allowed"},
        outcome=ended if outcome else None,
        outcome_index=index + 1 if outcome else None,
    )


def _day(requests: int | None, read: int, written: int, model: str = "m") -> Used:
    return Used(day=DAY, model=model, requests=requests, input_tokens=read, output_tokens=written)


def _compared(exchanges: list[Exchange], *theirs: Used) -> Reconciliation:
    return reconcile(sent(exchanges), theirs)


def test_both_agree() -> None:
    """Two answered requests, counted by both."""
    result = _compared([_exchange(1, "ok"), _exchange(3, "ok")], _day(2, 24, 10))

    assert (result.verdict, [line.state for line in result.lines]) == (
        Verdict.OK, [State.MATCHED],
    )  # fmt: skip


def test_the_provider_saw_a_request_that_is_not_in_the_log() -> None:
    """Billed nine, recorded eight."""
    result = _compared([_exchange(n, "ok") for n in range(8)], _day(9, 9 * 12, 9 * 5))

    assert result.verdict is Verdict.TAMPERED
    (line,) = result.of(State.PROVIDER_ONLY)
    assert line.log is not None
    assert line.provider is not None
    assert (line.log.requests, line.provider.requests) == (8, 9)


def test_tokens_tell_where_requests_are_not_counted() -> None:
    """One provider counts tokens only; more of them than were recorded is told."""
    assert _compared([_exchange(1, "ok")], _day(None, 12, 5)).verdict is Verdict.OK
    assert _compared([_exchange(1, "ok")], _day(None, 13, 5)).verdict is Verdict.TAMPERED
    assert _compared([_exchange(1, "ok")], _day(None, 11, 5)).verdict is Verdict.INCOMPLETE


def test_attempts_whose_end_is_not_known_leave_room() -> None:
    """A timeout, or a process that died, may have been counted or not; a refused socket was not."""
    doubtful = [_exchange(1, "ok"), _exchange(3, "timeout"), _exchange(5, outcome=False)]

    for requests in (1, 2, 3):
        assert _compared(doubtful, _day(requests, 12, 5)).verdict is Verdict.OK
    assert _compared(doubtful, _day(4, 12, 5)).verdict is Verdict.TAMPERED
    assert _compared([_exchange(1, "connect", "ok")], _day(2, 12, 5)).verdict is Verdict.TAMPERED


def test_the_log_says_more() -> None:
    """An answered request of which the provider does not know is told."""
    result = _compared([_exchange(1, "ok"), _exchange(3, "ok")], _day(1, 12, 5))

    assert result.verdict is Verdict.INCOMPLETE
    assert [line.state for line in result.lines] == [State.LOG_ONLY]


def test_requests_one_by_one() -> None:
    """With request ids, each side's own are listed."""
    ours = [_exchange(1, "ok", request_id="a"), _exchange(3, "ok", request_id="b")]
    theirs = [Used(day=DAY, model="m", request_id=name) for name in ("b", "c")]

    result = _compared(ours, *theirs)

    assert result.verdict is Verdict.TAMPERED
    assert {(line.state, line.request_id, line.index) for line in result.lines} == {
        (State.MATCHED, "b", 3),
        (State.PROVIDER_ONLY, "c", None),
        (State.LOG_ONLY, "a", 1),
    }


def test_a_request_id_counts_once() -> None:
    """A provider that names a request twice was used twice, or has sent the row twice."""
    row = Used(day=DAY, model="m", request_id="a")

    result = _compared([_exchange(1, "ok", request_id="a")], row, row)

    assert result.verdict is Verdict.TAMPERED


def test_other_days_are_not_judged() -> None:
    """Only the days of which the export speaks are compared."""
    other = Used(day=date(2026, 3, 5), model="m", requests=0, input_tokens=0, output_tokens=0)

    result = _compared([_exchange(1, "ok")], other)

    assert (result.verdict, result.days) == (Verdict.OK, (other.day, other.day))


@pytest.mark.parametrize("theirs", ["m-2025-04-14", "m-20250414", "m@20250414"])
def test_dated_models(theirs: str) -> None:
    """A model's name with a date is the model; a name that differs is given."""
    ours = [_exchange(1, "ok")]

    assert reconcile(sent(ours), [_day(1, 12, 5, theirs)]).verdict is Verdict.OK
    assert reconcile(sent(ours), [_day(1, 12, 5, "n")], {"n": "m"}).verdict is Verdict.OK
    assert reconcile(sent(ours), [_day(1, 12, 5, "n")]).verdict is Verdict.TAMPERED


def test_an_export_that_does_not_tell_models_apart() -> None:
    """Then the sums of a day over all models are compared, and nothing is left out."""
    good = _compared([_exchange(1, "ok")], _day(1, 12, 5, ""))
    more = _compared([_exchange(1, "ok")], _day(2, 24, 10, ""))

    assert (good.verdict, more.verdict) == (Verdict.OK, Verdict.TAMPERED)
    assert [line.model for line in good.lines] == [ALL_MODELS]


def test_an_empty_export_proves_nothing() -> None:
    """Without a row nothing was compared."""
    assert _compared([_exchange(1, "ok")]).verdict is Verdict.UNVERIFIABLE


@given(answered=st.integers(0, 5), doubtful=st.integers(0, 5), billed=st.integers(0, 12))
def test_what_is_not_explained_is_told(answered: int, doubtful: int, billed: int) -> None:
    """Requests beyond those recorded are always told, fewer than the answered ones too."""
    ours = [_exchange(2 * n, "ok") for n in range(answered)]
    ours += [_exchange(100 + 2 * n, "timeout") for n in range(doubtful)]

    verdict = _compared(ours, Used(day=DAY, model="m", requests=billed)).verdict

    expected = Verdict.OK if answered <= billed <= answered + doubtful else None
    assert (verdict is Verdict.OK) == (expected is Verdict.OK)
    assert (verdict is Verdict.TAMPERED) == (billed > answered + doubtful)
