"""Laws of whole policy folders, as people write them: documents in, decisions out."""

import json
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from hypothesis import assume, given, settings, strategies as st

from guardrail_gw.core.feature import Feature
from guardrail_gw.core.text import Entity
from guardrail_gw.policy.change import Way
from guardrail_gw.policy.decisions import decided_otherwise
from guardrail_gw.policy.diff import diff
from guardrail_gw.policy.document import Attachments, Code, WrittenAction
from guardrail_gw.policy.explain import explain
from guardrail_gw.policy.explanation import Explanation, Facts, Outcome, Place, Seen
from guardrail_gw.policy.policy import Cache, Detail, OnViolation, Opened, Store
from guardrail_gw.policy.source import PolicySet, load_set
from tests.support.policies import vocabulary

Document = dict[str, Any]
KINDS = ("PERSON", "URL", "IBAN_CODE")
NAMES = ("crm", "crm-east", "sales", "sales-east")
GLOBS = ("*", "crm", "crm-*", "*-east", "sales")
VALUES = ("anna", "bonn")
COUNTRIES = ("DE", "FR", "NO", "US")
WORDS = replace(vocabulary(), surfaces=frozenset({"openai_chat", "openai_images"}))
SURFACES = sorted(WORDS.surfaces)


def some(words: Sequence[str]) -> st.SearchStrategy[list[str]]:
    """A list of some of them."""
    return st.lists(st.sampled_from(words), min_size=1, max_size=2, unique=True)


LINES = st.fixed_dictionaries(
    {"action": st.sampled_from([a.value for a in WrittenAction])},
    optional={"min_score": st.sampled_from([0.2, 0.5, 0.9]), "allow_values": some(VALUES)},
)
RESIDENCY = st.fixed_dictionaries(
    {
        "allow_jurisdictions": some(["EU", "EEA", "UK", "US", "CH"]),
        "when": st.sampled_from(["always", "pii_detected"]) | some(KINDS),
        "on_violation": st.sampled_from([v.value for v in OnViolation]),
    }
)
SPECS = st.fixed_dictionaries(
    {
        "match": st.fixed_dictionaries(
            {}, optional={"team": some(GLOBS), "endpoint": some(["*", *SURFACES])}
        ),
        "pii": st.fixed_dictionaries(
            {"default": LINES},
            optional={
                "entities": st.dictionaries(st.sampled_from(KINDS), LINES, max_size=2),
                "code": st.sampled_from([c.value for c in Code]),
            },
        ),
    },
    optional={
        "store": st.sampled_from([s.value for s in Store]),
        "cache": st.sampled_from([c.value for c in Cache]),
        "surfaces": st.dictionaries(
            st.sampled_from([s.value for s in Opened]), st.sampled_from(["allow", "refuse"])
        ),
        "attachments": st.sampled_from([a.value for a in Attachments]),
        "residency": RESIDENCY,
        "provider_features": some([f.value for f in Feature]),
        "audit": st.fixed_dictionaries({"detail": st.sampled_from([d.value for d in Detail])}),
    },
)
LINES_OF_A_SPEC = (
    "match", "attachments", "provider_features", "audit", "store", "cache", "surfaces", "when"
)  # fmt: skip
WHENS = st.sampled_from(
    [
        "true",
        "stream",
        'model.startsWith("large") && !stream',
        "time.hour >= 18 || time.weekday > 5",
        'features.exists(f, f == "storage")',
        'features[1] == "storage"',
        "attachments",
        "found.PERSON >= 2",
        "found.total > 1 && (stream || found.IBAN_CODE >= 1)",
    ]
)
BESIDE = st.fixed_dictionaries(
    {"when": WHENS},
    optional={
        "match": st.fixed_dictionaries({}, optional={"team": some(GLOBS)}),
        "pii": st.fixed_dictionaries(
            {},
            optional={
                "default": LINES,
                "entities": st.dictionaries(st.sampled_from(KINDS), LINES, max_size=2),
            },
        ),
        "store": st.sampled_from([Store.ASKED.value, Store.AS_SENT.value]),
        "cache": st.sampled_from([c.value for c in Cache]),
        "surfaces": st.dictionaries(
            st.sampled_from([s.value for s in Opened]), st.sampled_from(["allow", "refuse"])
        ),
        "attachments": st.sampled_from([a.value for a in Attachments]),
        "residency": RESIDENCY,
        "provider_features": some([f.value for f in Feature]),
        "audit": st.fixed_dictionaries({"detail": st.sampled_from([d.value for d in Detail])}),
    },
)
"""Policies with a condition, which may leave everything else out."""
FOLDERS = st.builds(
    lambda always, beside: [*always, *beside],
    st.lists(SPECS, min_size=1, max_size=2),
    st.lists(BESIDE, max_size=2),
)
PLACES = st.sampled_from([frozenset({c}) for c in COUNTRIES] + [frozenset(), frozenset(COUNTRIES)])
SEEN = st.builds(
    Seen,
    entity=st.sampled_from([Entity(k) for k in (*KINDS, "JWT")]),
    score=st.sampled_from([0.1, 0.3, 0.6, 1.0]),
    value=st.sampled_from([None, "Anna", "Ulm"]),
    looks_in_code=st.booleans(),
    count=st.sampled_from([1, 2]),
)
FACTS = st.builds(
    Facts,
    tenant=st.just("acme"),
    team=st.sampled_from(NAMES),
    surface=st.sampled_from(SURFACES),
    found=st.lists(SEEN, max_size=3),
    attachments=st.sampled_from([False, False, True]),
    features=st.frozensets(st.sampled_from(Feature), max_size=2),
    places=st.dictionaries(
        st.sampled_from(["one", "two"]), st.builds(Place, inference=PLACES, storage=PLACES)
    ),
    model=st.sampled_from(["large", "small", "", None]),
    stream=st.sampled_from([True, False, None]),
    at_us=st.sampled_from([0, 1_764_190_000_000_000, None]),
)


