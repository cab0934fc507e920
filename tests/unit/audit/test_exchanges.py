"""Intents beside their outcomes."""

from guardrail_gw.audit.exchanges import COLUMNS, UNKNOWN, exchanges
from guardrail_gw.audit.review import Opened

INTENT = {
    "request": "r1",
    "received_us": 5,
    "surface": "openai_chat",
    "tenant": "acme",
    "team": "web",
    "user": "site",
    "key": "k1",
    "model": "chat",
    "decision": "allowed",
    "entities": {"PERSON": 2, "IBAN_CODE": 1},
    "rules": ["default.token"],
    "policy": "sha256:ab",
    "lawful": ["eu"],
    "rejected": [{"deployment": "us", "reason": "residency.unlawful", "detail": "US"}],
}
OUTCOME = {
    "ending": "ok",
    "status": 200,
    "code": None,
    "duration_us": 7,
    "deployment": "eu",
    "attempts": [{"deployment": "de", "result": "timeout"}, {"deployment": "eu", "result": "ok"}],
    "usage": {"input": 3, "cached_input": 1, "output": 2},
    "cost_usd": "0.01",
    "provider_request_id": "p1",
}


def _intent(index: int) -> Opened:
    return Opened(index=index, kind="intent", ts_us=5, leaf={}, meta={**INTENT})


def _outcome(index: int, of: int) -> Opened:
    return Opened(index=index, kind="outcome", ts_us=9, leaf={"of": of}, meta={**OUTCOME})


def test_pairs_are_joined_whatever_lies_between() -> None:
    """Outcomes find their intents by index, in the order in which exchanges ended."""
    records = [_intent(1), _intent(2), _outcome(3, 2), _outcome(4, 1)]

    found = list(exchanges(records))

    assert [(e.index, e.outcome_index) for e in found] == [(2, 3), (1, 4)]


def test_an_intent_without_an_outcome_comes_last() -> None:
    """What became of it is unknown, and the row says so."""
    found = list(exchanges([_intent(1), _intent(2), _outcome(3, 2)]))

    assert [(e.index, e.row()["ending"]) for e in found] == [(2, "ok"), (1, UNKNOWN)]


def test_an_outcome_whose_intent_is_not_here_is_no_exchange() -> None:
    """The log may be a part; half a story is not told."""
    assert list(exchanges([_outcome(3, 2)])) == []


def test_a_row_is_flat() -> None:
    """Every column of one exchange, lists and counts as words."""
    (found,) = exchanges([_intent(1), _outcome(2, 1)])

    row = found.row()

    assert tuple(row) == COLUMNS
    assert row["entities"] == "IBAN_CODE=1 PERSON=2"
    assert row["rejected"] == "us=residency.unlawful"
    assert row["attempts"] == "de=timeout eu=ok"
    assert (row["input_tokens"], row["cached_input_tokens"], row["output_tokens"]) == (3, 1, 2)
    assert (row["tenant"], row["deployment"], row["cost_usd"]) == ("acme", "eu", "0.01")
