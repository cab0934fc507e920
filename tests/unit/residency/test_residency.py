"""Placing a request: what is outside, unknown or unlisted never sees it."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, strategies as st

from guardrail_gw.core.amounts import Price
from guardrail_gw.core.deployment import Deployment, Term
from guardrail_gw.core.exchange import (
    Arrival,
    Envelope,
    Inbound,
    Placed,
    Question,
    Redacted,
)
from guardrail_gw.core.feature import Feature
from guardrail_gw.core.identity import Principal, RequestId
from guardrail_gw.core.kept import Held, Kept, Recall
from guardrail_gw.core.text import Entity, Segment
from guardrail_gw.errors import FeatureRefused, NoLawfulUpstream, StateWithdrawn, UnknownModel
from guardrail_gw.policy.policy import (
    Action,
    Detail,
    EntityRule,
    OnViolation,
    Policy,
    ResidencyRule,
    When,
)
from guardrail_gw.residency.residency import Residency, still_within

EU = frozenset({"DE", "FR", "IE"})
NOW_US = 1_795_000_000_000_000
PERSON = Entity("PERSON")


def deployment(
    name: str, inference: frozenset[str], storage: frozenset[str] | None = None
) -> Deployment:
    """One that runs there, and stores there unless told otherwise."""
    return Deployment(
        id=name,
        provider="openai-compatible",
        model="m",
        base_url="http://127.0.0.1:1",
        dialect="openai_chat",
        inference=inference,
        storage=inference if storage is None else storage,
        price=Price(input=Decimal(1), output=Decimal(1), cached_input=Decimal(1)),
    )


FRANKFURT = deployment("frankfurt", frozenset({"DE"}))
VIRGINIA = deployment("virginia", frozenset({"US"}))
NOWHERE = deployment("nowhere", frozenset())


def rule(
    countries: frozenset[str] = EU,
    when: When = When.ALWAYS,
    entities: frozenset[Entity] = frozenset(),
    on_violation: OnViolation = OnViolation.REROUTE,
    name: str = "base/residency",
) -> ResidencyRule:
    """A rule that binds always and allows the EU, unless told otherwise."""
    return ResidencyRule(
        when=when,
        entities=entities,
        jurisdictions=tuple(sorted(countries)),
        countries=countries,
        on_violation=on_violation,
        rule=name,
    )


def policy(*rules: ResidencyRule) -> Policy:
    """A policy of residency rules alone."""
    return Policy(
        digest="sha256:00",
        documents=("base",),
        entities={},
        default=EntityRule(action=Action.TOKEN, min_score=0.5, rule="base/pii.default"),
        attachments_allowed=False,
        residency=rules,
        audit_detail=Detail.METADATA,
    )


def redacted(found: Mapping[Entity, int] | None = None, model: str = "chat") -> Redacted:
    """A request in which these entities were found."""
    question = Question(
        dialect="openai_chat", model=model, stream=False, segments=(), attachments=(), source=None
    )
    arrival = Arrival(id=RequestId("r"), surface="openai_chat", received_us=0)
    principal = Principal(tenant="t", team="t", user="u", key_id="k")
    return Redacted(
        inbound=Inbound(arrival=arrival, principal=principal, question=question),
        envelope=Envelope(before=b"", after=b""),
        originals={},
        entities=found or {},
        rules=(),
        policy_digest="sha256:00",
    )


def place(
    *deployments: Deployment, rules: tuple[ResidencyRule, ...], found: Mapping[Entity, int] | None
) -> Placed:
    """Place a request on a model with these deployments."""
    return Residency(routes={"chat": deployments}, now_us=lambda: NOW_US).place(
        redacted(found), policy(*rules)
    )


def test_only_lawful_deployments_remain_and_the_others_are_named() -> None:
    """A deployment outside is rejected with a stable code and the country that is outside."""
    placed = place(FRANKFURT, VIRGINIA, NOWHERE, rules=(rule(),), found=None)

    assert placed.lawful == (FRANKFURT,)
    assert [(r.deployment, r.reason) for r in placed.rejected] == [
        ("virginia", "residency.inference_outside"),
        ("nowhere", "residency.unknown"),
    ]
    assert "US" in placed.rejected[0].detail
    assert placed.rules == ("base/residency",)


def test_without_a_rule_that_binds_every_deployment_remains() -> None:
    """`pii_detected` does not bind a request in which nothing was found."""
    placed = place(FRANKFURT, VIRGINIA, rules=(rule(when=When.PII_DETECTED),), found={PERSON: 0})

    assert placed.lawful == (FRANKFURT, VIRGINIA)
    assert placed.rules == ()
    assert placed.allowed is None


def test_personal_data_that_was_replaced_still_binds() -> None:
    """One finding is enough, whatever was done with it."""
    placed = place(FRANKFURT, VIRGINIA, rules=(rule(when=When.PII_DETECTED),), found={PERSON: 1})

    assert placed.lawful == (FRANKFURT,)


def test_a_list_of_entities_binds_for_these_alone() -> None:
    """An entity that is not listed leaves the rule without effect, a listed one binds it."""
    listed = rule(when=When.PII_DETECTED, entities=frozenset({PERSON}))

    assert len(place(VIRGINIA, rules=(listed,), found={Entity("URL"): 1}).lawful) == 1
    with pytest.raises(NoLawfulUpstream):
        place(VIRGINIA, rules=(listed,), found={PERSON: 1})


def test_a_deployment_that_stores_outside_is_out() -> None:
    """Running inside is not enough, and storing nowhere known is not enough either."""
    stores = deployment("stores", frozenset({"DE"}), frozenset({"DE", "US"}))
    unsaid = deployment("unsaid", frozenset({"DE"}), frozenset())

    with pytest.raises(NoLawfulUpstream) as caught:
        place(stores, unsaid, rules=(rule(),), found=None)

    rejected = caught.value.facts["rejected"]
    assert [r["reason"] for r in rejected] == ["residency.storage_outside", "residency.unknown"]


def test_nothing_lawful_is_451_and_names_configuration_only() -> None:
    """The refusal names jurisdictions and deployments, never the client's words."""
    with pytest.raises(NoLawfulUpstream) as caught:
        place(VIRGINIA, NOWHERE, rules=(rule(),), found=None)

    assert caught.value.status == 451
    assert "virginia" in caught.value.detail
    assert "DE+FR+IE" in caught.value.detail
    assert [r["deployment"] for r in caught.value.facts["rejected"]] == ["virginia", "nowhere"]


