"""Laws of combining: the strictest wins, whatever the order."""

from collections.abc import Mapping

from hypothesis import given, strategies as st

from guardrail_gw.core.feature import Feature
from guardrail_gw.core.text import Entity
from guardrail_gw.core.tool import ToolName
from guardrail_gw.policy.combine import combined, narrowed
from guardrail_gw.policy.policy import (
    NEVER,
    Action,
    Cache,
    Detail,
    Durability,
    EntityRule,
    OnViolation,
    Opened,
    Policy,
    ResidencyRule,
    Store,
    When,
)
from guardrail_gw.policy.tools import (
    EVERYWHERE,
    NOWHERE,
    SILENT_ON_TOOLS,
    Changed,
    Poisoning,
    Results,
    ToolKind,
    ToolRules,
)

NAMES = ("PERSON", "URL", "JWT")
ENTITIES = st.sampled_from([Entity(name) for name in NAMES])
OTHER = Entity("SOMETHING_ELSE")
SILENCE = st.none()
COUNTRIES = st.frozensets(st.sampled_from(["DE", "FR", "NO", "US"]), min_size=1)
SCORES = st.sampled_from([0.0, 0.3, 0.5, 1.0, NEVER])


def entity_rules(document: str, line: str) -> st.SearchStrategy[EntityRule]:
    """What a document may say about an entity."""
    return st.builds(
        EntityRule,
        action=st.sampled_from(Action),
        min_score=SCORES,
        allowed=st.frozensets(st.sampled_from(["anna", "bonn"])),
        rule=st.just(f"{document}/pii.{line}"),
    )


def tool_rules() -> st.SearchStrategy[ToolRules]:
    """What documents may say of tools."""
    servers = st.sampled_from(
        [EVERYWHERE, NOWHERE, *(frozenset({each}) for each in (("crm",), ("crm", "time"), ("*",)))]
    )
    tools = st.frozensets(st.sampled_from(["crm/*", "*/delete_*", "time/now"]))
    kinds = st.frozensets(st.sampled_from(ToolKind))
    return st.builds(
        ToolRules,
        trust=servers,
        results=st.sampled_from(Results),
        servers=servers,
        allow=st.frozensets(st.sampled_from([("crm/*",), ("*/find_*", "time/*")]), max_size=1),
        deny=tools,
        deny_annotated=kinds,
        require_approval=tools,
        approve_annotated=kinds,
        changed=st.sampled_from(Changed),
        poisoning=st.sampled_from(Poisoning),
        max_result_bytes=st.none() | st.integers(1, 3),
    )


def policies(
    document: str, silence: st.SearchStrategy[None] = SILENCE
) -> st.SearchStrategy[Policy]:
    """A compiled document of that name; with no `silence` it speaks wherever one may be silent."""
    residency = st.builds(
        ResidencyRule,
        when=st.sampled_from(When),
        entities=st.frozensets(ENTITIES),
        jurisdictions=st.just(("X",)),
        countries=COUNTRIES,
        on_violation=st.sampled_from(OnViolation),
        rule=st.just(f"{document}/residency"),
    )
    entities: st.SearchStrategy[Mapping[Entity, EntityRule]] = st.fixed_dictionaries(
        {}, optional={Entity(name): entity_rules(document, name) for name in NAMES}
    )
    return st.builds(
        Policy,
        digest=st.just("sha256:00"),
        documents=st.just((document,)),
        entities=entities,
        default=entity_rules(document, "default"),
        attachments_allowed=st.booleans(),
        residency=st.lists(residency, max_size=1).map(tuple),
        audit_detail=st.sampled_from(Detail),
        features_allowed=st.frozensets(st.sampled_from(Feature)),
        provider_ids=silence | st.frozensets(st.sampled_from(["vs_1", "pmpt_1"])),
        code_scanned=st.booleans(),
        identifiers_of=st.frozensets(st.sampled_from(["US", "CA", "AU"])),
        store=st.sampled_from(Store),
        cache=st.sampled_from(Cache),
        surfaces=st.frozensets(st.sampled_from(Opened)),
        durability=silence | st.sampled_from(Durability),
        tools=tool_rules(),
    )


ANY = policies("a")
B = policies("b")
C = policies("c")


@given(one=ANY, other=B)
def test_combining_is_commutative(one: Policy, other: Policy) -> None:
    """The order of two documents decides nothing."""
    assert narrowed(one, other) == narrowed(other, one)


