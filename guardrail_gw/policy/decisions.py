"""Two explanations of one request compared: what would be decided otherwise."""

from collections.abc import Iterator

from guardrail_gw.policy.change import Change, Way
from guardrail_gw.policy.document import WrittenAction
from guardrail_gw.policy.explanation import Explanation, Outcome
from guardrail_gw.policy.policy import Cache, Detail, Durability, Store

OUTCOME, DEPLOYMENTS, AUDIT, STORE = "outcome", "deployments", "audit detail", "store"
CACHE = "cache"
DURABILITY = "audit durability"
NOTHING = "nothing"
_STRICTNESS = {NOTHING: 0} | {action.value: i for i, action in enumerate(WrittenAction)}
"""What is ignored and what is found too unsure pass alike: neither is personal data."""
_DETAILS = tuple(Detail)
_STORES = tuple(Store)
_CACHES = tuple(Cache)


def decided_otherwise(before: Explanation, after: Explanation) -> tuple[Change, ...]:
    """What `after` decides otherwise about the request that both explain."""
    return (
        *outcome_differs(_outcome(before), _outcome(after)),
        *_entities(before, after),
        *lawful_differs(lawful(before), lawful(after)),
        *_audit(before, after),
        *_store(before, after),
        *_cache(before, after),
        *_durability(before, after),
    )


def outcome_differs(before: str, after: str) -> Iterator[Change]:
    """Of two outcomes, `allow` or the code of a refusal; why both refuse is no difference."""
    passes = Outcome.ALLOW.value
    if (before == passes) is not (after == passes):
        way = Way.of(narrower=before == passes, wider=after == passes)
        yield Change(subject=OUTCOME, before=before, after=after, way=way)


def lawful_differs(before: frozenset[str] | None, after: frozenset[str] | None) -> Iterator[Change]:
    """Of two sets of deployments that may see the request; None: nobody judged it."""
    if before is None or after is None or before == after:
        return
    way = Way.of(narrower=bool(before - after), wider=bool(after - before))
    yield Change(subject=DEPLOYMENTS, before=_list(before), after=_list(after), way=way)


def durability_differs(before: Durability, after: Durability) -> Iterator[Change]:
    """Of who must have a record: to ask for more is narrower, to ask for less is wider."""
    if before is after:
        return
    was, now = ((each.asks_disk, each.asks_collector) for each in (before, after))
    pairs = list(zip(was, now, strict=True))
    way = Way.of(narrower=(False, True) in pairs, wider=(True, False) in pairs)
    yield Change(subject=DURABILITY, before=before.value, after=after.value, way=way)


def lawful(explanation: Explanation) -> frozenset[str] | None:
    """Who may see the request; None when it is refused, or no deployment is known."""
    if explanation.outcome is not Outcome.ALLOW or not explanation.deployments:
        return None
    return frozenset(each.deployment for each in explanation.deployments if each.lawful)


def _outcome(explanation: Explanation) -> str:
    return explanation.code or explanation.outcome.value


def _entities(before: Explanation, after: Explanation) -> Iterator[Change]:
    now = {each.subject: each.said for each in after.entities}
    for each in before.entities:
        was, then = each.said, now.get(each.subject, each.said)
        stricter = _STRICTNESS[then] - _STRICTNESS[was]
        if stricter:
            way = Way.of(narrower=stricter > 0, wider=stricter < 0)
            yield Change(subject=each.subject, before=was, after=then, way=way)


def _audit(before: Explanation, after: Explanation) -> Iterator[Change]:
    if before.audit is None or after.audit is None or before.audit.said == after.audit.said:
        return
    was, now = Detail(before.audit.said), Detail(after.audit.said)
    more = _DETAILS.index(now) > _DETAILS.index(was)
    way = Way.of(narrower=more, wider=not more)
    yield Change(subject=AUDIT, before=was.value, after=now.value, way=way)


def _store(before: Explanation, after: Explanation) -> Iterator[Change]:
    if before.store is None or after.store is None or before.store.said == after.store.said:
        return
    was, now = Store(before.store.said), Store(after.store.said)
    more = _STORES.index(now) > _STORES.index(was)
    way = Way.of(narrower=not more, wider=more)
    yield Change(subject=STORE, before=was.value, after=now.value, way=way)


def _cache(before: Explanation, after: Explanation) -> Iterator[Change]:
    if before.cache is None or after.cache is None or before.cache.said == after.cache.said:
        return
    was, now = Cache(before.cache.said), Cache(after.cache.said)
    more = _CACHES.index(now) > _CACHES.index(was)
    way = Way.of(narrower=not more, wider=more)
    yield Change(subject=CACHE, before=was.value, after=now.value, way=way)


def _durability(before: Explanation, after: Explanation) -> Iterator[Change]:
    if before.durability is not None and after.durability is not None:
        was, now = Durability(before.durability.said), Durability(after.durability.said)
        yield from durability_differs(was, now)


def _list(names: frozenset[str]) -> str:
    return ", ".join(sorted(names)) or "none"