def test_block_refuses_when_one_deployment_is_outside() -> None:
    """With `block` a lawful deployment does not help while another one is outside."""
    strict = rule(on_violation=OnViolation.BLOCK)

    assert place(FRANKFURT, rules=(strict,), found=None).lawful == (FRANKFURT,)
    with pytest.raises(NoLawfulUpstream):
        place(FRANKFURT, VIRGINIA, rules=(strict,), found=None)


def test_every_rule_that_binds_must_be_satisfied() -> None:
    """Two rules leave what is in both."""
    paris = deployment("paris", frozenset({"FR"}))
    german = rule(frozenset({"DE"}), name="german/residency")

    placed = place(FRANKFURT, paris, rules=(rule(), german), found=None)

    assert placed.lawful == (FRANKFURT,)
    assert placed.rules == ("base/residency", "german/residency")
    assert placed.allowed == frozenset({"DE"})


def test_an_unknown_model_is_not_repeated() -> None:
    """A model that no route serves is refused without quoting it; so is one without deployments."""
    residency = Residency(routes={"chat": (FRANKFURT,), "empty": ()}, now_us=lambda: NOW_US)

    for model in ("Anna Schmidt", "empty"):
        with pytest.raises(UnknownModel) as caught:
            residency.place(redacted(model=model), policy())
        assert model not in str(caught.value)


