"""Which documents with a condition count, on arrival and after looking."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from guardrail_gw.core.exchange import Arrival, Inbound, Question
from guardrail_gw.core.identity import Principal, RequestId
from guardrail_gw.core.text import Entity, Finding, Segment
from guardrail_gw.errors import PolicyDown
from guardrail_gw.policy.explain import explain
from guardrail_gw.policy.explanation import Facts, Seen
from guardrail_gw.policy.policy import Action
from guardrail_gw.policy.ruling import Ruling
from guardrail_gw.policy.source import PolicySet, load_set
from tests.support.policies import policy_text, vocabulary, write_policies

BASE = "pii: {default: {action: token}, entities: {URL: {action: ignore}}}"
NIGHT = """\
when: 'model.startsWith("frontier") && time.hour >= 18'
residency: {allow_jurisdictions: [EU], when: always}
"""
MANY = "when: 'found.PERSON >= 2'\npii: {entities: {PERSON: {action: block}}}"
LINKS = "when: 'found.URL >= 1'\npii: {entities: {URL: {action: mask}}}"
EVENING_US = 1_764_190_000_000_000
TEXT = "Anna and Ben at Ulm"
SEGMENTS = (Segment(text=TEXT, place="/a"),)


def ruling(policies: PolicySet, model: str = "frontier", at_us: int = EVENING_US) -> Ruling:
    """Of a request of the team `crm`."""
    inbound = Inbound(
        arrival=Arrival(id=RequestId("r"), surface="openai_chat", received_us=at_us),
        principal=Principal(tenant="acme", team="crm", user="anna", key_id="k1"),
        question=Question(
            dialect="openai_chat",
            model=model,
            stream=False,
            segments=SEGMENTS,
            attachments=(),
            source=None,
        ),
    )
    return policies.ruling(inbound, {"frontier", "small"})


def folder(path: Path, match: str = "", base: str = BASE) -> PolicySet:
    """One policy that always counts, and three that may."""
    write_policies(
        path,
        base=policy_text("base", base),
        night=policy_text("night", NIGHT),
        many=policy_text("many", MANY, match),
        links=policy_text("links", LINKS),
    )
    return load_set(path, vocabulary())


def findings(*found: tuple[str, int, int, float]) -> tuple[tuple[Finding, ...], ...]:
    """What detectors saw in the text."""
    return (
        tuple(
            Finding(start=start, end=end, entity=Entity(entity), score=score, recognizer="r")
            for entity, start, end, score in found
        ),
    )


ANNA, BEN, ULM = ("PERSON", 0, 4, 0.9), ("PERSON", 9, 12, 0.9), ("URL", 16, 19, 0.9)


@pytest.mark.parametrize(
    ("model", "at_us", "documents"),
    [
        ("frontier", EVENING_US, ("base", "night")),
        ("small", EVENING_US, ("base",)),
        ("frontier", EVENING_US - 10 * 3_600_000_000, ("base",)),
        ("frontier'); true //", EVENING_US, ("base",)),
    ],
)
def test_on_arrival(tmp_path: Path, model: str, at_us: int, documents: tuple[str, ...]) -> None:
    """What asks for nothing that is found is judged at once; the rest waits."""
    found = ruling(folder(tmp_path), model, at_us)

    assert found.policy.documents == documents
    assert [each.document for each in found.policy.conditional] == ["links", "many"]
    assert found.is_open


def test_after_looking(tmp_path: Path) -> None:
    """What was found decides the rest, and nothing is left."""
    found = ruling(folder(tmp_path), "small")

    policy = found.found(SEGMENTS, findings(ANNA, BEN))

    assert policy.documents == ("base", "many")
    assert policy.rule_for(Entity("PERSON")).action is Action.BLOCK
    assert not found.is_open
    assert found.policy is policy


def test_what_counts_is_what_would_count(tmp_path: Path) -> None:
    """A kind that the others ignore counts for a policy that does not; what is unsure does not."""
    links = ruling(folder(tmp_path), "small").found(SEGMENTS, findings(ULM))
    unsure = ruling(folder(tmp_path), "small").found(
        SEGMENTS, findings(ANNA, (*BEN[:3], 0.3), (*ULM[:3], 0.3))
    )

    assert links.documents == ("base", "links")
    assert unsure.documents == ("base",)


def test_values_that_every_policy_allows_do_not_count(tmp_path: Path) -> None:
    """A name on the list of the only policy that speaks of it is no personal data."""
    base = BASE.replace("action: token}", "action: token, allow_values: [anna]}")
    write_policies(
        tmp_path,
        base=policy_text("base", base),
        many=policy_text("many", "when: 'found.PERSON >= 2'\nattachments: block"),
    )
    policies = load_set(tmp_path, vocabulary())

    policy = ruling(policies).found(SEGMENTS, findings(ANNA, BEN))

    assert policy.documents == ("base",)


def test_what_was_found_earlier_counts_once(tmp_path: Path) -> None:
    """A kind of an earlier turn that a provider keeps is there."""
    policies = folder(tmp_path)

    policy = ruling(policies, "small").found(
        SEGMENTS, findings(ANNA, BEN), frozenset({Entity("URL")})
    )

    assert policy.documents == ("base", "links", "many")


def test_the_same_decision_is_combined_once(tmp_path: Path) -> None:
    """Two requests about which the same documents count obey the same object."""
    policies = folder(tmp_path)

    one = ruling(policies).found(SEGMENTS, findings(ANNA, BEN))
    other = ruling(policies).found(SEGMENTS, findings(BEN, ANNA))

    assert one is other


def test_what_cannot_be_judged_counts_and_is_named(tmp_path: Path) -> None:
    """A condition that errs is as one that holds, and the policy says so."""
    write_policies(
        tmp_path,
        base=policy_text(),
        odd=policy_text("odd", "when: 'features[3] == \"storage\"'\nattachments: block"),
    )

    policy = ruling(load_set(tmp_path, vocabulary())).policy

    assert (policy.documents, policy.unsure) == (("base", "odd"), ("odd",))
    assert not policy.attachments_allowed


def test_nobody_is_served_by_a_condition_alone(tmp_path: Path) -> None:
    """A caller for whom only policies with `when` match is refused, though the condition holds."""
    write_policies(
        tmp_path, odd=policy_text("odd", "when: 'true'\npii: {default: {action: allow}}")
    )
    policies = load_set(tmp_path, vocabulary())

    with pytest.raises(PolicyDown):
        ruling(policies)


def test_without_conditions_nothing_is_asked(tmp_path: Path) -> None:
    """The policy is the one that was resolved, and nobody has to be told what is found."""
    write_policies(tmp_path, base=policy_text())
    policies = load_set(tmp_path, vocabulary())

    found = ruling(policies)

    assert found.policy is policies.resolved("acme", "crm", "openai_chat")
    assert not found.is_open
    assert found.found(SEGMENTS, findings(ANNA)) is found.policy


def test_a_policy_matches_before_it_is_asked(tmp_path: Path) -> None:
    """A condition is not asked about callers whom its policy is not for."""
    policies = folder(tmp_path, match="team: [sales]")

    policy = ruling(policies, "small").found(SEGMENTS, findings(ANNA, BEN))

    assert policy.documents == ("base",)
    assert replace(policy, narrower={}) == policy


@given(
    found=st.lists(
        st.tuples(
            st.sampled_from(["PERSON", "URL"]),
            st.sampled_from([(0, 4), (9, 12), (16, 19)]),
            st.sampled_from([0.3, 0.6, 0.9]),
        ),
        max_size=6,
    )
)
@settings(deadline=None)
def test_an_explanation_judges_as_the_way_of_a_request(
    tmp_path_factory: pytest.TempPathFactory,
    found: list[tuple[str, tuple[int, int], float]],
) -> None:
    """For any findings the same documents count, told as facts and met in a text."""
    base = BASE.replace("action: token}", "action: token, allow_values: [anna]}")
    policies = folder(tmp_path_factory.mktemp("policies"), base=base)
    met = findings(*((entity, *span, score) for entity, span, score in found))
    facts = Facts(
        tenant="acme",
        team="crm",
        surface="openai_chat",
        found=[
            Seen(entity=Entity(entity), score=score, value=TEXT[start:end])
            for entity, (start, end), score in found
        ],
        user="anna",
        key="k1",
        model="small",
        stream=False,
        at_us=EVENING_US,
    )

    policy = ruling(policies, "small").found(SEGMENTS, met)

    told = explain(policies, facts).documents
    assert tuple(each.document for each in told if each.matches) == policy.documents