def loaded(specs: Sequence[Document], names: str = "abcdefgh") -> PolicySet:
    """A folder of these documents, read as the gateway reads it; JSON is YAML, too."""
    with tempfile.TemporaryDirectory() as folder:
        for name, spec in zip(names, specs, strict=False):
            said = {
                "apiVersion": "guardrail-gw/v1",
                "kind": "Policy",
                "metadata": {"id": name, "version": 1, "owner": "o", "description": "d"},
                "spec": spec,
            }
            (Path(folder) / f"{name}.yaml").write_text(json.dumps(said), encoding="utf-8")
        return load_set(Path(folder), WORDS)


def widens(before: Explanation, after: Explanation) -> bool:
    """Whether something passes that did not."""
    return any(c.way.lets_more_pass for c in decided_otherwise(before, after))


@given(specs=FOLDERS, more=SPECS | BESIDE, facts=FACTS)
@settings(max_examples=70, deadline=None)
def test_one_more_document_only_narrows(
    specs: list[Document], more: Document, facts: Facts
) -> None:
    """For everybody who has a policy, a document that is added lets nothing more pass."""
    before = explain(loaded(specs), facts)
    assume(before.outcome is not Outcome.UNMATCHED)

    after = explain(loaded([*specs, more]), facts)

    assert not widens(before, after)


@given(specs=FOLDERS, more=SPECS | BESIDE)
@settings(max_examples=40, deadline=None)
def test_a_comparison_says_so_too(specs: list[Document], more: Document) -> None:
    """Of a document that is added, `diff` says that it narrows, or that it serves more callers."""
    found = diff(loaded(specs), loaded([*specs, more]), SURFACES)

    assert {each.change.way for each in found if each.change.subject != "requests"} <= {Way.NARROWS}


@given(specs=FOLDERS, facts=FACTS)
@settings(max_examples=30, deadline=None)
def test_names_decide_nothing(specs: list[Document], facts: Facts) -> None:
    """Documents under other names, so read in another order, decide the same."""
    one, other = explain(loaded(specs), facts), explain(loaded(specs, "zyxwvuts"), facts)

    assert decided_otherwise(one, other) == ()
    assert one.outcome is other.outcome


@given(before=FOLDERS, donor=SPECS, line=st.sampled_from(LINES_OF_A_SPEC), facts=FACTS)
@settings(max_examples=120, deadline=None)
def test_no_request_passes_that_the_comparison_does_not_tell(
    before: list[Document], donor: Document, line: str, facts: Facts
) -> None:
    """If anything passes after one line has changed, `diff` says that something widens."""
    changed = {name: value for name, value in before[0].items() if name != line}
    after = [changed | ({line: donor[line]} if line in donor else {}), *before[1:]]
    old, new = loaded(before), loaded(after)
    passes = widens(explain(old, facts), explain(new, facts))

    assert not passes or any(each.change.way.lets_more_pass for each in diff(old, new, SURFACES))


@given(before=RESIDENCY, after=st.none() | RESIDENCY, facts=FACTS)
@settings(max_examples=120, deadline=None)
def test_no_request_leaves_that_the_comparison_does_not_tell(
    before: Document, after: Document | None, facts: Facts
) -> None:
    """If any deployment may see a request that might not, `diff` says that something widens."""
    rest = {
        "pii": {"default": {"action": "token"}},
        "attachments": "allow",
        "provider_features": [f.value for f in Feature],
    }
    old = loaded([rest | {"residency": before}])
    new = loaded([rest | ({"residency": after} if after else {})])
    passes = widens(explain(old, facts), explain(new, facts))

    assert not passes or any(each.change.way.lets_more_pass for each in diff(old, new, SURFACES))


@given(specs=FOLDERS, facts=FACTS)
@settings(max_examples=60, deadline=None)
def test_a_condition_never_widens(specs: list[Document], facts: Facts) -> None:
    """Whatever conditions hold, nothing passes that the policies without one would not let pass."""
    floor = explain(loaded([s for s in specs if "when" not in s]), facts)

    decided = explain(loaded(specs), facts)

    assert not widens(floor, decided)
    assert (floor.outcome is Outcome.UNMATCHED) is (decided.outcome is Outcome.UNMATCHED)


@given(specs=FOLDERS, facts=FACTS)
@settings(max_examples=60, deadline=None)
def test_what_is_not_known_lets_nothing_pass(specs: list[Document], facts: Facts) -> None:
    """Of a request of which less is known, nothing passes that passes of any that it may be."""
    policies = loaded(specs)
    unknown = replace(facts, model=None, stream=None, at_us=None)

    assert not widens(explain(policies, facts), explain(policies, unknown))


@given(specs=FOLDERS, facts=FACTS, more=SEEN)
@settings(max_examples=60, deadline=None)
def test_more_findings_never_take_a_policy_away(
    specs: list[Document], facts: Facts, more: Seen
) -> None:
    """Every policy that counts for a request counts for the same one with one finding more."""
    policies = loaded(specs)
    before = explain(policies, facts)

    after = explain(policies, replace(facts, found=[*facts.found, more]))

    counted = {d.document for d in before.documents if d.matches}
    assert counted <= {d.document for d in after.documents if d.matches}