@pytest.mark.parametrize(
    ("found", "rules", "allowed", "refused"),
    [
        ({PERSON: 1}, (), frozenset(), True),
        ({PERSON: 1}, (), frozenset({Feature.ROUTING}), True),
        ({PERSON: 1}, (), frozenset({Feature.STORAGE}), False),
        ({PERSON: 0}, (), frozenset(), False),
        (None, (rule(),), frozenset(), True),
        (None, (rule(when=When.PII_DETECTED),), frozenset(), False),
    ],
)
def test_what_is_placed_takes_no_way_out_of_its_own(
    found: Mapping[Entity, int] | None,
    rules: tuple[ResidencyRule, ...],
    allowed: frozenset[Feature],
    *,
    refused: bool,
) -> None:
    """With personal data, or a rule that binds, a feature must be named by the policy."""
    plain = redacted(found)
    question = replace(plain.inbound.question, features={Feature.STORAGE: "/store"})
    asking = replace(plain, inbound=replace(plain.inbound, question=question))
    residency = Residency(routes={"chat": (FRANKFURT,)}, now_us=lambda: NOW_US)
    decided = replace(policy(*rules), features_allowed=allowed)

    if not refused:
        assert residency.place(asking, decided).lawful == (FRANKFURT,)
        return
    with pytest.raises(FeatureRefused) as caught:
        residency.place(asking, decided)

    assert "storage at /store" in caught.value.detail
    assert caught.value.facts == {"features": ["storage"]}


COUNTRIES = st.frozensets(st.sampled_from(["DE", "FR", "IE", "NO", "GB", "CH", "US"]), max_size=4)
DEPLOYMENTS = st.lists(
    st.builds(deployment, st.text("abc", min_size=1, max_size=3), COUNTRIES, COUNTRIES),
    max_size=5,
    unique_by=lambda d: d.id,
).map(tuple)
RULES = st.lists(
    st.builds(
        rule,
        COUNTRIES,
        st.sampled_from(When),
        st.frozensets(st.sampled_from([PERSON, Entity("URL")])),
        st.sampled_from(OnViolation),
        st.text("xyz", min_size=1, max_size=2),
    ),
    max_size=3,
    unique_by=lambda r: r.rule,
).map(tuple)
FOUND = st.dictionaries(st.sampled_from([PERSON, Entity("URL")]), st.integers(0, 2))


def lawful(
    deployments: tuple[Deployment, ...],
    rules: tuple[ResidencyRule, ...],
    found: Mapping[Entity, int],
) -> tuple[Deployment, ...]:
    """What may see the request; nothing when it is refused."""
    try:
        return place(*deployments, rules=rules, found=found).lawful
    except (NoLawfulUpstream, UnknownModel):
        return ()


@given(deployments=DEPLOYMENTS, rules=RULES, found=FOUND)
def test_no_deployment_outside_ever_remains(
    deployments: tuple[Deployment, ...],
    rules: tuple[ResidencyRule, ...],
    found: dict[Entity, int],
) -> None:
    """Whatever remains runs and stores, known, within the countries of each rule that binds."""
    present = {entity for entity, count in found.items() if count}
    for each in lawful(deployments, rules, found):
        for one in rules:
            binds = one.when is When.ALWAYS or (
                bool(present & one.entities) if one.entities else bool(present)
            )
            if binds:
                assert each.inference
                assert each.storage
                assert each.inference <= one.countries
                assert each.storage <= one.countries


@given(deployments=DEPLOYMENTS, more=DEPLOYMENTS, rules=RULES, found=FOUND)
def test_adding_deployments_makes_no_unlawful_one_appear(
    deployments: tuple[Deployment, ...],
    more: tuple[Deployment, ...],
    rules: tuple[ResidencyRule, ...],
    found: dict[Entity, int],
) -> None:
    """Of the deployments that were there, none becomes lawful because others were added."""
    names = {d.id for d in deployments}
    added = (*deployments, *(d for d in more if d.id not in names))
    reroute = tuple(r for r in rules if r.on_violation is OnViolation.REROUTE)

    before = lawful(deployments, reroute, found)

    assert [d for d in lawful(added, reroute, found) if d.id in names] == list(before)


@given(deployments=DEPLOYMENTS, rules=RULES, found=FOUND)
def test_asking_again_gives_the_same_answer(
    deployments: tuple[Deployment, ...],
    rules: tuple[ResidencyRule, ...],
    found: dict[Entity, int],
) -> None:
    """Before an attempt, exactly the deployments that were placed are lawful."""
    try:
        placed = place(*deployments, rules=rules, found=found)
    except (NoLawfulUpstream, UnknownModel):
        return

    assert tuple(d for d in deployments if still_within(placed, d)) == placed.lawful


