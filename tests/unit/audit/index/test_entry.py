"""What the index takes from an exchange."""

from typing import Any

from guardrail_gw.audit.exchanges import Exchange
from guardrail_gw.audit.index.entry import Entry, entry_of


def _entry(intent: dict[str, Any], outcome: dict[str, Any] | None = None) -> Entry:
    exchange = Exchange(index=1, intent=intent, outcome=outcome, outcome_index=None)
    return entry_of(exchange, lambda countries: "EU" if countries == {"DE"} else "unknown")


PLACES = {"eu": {"provider": "p", "inference": ["DE"], "storage": ["DE"]}}


def test_an_attempt_has_the_place_that_its_intent_names() -> None:
    """A deployment is where the record says it was, and nowhere if the record says nothing."""
    attempts = [{"deployment": name, "provider": "p", "result": "ok"} for name in ("eu", "old")]

    entry = _entry({"places": PLACES, "decision": "allowed"}, {"attempts": attempts})

    assert [(a.jurisdiction, a.countries) for a in entry.attempts] == [
        ("EU", "DE"),
        ("unknown", ""),
    ]


def test_who_was_asked_counts_also_when_nothing_came_of_it() -> None:
    """A request that no attempt answered is traffic to each place that was asked."""
    attempts = [{"deployment": "eu", "provider": "p", "result": "timeout"}]

    entry = _entry(
        {"places": PLACES, "decision": "allowed"}, {"ending": "timeout", "attempts": attempts}
    )

    assert entry.words["provider"] == "p"
    assert ("traffic", "EU", "", 0) in list(entry.sums())


def test_an_exchange_without_an_outcome_is_unknown() -> None:
    """It is not taken for one that ended well."""
    entry = _entry({"decision": "allowed", "user": "erika"})

    assert (entry.words["ending"], entry.words["subject"]) == ("unknown", "erika")


def test_the_subject_is_who_the_log_names() -> None:
    """Where a record names a subject, that is the person, and not the user."""
    entry = _entry({"decision": "allowed", "user": "robot", "subject": "erika"})

    assert (entry.words["user"], entry.words["subject"]) == ("robot", "erika")


def test_a_refusal_counts_under_its_rules_or_its_code() -> None:
    """The rules of the policy say why; where there are none the code does."""
    ruled = _entry({"decision": "blocked", "code": "policy.blocked", "facts": {"rules": ["d/x"]}})
    coded = _entry({"decision": "refused", "code": "auth.unknown_key", "facts": {"rules": "odd"}})

    assert (ruled.reasons, coded.reasons) == (("d/x",), ("auth.unknown_key",))


def test_costs_are_kept_to_a_billionth_of_a_dollar() -> None:
    """The index counts in whole numbers."""
    entry = _entry({"decision": "allowed"}, {"deployment": "eu", "cost_usd": "0.0000000014"})

    assert entry.numbers[-1] == 1
