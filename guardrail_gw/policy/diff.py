"""Two policy folders compared: for whom what is decided differently, and whether that widens.

Compared is what the rooms obey, combined for each kind of caller, not the text of the documents:
a line that a stricter document outvotes changes nothing, and is not shown.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from guardrail_gw.core.feature import Feature
from guardrail_gw.core.text import Entity
from guardrail_gw.policy.callers import Label, blocks, kinds
from guardrail_gw.policy.change import Change, Way
from guardrail_gw.policy.combine import combined
from guardrail_gw.policy.compile import Compiled
from guardrail_gw.policy.decisions import durability_differs
from guardrail_gw.policy.found import ALLOW_VALUES, said
from guardrail_gw.policy.policy import (
    Action,
    Cache,
    Detail,
    EntityRule,
    OnViolation,
    Opened,
    Policy,
    ResidencyRule,
    Store,
)
from guardrail_gw.policy.source import PolicySet
from guardrail_gw.policy.tools_diff import tools_differ

OTHER_KINDS = "every other kind of personal data"
NO_POLICY = "refused, for no policy"
_ACTIONS = tuple(Action)
_DETAILS = tuple(Detail)
_STORES = tuple(Store)
_CACHES = tuple(Cache)
_SOME_OTHER = Entity("~OTHER~")
"""An entity that no document names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One change, and for whom."""

    change: Change
    callers: tuple[tuple[str, ...], ...]
    """One for each group, by what its members share: `("team support",)`; `()` is everyone."""
    when: str | None = None
    """The condition under which it is so, in the words of a policy; None: always."""

    def __str__(self) -> str:
        """In words."""
        groups = ["; ".join(lines) or "everyone" for lines in self.callers]
        change = self.change
        when = f" when {self.when}" if self.when else ""
        return f"{change.subject} for {' / '.join(groups)}{when}: {change.before} -> {change.after}"


def diff(before: PolicySet, after: PolicySet, surfaces: Collection[str]) -> tuple[Difference, ...]:
    """Compare two folders for every kind of caller that either tells apart.

    Conditions are compared by their words: each is taken to hold alone, and that is enough, for
    whatever several together let pass or refuse, one of them does.
    """
    documents = (*before.documents, *after.documents)
    old = len(before.documents)
    found: dict[tuple[Change, str | None], list[Label]] = {}
    everyone = kinds(documents, surfaces)
    for kind in everyone:
        was = [documents[i] for i in sorted(kind.documents) if i < old]
        now = [documents[i] for i in sorted(kind.documents) if i >= old]
        for change, when in _changed_when(was, now):
            found.setdefault((change, when), []).extend(kind.labels)
    among = [label for kind in everyone for label in kind.labels]
    return tuple(
        Difference(change=change, callers=blocks(labels, among), when=when)
        for (change, when), labels in sorted(
            found.items(), key=lambda each: (str(each[0][0]), each[0][1] or "")
        )
    )


def _changed_when(
    before: Sequence[Compiled], after: Sequence[Compiled]
) -> Iterator[tuple[Change, str | None]]:
    """What is decided differently for one caller, when no condition holds and when one does."""
    always = tuple(changed(_holding(before, None), _holding(after, None)))
    yield from ((change, None) for change in always)
    conditions = {d.condition.said for d in (*before, *after) if d.condition is not None}
    for when in sorted(conditions):
        for change in changed(_holding(before, when), _holding(after, when)):
            if change not in always:
                yield change, when


def _holding(documents: Sequence[Compiled], when: str | None) -> Policy | None:
    """The policy when this condition holds and no other."""
    always = [each.policy for each in documents if each.condition is None]
    if not always:
        return None
    also = [d.policy for d in documents if d.condition is not None and d.condition.said == when]
    return combined([*always, *also])


def changed(before: Policy | None, after: Policy | None) -> Iterator[Change]:
    """What is decided differently for one caller; None: no policy, so everything is refused."""
    if before is None or after is None:
        if before is not after:
            was, now = (NO_POLICY if p is None else "served" for p in (before, after))
            way = Way.of(narrower=after is None, wider=before is None)
            yield Change(subject="requests", before=was, after=now, way=way)
        return
    yield from _entities(before, after)
    yield from _switches(before, after)
    yield from _features(before, after)
    yield from _named(before, after)
    yield from _keeping(before, after)
    yield from durability_differs(before.durable, after.durable)
    yield from _surfaces(before, after)
    yield from tools_differ(before.tools, after.tools)
    yield from _residency(before, after)
    yield from _states(before, after)


def _entities(before: Policy, after: Policy) -> Iterator[Change]:
    for entity in sorted({*before.entities, *after.entities}):
        yield from _rule(entity, before.rule_for(entity), after.rule_for(entity))
    yield from _rule(OTHER_KINDS, before.default, after.default)


def _rule(subject: str, was: EntityRule, now: EntityRule) -> Iterator[Change]:
    stricter = _ACTIONS.index(now.action) - _ACTIONS.index(was.action)
    lower = was.min_score - now.min_score
    if stricter or lower:
        scores = bool(lower) and "ignore" not in (said(was), said(now))
        yield Change(
            subject=subject,
            before=_words(was, scores=scores),
            after=_words(now, scores=scores),
            way=Way.of(narrower=stricter > 0 or lower > 0, wider=stricter < 0 or lower < 0),
        )
    gone, new = was.allowed - now.allowed, now.allowed - was.allowed
    if gone or new:
        yield Change(
            subject=f"{subject} {ALLOW_VALUES}",
            before=f"{len(was.allowed)} listed",
            after=f"{len(now.allowed)} listed ({len(new)} new, {len(gone)} gone)",
            way=Way.of(narrower=bool(gone), wider=bool(new)),
        )


def _words(rule: EntityRule, *, scores: bool) -> str:
    return f"{said(rule)} from score {rule.min_score:g}" if scores else said(rule)


def _switches(before: Policy, after: Policy) -> Iterator[Change]:
    strict = {
        "attachments": [not p.attachments_allowed for p in (before, after)],
        "code": [p.code_scanned for p in (before, after)],
    }
    words = {"attachments": ("allow", "block"), "code": ("checked", "scan")}
    for subject, (was, now) in strict.items():
        if was is not now:
            yield Change(
                subject=subject,
                before=words[subject][was],
                after=words[subject][now],
                way=Way.of(narrower=now, wider=was),
            )
    held, holds = (_DETAILS.index(p.audit_detail) for p in (before, after))
    if held != holds:
        yield Change(
            subject="audit detail",
            before=before.audit_detail.value,
            after=after.audit_detail.value,
            way=Way.of(narrower=holds > held, wider=holds < held),
        )


def _features(before: Policy, after: Policy) -> Iterator[Change]:
    for feature in sorted(Feature):
        was, now = (feature in p.features_allowed for p in (before, after))
        if was is not now:
            yield Change(
                subject=f"provider feature {feature.value}",
                before="allow" if was else "block",
                after="allow" if now else "block",
                way=Way.of(narrower=was, wider=now),
            )


def _named(before: Policy, after: Policy) -> Iterator[Change]:
    listed, now = before.provider_ids or frozenset(), after.provider_ids or frozenset()
    for name in sorted(listed ^ now):
        was = name in listed
        yield Change(
            subject=f"provider id {name}",
            before="allow" if was else "block",
            after="block" if was else "allow",
            way=Way.of(narrower=was, wider=not was),
        )


def _keeping(before: Policy, after: Policy) -> Iterator[Change]:
    kept, keeps = (_STORES.index(p.store) for p in (before, after))
    if kept != keeps:
        yield Change(
            subject="store",
            before=before.store.value,
            after=after.store.value,
            way=Way.of(narrower=keeps < kept, wider=keeps > kept),
        )
    given, gives = (_CACHES.index(p.cache) for p in (before, after))
    if given != gives:
        yield Change(
            subject="cache",
            before=before.cache.value,
            after=after.cache.value,
            way=Way.of(narrower=gives < given, wider=gives > given),
        )


def _surfaces(before: Policy, after: Policy) -> Iterator[Change]:
    for surface in sorted(Opened):
        was, now = (surface in p.surfaces for p in (before, after))
        if was is not now:
            yield Change(
                subject=f"surface {surface.value}",
                before="allow" if was else "refuse",
                after="allow" if now else "refuse",
                way=Way.of(narrower=was, wider=now),
            )


def _states(before: Policy, after: Policy) -> Iterator[Change]:
    was, now = before.identifiers_of, after.identifiers_of
    if was != now:
        yield Change(
            subject="identifiers of other states",
            before=", ".join(sorted(was)) or "none",
            after=", ".join(sorted(now)) or "none",
            way=Way.of(narrower=bool(now - was), wider=bool(was - now)),
        )


@dataclass(frozen=True, slots=True)
class _Bounds:
    """Where a request may go, all rules that bind it taken together."""

    words: str
    countries: frozenset[str] | None
    """None: anywhere."""
    refuses: bool
    """One deployment outside is enough."""


def _residency(before: Policy, after: Policy) -> Iterator[Change]:
    """What binds grows with what is found, so comparing for each entity compares for all sets."""
    told = set[tuple[str, str]]()
    for subject, found, unscanned in _occasions(before, after):
        was, now = (_bounds(p, found, unscanned=unscanned) for p in (before, after))
        if (was.countries, was.refuses) == (now.countries, now.refuses):
            continue
        if (was.words, now.words) not in told:
            told.add((was.words, now.words))
            yield Change(subject=subject, before=was.words, after=now.words, way=_way(was, now))


def _occasions(before: Policy, after: Policy) -> Iterator[tuple[str, frozenset[Entity], bool]]:
    yield "residency, always", frozenset(), False
    yield "residency, when personal data is found", frozenset({_SOME_OTHER}), False
    for entity in sorted({e for p in (before, after) for r in p.residency for e in r.entities}):
        yield f"residency, when {entity} is found", frozenset({entity}), False
    if before.attachments_allowed or after.attachments_allowed:
        yield "residency, with attachments", frozenset(), True


def _bounds(policy: Policy, found: frozenset[Entity], *, unscanned: bool) -> _Bounds:
    rules = [rule for rule in policy.residency if rule.binds(found, unscanned=unscanned)]
    if not rules:
        return _Bounds(words="anywhere", countries=None, refuses=False)
    refuses = any(rule.on_violation is OnViolation.BLOCK for rule in rules)
    words = " and ".join(sorted({_names(rule) for rule in rules}))
    countries = frozenset.intersection(*(rule.countries for rule in rules))
    return _Bounds(words + (" or block" if refuses else ""), countries, refuses)


def _names(rule: ResidencyRule) -> str:
    return "+".join(rule.jurisdictions)


def _way(was: _Bounds, now: _Bounds) -> Way:
    lost = now.countries is not None and (was.countries is None or was.countries - now.countries)
    won = was.countries is not None and (now.countries is None or now.countries - was.countries)
    return Way.of(
        narrower=bool(lost) or (now.refuses and not was.refuses),
        wider=bool(won) or (was.refuses and not now.refuses),
    )
