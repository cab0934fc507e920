"""Other policies tried on requests that are on record: what would have been decided otherwise.

A record holds kinds and numbers of what was found, never the text. So a finding counts as certain,
no `allow_values` names it, and what the policies then in force ignored is not on record.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from guardrail_gw.core.feature import Feature
from guardrail_gw.core.text import Entity
from guardrail_gw.policy.change import Change
from guardrail_gw.policy.decisions import (
    decided_otherwise,
    lawful as lawful_of,
    lawful_differs,
    outcome_differs,
)
from guardrail_gw.policy.explain import explain
from guardrail_gw.policy.explanation import Explanation, Facts, Outcome, Place, Seen
from guardrail_gw.policy.source import PolicySet

ATTACHMENTS_RULE = "attachments.allowed"
"""Stands among an intent's rules when content that nothing scans was let through."""
JUDGED_CODES = frozenset(
    {
        "content.unsupported",
        "policy.blocked",
        "policy.provider_feature",
        "policy.unavailable",
        "residency.no_lawful_upstream",
    }
)
"""Refusals that policies decide; a record with another one says nothing about policies."""
_EXAMPLES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """An intent record, opened."""

    index: int
    said: Mapping[str, Any] = field(repr=False)


@dataclass(slots=True, kw_only=True)
class Replay:
    """What trying came to."""

    requests: int = 0
    judged: int = 0
    """Requests about which policies decided."""
    differ: int = 0
    """Requests about which something would have been decided otherwise."""
    by_record: int = 0
    """Judged against what is on record, since the policies then in force were not given."""
    not_reproduced: int = 0
    """Requests whose recorded outcome the policies then in force do not explain from the record."""
    changes: Counter[Change] = field(default_factory=Counter)
    examples: dict[Change, list[int]] = field(default_factory=dict)
    """Indexes in the log of a few requests."""

    def note(self, index: int, changes: Sequence[Change]) -> None:
        """Count one request."""
        self.differ += bool(changes)
        for change in changes:
            self.changes[change] += 1
            shown = self.examples.setdefault(change, [])
            if len(shown) < _EXAMPLES:
                shown.append(index)


def replay(
    records: Iterable[Intent],
    candidate: PolicySet,
    *,
    former: Sequence[PolicySet] = (),
    places: Mapping[str, Place] | None = None,
) -> Replay:
    """Try `candidate` on each record.

    Args:
        records: intents, opened.
        candidate: the policies to try.
        former: policies that were in force; a record is compared with those of its digest, in
            every respect, and without them with what it says itself: outcome and deployments.
        places: deployment -> where it is; without it, places are not judged.
    """
    known = {each.digest: each for each in former}
    found = Replay()
    for record in records:
        found.requests += 1
        if not is_judged(record.said):
            continue
        found.judged += 1
        facts = facts_of(record.said, places or {})
        after = explain(candidate, facts)
        then = known.get(str(record.said.get("policy")))
        if then is None:
            found.by_record += 1
            found.note(record.index, tuple(_against_record(record.said, after)))
            continue
        before = explain(then, facts)
        found.not_reproduced += (before.outcome is Outcome.ALLOW) is not _allowed(record.said)
        found.note(record.index, decided_otherwise(before, after))
    return found


def is_judged(said: Mapping[str, Any]) -> bool:
    """Whether policies decided about this request, as opposed to a fault before or beside them."""
    return "tenant" in said and (_allowed(said) or said.get("code") in JUDGED_CODES)


def facts_of(said: Mapping[str, Any], places: Mapping[str, Place]) -> Facts:
    """What policies look at, as far as it is on record."""
    more = said.get("facts") or {}
    entities = said.get("entities") or more.get("entities") or {}
    rules = said.get("rules") or ()
    asked = [*(said.get("lawful") or ()), *_rejected(said), *_rejected(more)]
    return Facts(
        tenant=str(said["tenant"]),
        team=str(said.get("team")),
        surface=str(said.get("surface")),
        found=tuple(
            Seen(entity=Entity(e), score=1.0, count=count) for e, count in entities.items() if count
        ),
        attachments=ATTACHMENTS_RULE in rules or "attachments" in more,
        features=frozenset(Feature(f) for f in more.get("features") or () if f in set(Feature)),
        places={name: places[name] for name in asked if name in places},
        user=_text(said, "user"),
        key=_text(said, "key"),
        model=_text(said, "model"),
        stream=said.get("stream"),
        at_us=said.get("received_us"),
    )


def _text(said: Mapping[str, Any], name: str) -> str | None:
    value = said.get(name)
    return value if isinstance(value, str) else None


def _against_record(said: Mapping[str, Any], after: Explanation) -> Iterable[Change]:
    before = Outcome.ALLOW.value if _allowed(said) else str(said.get("code"))
    yield from outcome_differs(before, after.code or after.outcome.value)
    if _allowed(said):
        yield from lawful_differs(frozenset(said.get("lawful") or ()), lawful_of(after))


def _allowed(said: Mapping[str, Any]) -> bool:
    return said.get("decision") == "allowed"


def _rejected(said: Mapping[str, Any]) -> Collection[str]:
    return [str(each.get("deployment")) for each in said.get("rejected") or ()]
