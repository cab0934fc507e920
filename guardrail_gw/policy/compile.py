"""From what people write to what the rooms obey; names that nobody knows are refused here."""

from collections.abc import Mapping, Sequence, Set as AbstractSet
from dataclasses import dataclass, field

from guardrail_gw.core.globs import fits
from guardrail_gw.core.text import Entity, comparable
from guardrail_gw.documents import Loaded, Loc, closest
from guardrail_gw.policy.condition import Condition
from guardrail_gw.policy.conditional import LINES, condition_of, lines_of, only_written
from guardrail_gw.policy.document import (
    Attachments,
    Code,
    DefaultTreatment,
    Match,
    Opening,
    Pii,
    PolicyDocument,
    ResidencyDocument,
    RetentionDocument,
    ToolsDocument,
    Treatment,
    WrittenAction,
)
from guardrail_gw.policy.entities import ENTITIES
from guardrail_gw.policy.policy import (
    NEVER,
    SILENT,
    Action,
    Conditional,
    Durability,
    EntityRule,
    Policy,
    ResidencyRule,
    Retention,
    When,
)
from guardrail_gw.policy.tools import ToolKind, ToolRules
from guardrail_gw.policy.vocabulary import Vocabulary

_PASSING = (WrittenAction.IGNORE, WrittenAction.ALLOW)
_USUAL = DefaultTreatment(action=WrittenAction.IGNORE)
_NOTHING = Pii()
"""What a document with `when` says that says nothing of personal data."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled:
    """One document, ready to be matched and combined."""

    id: str
    file: str
    sha256: str
    """Hex digest of the file's bytes."""
    match: Match
    policy: Policy = field(repr=False)
    """What it says on its own."""
    allow_values: Mapping[str, tuple[str, ...]] = field(default_factory=dict, repr=False)
    """Rule -> the values it lists, as written, `ignore` lines included."""
    condition: Condition | None = None
    """None: it counts for whom it matches."""
    tool_lines: frozenset[str] = frozenset()
    """The lines about tools that it has."""
    says: frozenset[str] = LINES
    """The lines beside `pii` and `residency` about which it says something."""

    @property
    def conditional(self) -> Conditional:
        """The same beside others; only of one with a condition."""
        if self.condition is None:
            raise ValueError(f"{self.id} has no condition")
        return Conditional(document=self.id, condition=self.condition, policy=self.policy)

    def mismatch(self, tenant: str, team: str, surface: str) -> str | None:
        """Which line of `match` does not hold: `team`; None when all hold."""
        asked = {"tenant": tenant, "team": team, "endpoint": surface}
        for line, name in asked.items():
            if not any(fits(glob, name) for glob in getattr(self.match, line)):
                return line
        return None


def compiled(loaded: Loaded[PolicyDocument], vocabulary: Vocabulary, digest: str) -> Compiled:
    """Compile one document.

    Raises:
        ConfigError: an entity that nobody detects, a place or a surface that nobody knows, a
            condition that cannot be asked.
    """
    condition = condition_of(loaded, vocabulary)
    spec, name = loaded.value.spec, loaded.value.metadata.id
    policy = _policy(loaded, vocabulary, digest)
    return Compiled(
        id=name,
        file=loaded.path.name,
        sha256=loaded.sha256,
        match=spec.match,
        policy=policy if condition is None else only_written(policy, spec),
        allow_values=_allow_values(name, spec.pii or _NOTHING),
        condition=condition,
        tool_lines=frozenset(spec.tools.model_fields_set),
        says=lines_of(spec),
    )