def test_asking_again_looks_at_the_countries_themselves() -> None:
    """A deployment that got into the lawful set without being within is found out."""
    placed = place(FRANKFURT, rules=(rule(),), found=None)

    for intruder in (VIRGINIA, NOWHERE):
        forged = Placed(
            redacted=placed.redacted,
            lawful=(FRANKFURT, intruder),
            rejected=(),
            rules=placed.rules,
            allowed=placed.allowed,
        )
        assert still_within(forged, FRANKFURT)
        assert not still_within(forged, intruder)
        assert not still_within(placed, intruder)


def test_a_deployment_that_was_not_placed_is_not_lawful() -> None:
    """Another one within the same countries, or one that no rule keeps out, was not asked for."""
    paris = deployment("paris", frozenset({"FR"}))

    assert not still_within(place(FRANKFURT, rules=(rule(),), found=None), paris)
    assert not still_within(place(FRANKFURT, rules=(), found=None), paris)


def test_rules_without_their_countries_let_nothing_through() -> None:
    """A placement that names a rule but not what it allows is not believed."""
    placed = place(FRANKFURT, rules=(rule(),), found=None)

    for rules, allowed in ((placed.rules, None), ((), placed.allowed)):
        forged = Placed(
            redacted=placed.redacted,
            lawful=placed.lawful,
            rejected=(),
            rules=rules,
            allowed=allowed,
        )
        assert not still_within(forged, FRANKFURT)


HELD = Held(
    place="/previous_response_id",
    holder=FRANKFURT.holder,
    model="chat",
    issued={},
    entities=frozenset({PERSON}),
    unscanned=False,
)
ELSEWHERE = replace(FRANKFURT, id="elsewhere", base_url="http://127.0.0.1:2")
TWIN = replace(FRANKFURT, id="twin", model="another")


def gone_on(held: Held, *deployments: Deployment, rules: tuple[ResidencyRule, ...] = ()) -> Placed:
    """Place a request in which nothing is, but in a conversation in which something was."""
    room = Residency(routes={"chat": deployments}, now_us=lambda: NOW_US)
    return room.place(replace(redacted({}), held=held), policy(*rules))


def test_a_conversation_stays_with_the_account_that_keeps_it() -> None:
    """Deployments of the same account go on with it, and no other."""
    placed = gone_on(HELD, ELSEWHERE, FRANKFURT, TWIN)

    assert placed.lawful == (FRANKFURT, TWIN)


@pytest.mark.parametrize(
    "change",
    [
        {"base_url": "http://127.0.0.1:3"},
        {"credential": "another"},
        {"region": "eu-1"},
        {"provider": "vllm"},
    ],
)
def test_a_conversation_whose_keeper_is_gone_is_not_gone_on_with(change: dict[str, str]) -> None:
    """Another address, credential, region or provider is another keeper."""
    with pytest.raises(StateWithdrawn) as withdrawn:
        gone_on(HELD, replace(FRANKFURT, **change))  # type: ignore[arg-type]  # fields by name

    assert (withdrawn.value.status, withdrawn.value.code) == (410, "state.withdrawn")


@pytest.mark.parametrize(
    "held", [HELD, replace(HELD, entities=frozenset(), unscanned=True)], ids=["found", "unscanned"]
)
def test_what_was_in_a_conversation_binds_its_later_requests(held: Held) -> None:
    """A rule that has come since, or been narrowed, refuses what it would have refused at first."""
    narrow = rule(frozenset({"FR"}), when=When.PII_DETECTED, entities=frozenset({PERSON}))

    with pytest.raises(NoLawfulUpstream):
        gone_on(held, FRANKFURT, rules=(narrow,))


def test_what_is_to_be_kept_is_placed_as_if_personal_data_were_in_it() -> None:
    """Later turns cannot go elsewhere, whatever is in them."""
    detected = rule(when=When.PII_DETECTED)
    room = Residency(routes={"chat": (VIRGINIA, FRANKFURT)}, now_us=lambda: NOW_US)

    kept = room.place(replace(redacted({}), stored=True), policy(detected))
    other = room.place(redacted({}), policy(detected))

    assert (kept.lawful, other.lawful) == ((FRANKFURT,), (VIRGINIA, FRANKFURT))


