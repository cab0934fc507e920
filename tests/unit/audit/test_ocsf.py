"""Events for security monitoring: right by OCSF's own schema, chained, without what was said."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, strategies as st

from guardrail_gw.audit.exchanges import Exchange
from guardrail_gw.audit.ocsf import PROFILES, VERSION, events, fingerprint
from tests.support.ocsf import wrong

INTENT: dict[str, Any] = {
    "request": "r1",
    "received_us": 1_795_000_000_123_456,
    "surface": "openai_chat",
    "tenant": "acme",
    "team": "web",
    "user": "erika",
    "key": "k1",
    "model": "chat",
    "decision": "allowed",
    "entities": {"PERSON": 2},
    "rules": ["default/pii.PERSON"],
    "policy": "sha256:ab",
    "documents": ["default"],
    "lawful": ["eu"],
    "rejected": [{"deployment": "us", "reason": "residency.unlawful", "detail": "US"}],
}
OUTCOME: dict[str, Any] = {
    "ending": "ok",
    "status": 200,
    "code": None,
    "duration_us": 7_000_000,
    "deployment": "eu",
    "attempts": [
        {"deployment": "de", "provider": "one", "result": "timeout"},
        {"deployment": "eu", "provider": "two", "result": "ok"},
    ],
    "usage": {"input": 3, "cached_input": 1, "output": 2},
    "cost_usd": "0.01",
    "provider_request_id": "p1",
}
GOOD = Exchange(index=7, intent=INTENT, outcome=OUTCOME, outcome_index=8, origin="gw.example/1")
BLOCKED = replace(
    GOOD,
    intent={**INTENT, "decision": "blocked", "code": "policy.blocked", "lawful": None},
    outcome={"ending": "blocked", "code": "policy.blocked", "status": 403, "duration_us": 5},
)
STRANGER = Exchange(
    index=1,
    intent={"request": "r2", "surface": "models", "received_us": 5, "decision": "refused"},
    outcome={"ending": "refused", "code": "auth.unknown_key", "status": 401, "attempts": []},
    outcome_index=2,
    origin="gw.example/1",
)
UNKNOWN = replace(GOOD, outcome=None, outcome_index=None)


@pytest.mark.parametrize(
    "exchange", [GOOD, BLOCKED, STRANGER, UNKNOWN], ids=["good", "blocked", "stranger", "unknown"]
)
def test_an_event_is_right_by_the_schema(exchange: Exchange) -> None:
    """Every member exists in OCSF, has its type, and none that is required lacks."""
    (event,) = events([exchange])

    assert wrong(event) == []
    assert (event["metadata"]["version"], event["type_uid"]) == (VERSION, 600301)
    assert event["metadata"]["profiles"] == list(PROFILES)


def test_the_schema_finds_what_is_wrong() -> None:
    """A member that OCSF does not have, and one that is missing, are found."""
    (event,) = events([GOOD])

    assert wrong({**event, "prompt": "x"})
    assert wrong({name: value for name, value in event.items() if name != "api"})
    assert wrong({**event, "attestation_list": [{"uid": "x"}]})


def test_what_an_event_says() -> None:
    """Who asked which model of whom, what the gateway did, what it took."""
    (event,) = events([GOOD])

    assert event["actor"]["user"]["uid"] == "erika"
    assert event["ai_model"] == {"ai_provider": "two", "name": "chat"}
    assert (event["action"], event["disposition"], event["status"]) == (
        "Modified", "Allowed", "Success",
    )  # fmt: skip
    assert event["message_context"]["total_tokens"] == 6
    assert event["end_time"] - event["time"] == 7000
    assert event["metadata"]["log_name"] == "gw.example/1"
    assert event["metadata"]["sequence"] == 7


def test_a_blocked_request_is_an_alert() -> None:
    """What a policy blocked is denied, with the refusal's code."""
    (event,) = events([BLOCKED])

    assert (event["action"], event["is_alert"]) == ("Denied", True)
    assert event["status_detail"] == "policy.blocked"


@given(exchanges=st.lists(st.sampled_from([GOOD, BLOCKED, STRANGER, UNKNOWN]), min_size=1))
def test_a_chain_shows_what_lacks(exchanges: list[Exchange]) -> None:
    """Each fingerprint is that of its event, and each event names the one before it."""
    chained = list(events(exchanges))

    attested = [event["attestation_list"][0] for event in chained]
    assert [one["fingerprint"]["value"] for one in attested] == [fingerprint(e) for e in chained]
    for before, after in pairwise(attested):
        assert after["prev_event"]["fingerprint"] == before["fingerprint"]
    assert "prev_event" not in attested[0]
    assert len({one["chain_uid"] for one in attested}) == 1


def test_an_altered_event_does_not_fit() -> None:
    """Its fingerprint is another one, whatever member is changed."""
    (event,) = events([GOOD])

    assert fingerprint({**event, "status": "Failure"}) != fingerprint(event)