def _policy(loaded: Loaded[PolicyDocument], vocabulary: Vocabulary, digest: str) -> Policy:
    name, spec = loaded.value.metadata.id, loaded.value.spec
    pii = spec.pii or _NOTHING
    identifiers_of = _countries(
        loaded, ("spec", "pii", "jurisdictions"), pii.jurisdictions, vocabulary
    )
    _check_entities(loaded, vocabulary, identifiers_of)
    _check_surfaces(loaded, vocabulary)
    _check_surrogates(loaded, vocabulary)
    _check_durability(loaded, vocabulary)
    residency = () if spec.residency is None else (_residency(loaded, spec.residency, vocabulary),)
    return Policy(
        digest=digest,
        documents=(name,),
        entities=_entity_rules(name, pii),
        default=SILENT
        if pii.default is None
        else _rule(pii.default, pii.default, f"{name}/pii.default"),
        attachments_allowed=spec.attachments is Attachments.ALLOW,
        residency=residency,
        features_allowed=frozenset(spec.provider_features),
        provider_ids=frozenset(spec.provider_ids),
        audit_detail=spec.audit.detail,
        audit_subject=spec.audit.subject is not None,
        retention=_retention(spec.audit.retention),
        durability=spec.audit.durability,
        code_scanned=pii.code is Code.SCAN,
        identifiers_of=identifiers_of,
        store=spec.store,
        cache=spec.cache,
        surfaces=frozenset(n for n, said in spec.surfaces.items() if said is Opening.ALLOW),
        tools=_tools(spec.tools),
    )


def _tools(written: ToolsDocument) -> ToolRules:
    said = written.model_fields_set
    approved = written.require_approval
    return ToolRules(
        trust=frozenset({tuple(sorted(written.trust))}),
        results=written.results,
        servers=frozenset({tuple(sorted(written.servers))} if "servers" in said else ()),
        allow=frozenset({tuple(sorted(written.allow))} if "allow" in said else ()),
        deny=frozenset(written.deny),
        deny_annotated=frozenset(written.deny_annotated),
        require_approval=frozenset(e for e in approved if not isinstance(e, ToolKind)),
        approve_annotated=frozenset(e for e in approved if isinstance(e, ToolKind)),
        changed=written.changed,
        poisoning=written.poisoning,
        max_result_bytes=written.max_result_bytes,
    )


def _entity_rules(name: str, pii: Pii) -> Mapping[Entity, EntityRule]:
    return {
        Entity(entity): _rule(treatment, pii.default or _USUAL, f"{name}/pii.{entity}")
        for entity, treatment in pii.entities.items()
    }


def _retention(written: RetentionDocument) -> Retention:
    return Retention(
        minimum_days=written.minimum_days,
        identity_days=written.identity_days,
        redacted_days=written.redacted_days,
        full_days=written.full_days,
    )


def _allow_values(name: str, pii: Pii) -> Mapping[str, tuple[str, ...]]:
    lists = {f"{name}/pii.{entity}": each.allow_values for entity, each in pii.entities.items()}
    if pii.default is None:
        return lists
    return lists | {f"{name}/pii.default": pii.default.allow_values}


def _rule(
    treatment: Treatment | DefaultTreatment, default: DefaultTreatment, name: str
) -> EntityRule:
    if treatment.action is WrittenAction.IGNORE:
        return EntityRule(action=Action.ALLOW, min_score=NEVER, rule=name)
    score = default.min_score if treatment.min_score is None else treatment.min_score
    return EntityRule(
        action=Action(treatment.action.value),
        min_score=score,
        rule=name,
        allowed=frozenset(map(comparable, treatment.allow_values)),
    )


def _residency(
    loaded: Loaded[PolicyDocument], written: ResidencyDocument, vocabulary: Vocabulary
) -> ResidencyRule:
    loc = ("spec", "residency", "allow_jurisdictions")
    countries = _countries(loaded, loc, written.allow_jurisdictions, vocabulary)
    listed = () if isinstance(written.when, When) else written.when
    return ResidencyRule(
        when=written.when if isinstance(written.when, When) else When.PII_DETECTED,
        entities=frozenset(Entity(each) for each in listed),
        jurisdictions=written.allow_jurisdictions,
        countries=countries,
        on_violation=written.on_violation,
        rule=f"{loaded.value.metadata.id}/residency",
    )


def _countries(
    loaded: Loaded[PolicyDocument], loc: Loc, names: Sequence[str], vocabulary: Vocabulary
) -> frozenset[str]:
    """The members of all jurisdictions that are listed at `loc`."""
    countries: set[str] = set()
    for i, name in enumerate(names):
        members = vocabulary.jurisdictions.get(name)
        if not members:
            raise loaded.fault(
                (*loc, i),
                f"unknown jurisdiction {name!r}",
                near=closest(name, vocabulary.jurisdictions),
            )
        countries |= members
    return frozenset(countries)