LAPSED = replace(FRANKFURT, id="lapsed", terms=(Term(what="dpa", ends_us=NOW_US),))
LASTING = replace(FRANKFURT, id="lasting", terms=(Term(what="dpa", ends_us=NOW_US + 1),))


@pytest.mark.parametrize("rules", [(), (rule(),), (rule(on_violation=OnViolation.BLOCK),)])
def test_a_contract_ends_at_its_instant(rules: tuple[ResidencyRule, ...]) -> None:
    """From the instant on the deployment is lawful for nobody, also where no rule binds."""
    placed = place(LAPSED, LASTING, rules=rules, found=None)

    assert placed.lawful == (LASTING,)
    (out,) = placed.rejected
    assert (out.deployment, out.reason) == ("lapsed", "residency.contract_lapsed")
    assert "dpa ended at 2026-11-18" in out.detail


def test_without_a_contract_in_force_nothing_leaves() -> None:
    """When the only deployment's transfer mechanism has ended, the request is refused."""
    ended = Term(what="transfer_mechanism", ends_us=NOW_US - 1)

    with pytest.raises(NoLawfulUpstream) as caught:
        place(replace(VIRGINIA, terms=(ended,)), rules=(), found=None)

    assert "contracts have ended" in caught.value.detail
    assert caught.value.facts["rejected"][0]["reason"] == "residency.contract_lapsed"


def test_a_contract_may_end_between_placing_and_attempt() -> None:
    """What was lawful when it was placed is not when it is tried after the instant."""
    now = [NOW_US]
    room = Residency(routes={"chat": (LASTING,)}, now_us=lambda: now[0])
    placed = room.place(redacted({}), policy())

    before, now[0] = room.still_lawful(placed, LASTING), NOW_US + 1

    assert before
    assert not room.still_lawful(placed, LASTING)


Routes = dict[str, tuple[Deployment, ...]]
LAPSED_IN_US = replace(VIRGINIA, id="frankfurt", terms=(Term(what="dpa", ends_us=NOW_US),))
"""Of the account that keeps it."""
REMOVES = Recall(kind=Kept.RESPONSE, id="resp_1", place="the path", ends=True, removes=True)


def removed(model: str = "", recall: Recall = REMOVES, *segments: Segment) -> Redacted:
    """A request that has something deleted of a conversation in which a name was."""
    asked = redacted()
    question = replace(asked.inbound.question, model=model, recall=recall, segments=segments)
    return Redacted(
        inbound=replace(asked.inbound, question=question),
        envelope=Envelope(before=b"", after=b"", names_model=False),
        originals={},
        entities={},
        rules=(),
        policy_digest="sha256:00",
        held=HELD,
    )


@pytest.mark.parametrize("routes", [{"chat": (LAPSED_IN_US,)}, {"later": (LAPSED_IN_US,)}])
def test_what_lies_with_somebody_can_be_deleted(routes: Routes) -> None:
    """Its keeper is lawful for that, outside and after its contract; it is on record what for."""
    room = Residency(routes=routes, now_us=lambda: NOW_US)

    placed = room.place(removed(), policy(rule()))

    assert placed.lawful == (LAPSED_IN_US,)
    assert placed.waived == ("base/residency", "contract")
    assert room.still_lawful(placed, LAPSED_IN_US)
    assert not room.still_lawful(placed, VIRGINIA)


@pytest.mark.parametrize(
    "asks",
    [
        removed("", replace(REMOVES, removes=False)),
        removed("", REMOVES, Segment(text="Anna", place="/x")),
    ],
    ids=["it only ends it", "it says something"],
)
def test_whatever_says_more_is_placed_like_all_else(asks: Redacted) -> None:
    """Nothing but taking away is let go where the policy lets nothing go."""
    room = Residency(routes={"chat": (LAPSED_IN_US,)}, now_us=lambda: NOW_US)

    with pytest.raises(NoLawfulUpstream):
        room.place(asks, policy(rule()))


def test_who_nobody_knows_any_more_is_not_asked() -> None:
    """Without a deployment of the account there is nobody to be told."""
    room = Residency(routes={"chat": (ELSEWHERE,)}, now_us=lambda: NOW_US)

    with pytest.raises(StateWithdrawn):
        room.place(removed(), policy(rule()))