@given(one=ANY, two=B, three=C)
def test_combining_is_associative(one: Policy, two: Policy, three: Policy) -> None:
    """The grouping of three documents decides nothing."""
    assert narrowed(narrowed(one, two), three) == narrowed(one, narrowed(two, three))


@given(one=ANY, other=B)
def test_combining_is_idempotent(one: Policy, other: Policy) -> None:
    """A document said twice says the same as once."""
    both = narrowed(one, other)

    assert narrowed(one, one) == one
    assert narrowed(both, one) == narrowed(both, both) == both


@given(one=ANY, other=B)
def test_who_lists_ids_binds_who_says_nothing(one: Policy, other: Policy) -> None:
    """Together nothing is listed that one of them leaves out; silence lists and forbids nothing."""
    both = narrowed(one, other).provider_ids
    said = [each.provider_ids for each in (one, other) if each.provider_ids is not None]

    assert both == (frozenset.intersection(*said) if said else None)


@given(
    several=st.tuples(ANY, B, C),
    score=st.floats(0, 1),
    entity=ENTITIES | st.just(OTHER),
    found=st.frozensets(ENTITIES),
    place=COUNTRIES,
)
def test_combining_never_loosens(
    several: tuple[Policy, ...],
    score: float,
    entity: Entity,
    found: frozenset[Entity],
    place: frozenset[str],
) -> None:
    """In no dimension does the combination allow what one of the documents does not."""
    whole = combined(several)
    order, details = list(Action), list(Detail)
    for one in several:
        own, all_of_them = one.rule_for(entity), whole.rule_for(entity)
        if own.concerns(score):
            assert all_of_them.concerns(score)
            assert order.index(all_of_them.action) >= order.index(own.action)
        for value in ("Anna", "Bonn", "Ulm"):
            assert own.allows(value) or not all_of_them.allows(value)
        assert whole.code_scanned or not one.code_scanned
        assert one.attachments_allowed or not whole.attachments_allowed
        assert whole.features_allowed <= one.features_allowed
        assert details.index(whole.audit_detail) >= details.index(one.audit_detail)
        assert one.identifiers_of <= whole.identifiers_of
        assert list(Store).index(whole.store) <= list(Store).index(one.store)
        assert list(Cache).index(whole.cache) <= list(Cache).index(one.cache)
        assert whole.surfaces <= one.surfaces
        if (waited := one.durability) is not None:
            assert whole.durable.asks_disk or not waited.asks_disk
            assert whole.durable.asks_collector or not waited.asks_collector
        for asked in (None, True, False):
            assert one.keeps(asked) or not whole.keeps(asked)
        for rule in one.residency:
            if rule.binds(found) and not rule.admits(place, place):
                assert any(r.binds(found) and not r.admits(place, place) for r in whole.residency)


@given(several=st.tuples(ANY, B, C), server=st.sampled_from(["crm", "time", "git"]))
def test_combining_never_loosens_tools(several: tuple[Policy, ...], server: str) -> None:
    """No server is trusted or asked, no tool used and no result shown that one does not allow."""
    whole = combined(several).tools
    for one in (each.tools for each in several):
        assert one.trusts(server) or not whole.trusts(server)
        assert one.uses(server) or not whole.uses(server)
        for name in ("find_customer", "delete_customer", "now"):
            tool = ToolName(server=server, name=name)
            assert one.names(tool) or not whole.names(tool)
        assert list(Results).index(whole.results) >= list(Results).index(one.results)
        assert list(Changed).index(whole.changed) >= list(Changed).index(one.changed)
        assert list(Poisoning).index(whole.poisoning) >= list(Poisoning).index(one.poisoning)
        assert one.deny_annotated <= whole.deny_annotated
        assert one.require_approval <= whole.require_approval
        assert one.approve_annotated <= whole.approve_annotated
        if one.max_result_bytes is not None:
            assert whole.max_result_bytes is not None
            assert whole.max_result_bytes <= one.max_result_bytes


@given(one=ANY)
def test_silence_on_tools_changes_nothing(one: Policy) -> None:
    """A document with a `when` that says nothing of tools leaves them as others say."""
    assert one.tools.narrowed(SILENT_ON_TOOLS) == one.tools


@given(several=st.tuples(ANY, B, C), entity=ENTITIES | st.just(OTHER))
def test_the_rule_named_is_one_that_asked_for_the_action(
    several: tuple[Policy, ...], entity: Entity
) -> None:
    """Records name a rule that some document has, and that wants what is done."""
    rule = combined(several).rule_for(entity)

    assert (rule.rule, rule.action) in {
        (one.rule_for(entity).rule, one.rule_for(entity).action) for one in several
    }