def _check_entities(
    loaded: Loaded[PolicyDocument], vocabulary: Vocabulary, identifiers_of: AbstractSet[str]
) -> None:
    spec = loaded.value.spec
    entities = spec.pii.entities if spec.pii is not None else {}
    off = {e: of for e, of in vocabulary.elsewhere.items() if not of & identifiers_of}
    for name, treatment in entities.items():
        # a rule that protects must be able to; one that lets pass need only be a known name
        usable = ENTITIES.keys() if treatment.action in _PASSING else frozenset[Entity]()
        detectable = vocabulary.detectable | usable
        _check_entity(loaded, ("spec", "pii", "entities", name), name, detectable)
        if treatment.action not in _PASSING:
            _check_switched_on(loaded, ("spec", "pii", "entities", name), off.get(Entity(name)))
    if spec.residency is not None and not isinstance(spec.residency.when, When):
        for i, name in enumerate(spec.residency.when):
            loc = ("spec", "residency", "when", i)
            _check_entity(loaded, loc, name, vocabulary.detectable)
            _check_switched_on(loaded, loc, off.get(Entity(name)))


def _check_switched_on(
    loaded: Loaded[PolicyDocument], loc: Loc, off: AbstractSet[str] | None
) -> None:
    """A line about what nobody looks for would promise what nobody does."""
    if off:
        states = ", ".join(sorted(off))
        raise loaded.fault(loc, f"looked for only with `jurisdictions: [{states}]` under pii")


def _check_entity(
    loaded: Loaded[PolicyDocument], loc: Loc, name: str, usable: AbstractSet[str]
) -> None:
    if name in usable:
        return
    if name in ENTITIES:
        raise loaded.fault(loc, f"no detector of this configuration finds {name}")
    near = closest(name, usable | ENTITIES.keys())
    raise loaded.fault(loc, f"unknown entity {name!r}", near=near)


def _check_surrogates(loaded: Loaded[PolicyDocument], vocabulary: Vocabulary) -> None:
    """Found at the start, not at the first request that needs one."""
    pii = loaded.value.spec.pii or _NOTHING
    asked: list[tuple[Loc, WrittenAction]] = []
    if pii.default is not None:
        asked.append((("spec", "pii", "default"), pii.default.action))
    asked += [(("spec", "pii", "entities", n), t.action) for n, t in pii.entities.items()]
    for loc, action in asked:
        if action is WrittenAction.SURROGATE and not vocabulary.surrogates:
            raise loaded.fault(
                (*loc, "action"),
                "`surrogate` needs an extra that is not installed: "
                "pip install 'guardrail-gw[surrogates]'",
            )


def _check_durability(loaded: Loaded[PolicyDocument], vocabulary: Vocabulary) -> None:
    """What this gateway cannot keep is refused before the first request is."""
    spec = loaded.value.spec
    asked = spec.audit.durability
    silent = spec.when is not None and "durability" not in spec.audit.model_fields_set
    if silent or asked in vocabulary.durable:
        return
    lacks = (
        "audit.collector in gateway.yaml"
        if Durability.LOCAL in vocabulary.durable
        else "a log that lasts, and gateway.yaml has audit.lasting: false; use: `remote`"
    )
    raise loaded.fault(("spec", "audit", "durability"), f"`{asked.value}` needs {lacks}")


def _check_surfaces(loaded: Loaded[PolicyDocument], vocabulary: Vocabulary) -> None:
    """A pattern that fits nothing would quietly leave the policy out."""
    for i, glob in enumerate(loaded.value.spec.match.endpoint):
        if not any(fits(glob, surface) for surface in vocabulary.surfaces):
            raise loaded.fault(
                ("spec", "match", "endpoint", i),
                f"{glob!r} fits no endpoint that is served",
                near=closest(glob, vocabulary.surfaces),
            )
