"""Sums over exchanges, with the records behind them."""

from typing import Any

from guardrail_gw.audit.exchanges import Exchange
from guardrail_gw.compliance.traffic import Records, Traffic


def exchange(index: int, *deployments: str, ended: bool = True, **said: Any) -> Exchange:
    """One that was tried at these deployments."""
    intent = {
        "decision": "allowed",
        "received_us": 1000 + index,
        "tenant": "t",
        "team": "a",
        **said,
    }
    outcome = {"attempts": [{"deployment": d} for d in deployments]} if ended else None
    return Exchange(index=index, intent=intent, outcome=outcome, outcome_index=None)


def test_what_was_tried_counts_as_sent() -> None:
    """A failed attempt brought the request to its deployment all the same; twice is one request."""
    traffic = Traffic()
    traffic.add(exchange(1, "us", "us", "eu", entities={"PERSON": 2}))
    traffic.add(exchange(2, "eu"))

    assert {name: flow.records.count for name, flow in traffic.flows.items()} == {"us": 1, "eu": 2}
    assert traffic.flows["us"].attempts == 2
    assert traffic.flows["us"].entities == {"PERSON": 2}
    assert traffic.flows["eu"].teams == {"t/a"}


def test_what_is_not_known_is_told() -> None:
    """An allowed request without an outcome may have been sent; a refused one was not."""
    traffic = Traffic()
    traffic.add(exchange(3, ended=False))
    traffic.add(exchange(4, ended=False, decision="refused", code="policy.blocked"))

    assert (traffic.unknown.count, traffic.unknown.first) == (1, [3])
    assert traffic.refusals == {"policy.blocked": 1}
    assert traffic.decisions == {"allowed": 1, "refused": 1}


def test_records_are_named_few_and_the_last() -> None:
    """The first five and the highest, however many there are."""
    records = Records()
    for index in (9, 3, 4, 5, 6, 7):
        records.add(index, index * 10)

    assert str(records) == "9, 3, 4, 5, 6 … 9"
    assert (records.since_us, records.until_us) == (30, 90)
    assert str(Records()) == "none"
