"""Keeps the deployments whose countries satisfy every residency rule that binds.

One whose contract has ended is lawful for nobody, whatever binds. A hard filter before any scoring:
an empty set of countries is unknown and satisfies nothing.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from guardrail_gw.core.deployment import Deployment, Rejection
from guardrail_gw.core.exchange import Placed, Redacted
from guardrail_gw.core.fallback import Cause, Fallback
from guardrail_gw.core.feature import Feature
from guardrail_gw.core.kept import Kept, Named
from guardrail_gw.core.reason import Reason
from guardrail_gw.core.text import Entity
from guardrail_gw.dialects.steering import STORE
from guardrail_gw.errors import (
    FeatureRefused,
    ForeignIdRefused,
    NoLawfulUpstream,
    OperationRefused,
    StateElsewhere,
    StateWithdrawn,
    UnknownModel,
)
from guardrail_gw.policy.policy import OnViolation, Policy, ResidencyRule, Store

_FILED = frozenset({Kept.FILE, Kept.BATCH})
"""What has a home of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Residency:
    """Places requests on the deployments behind their virtual model."""

    routes: Mapping[str, tuple[Deployment, ...]]
    """Virtual model -> every deployment that serves it."""
    now_us: Callable[[], int]
    """The wall clock, by which contracts end."""
    conversations: str | None = None
    """The virtual model whose deployments keep conversations that clients make; None: none do."""
    fallbacks: Mapping[str, tuple[tuple[str, frozenset[Cause]], ...]] = field(default_factory=dict)
    """Virtual model -> others that may be asked instead, and why."""
    ladders: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Virtual model -> cheaper ones, asked when a budget that downgrades has no room."""
    homes: Mapping[str, str] = field(default_factory=dict)
    """Surface -> the virtual model whose deployments keep, and list, what names no model there."""

    def place(self, redacted: Redacted, policy: Policy) -> Placed:
        """Keep the lawful deployments, in the order of the route.

        Raises:
            UnknownModel: no route of that name.
            StateWithdrawn: none of the route keeps the conversation that the request goes on with.
            ForeignIdRefused: it names what a provider keeps, and no policy lists that.
            StateElsewhere: or the files that it names.
            FeatureRefused: the request itself asks for a way out of what is placed here.
            NoLawfulUpstream: none left, or one is out and the rule says `block`.
        """
        # The model's name is the client's text: it is not repeated in the error.
        route = self._route(redacted)
        if _removes(redacted):
            return self._removed(redacted, policy, route)
        found, unscanned = _so_far(redacted)
        rules = binding(policy, found, unscanned=unscanned)
        if rules or unscanned or any(found.values()):
            _refuse_features(_asked(redacted, policy), policy)
        _refuse_foreign(redacted.inbound.question.kept, policy)
        lists = redacted.inbound.question.lists is not None  # of what was placed so
        if redacted.stored or lists:  # whoever keeps it keeps all that later turns add
            rules = binding(policy, found, unscanned=True)
        lawful, rejected = self._sorted(route, rules)
        if not lawful:
            raise _unlawful(rules, rejected)
        return Placed(
            redacted=redacted,
            lawful=lawful,
            rejected=rejected,
            rules=tuple(sorted(r.rule for r in rules)),
            allowed=frozenset.intersection(*(r.countries for r in rules)) if rules else None,
            fallbacks=tuple(self._fallbacks(redacted, policy, rules)),
        )

    def _fallbacks(
        self, redacted: Redacted, policy: Policy, rules: tuple[ResidencyRule, ...]
    ) -> Iterator[Fallback]:
        """Place the request on other models, too; what somebody keeps stays with its own.

        So does a request whose policy asks for the model: it was judged for this one.
        """
        question = redacted.inbound.question
        if redacted.stored or redacted.held is not None or question.once or question.lists:
            return
        if policy.asks_model or question.kept or question.files:
            return
        for model in self.ladders.get(question.model, ()):
            lawful, _ = self._sorted(self.routes[model], rules)
            if lawful:
                yield Fallback(model=model, on=frozenset(), lawful=lawful, is_rung=True)
        for model, causes in self.fallbacks.get(question.model, ()):
            lawful, _ = self._sorted(self.routes[model], rules)
            if lawful:
                yield Fallback(model=model, on=causes, lawful=lawful)

    def _sorted(
        self, route: tuple[Deployment, ...], rules: tuple[ResidencyRule, ...]
    ) -> tuple[tuple[Deployment, ...], tuple[Rejection, ...]]:
        """Those of a route that are lawful, and why the others are not."""
        lawful: list[Deployment] = []
        lapsed: list[Rejection] = []
        outside: list[Rejection] = []
        for deployment in route:
            if over := self._lapsed(deployment):
                lapsed += over
            elif reasons := rejections(deployment, rules):
                outside += reasons
            else:
                lawful.append(deployment)
        if outside and any(r.on_violation is OnViolation.BLOCK for r in rules):
            lawful = []  # one that is outside is enough
        return tuple(lawful), (*lapsed, *outside)

    def _removed(self, redacted: Redacted, policy: Policy, route: tuple[Deployment, ...]) -> Placed:
        """Place a request that has something deleted, and says nothing: its keeper is lawful.

        Nobody's data leave, and what lies there lies there until the keeper is asked. What would
        have forbidden anything else is on record.
        """
        found, unscanned = _so_far(redacted)
        rules = binding(policy, found, unscanned=unscanned)
        waived = {r.rule for r in rules if any(rejections(d, (r,)) for d in route)}
        lapsed = {"contract" for deployment in route if self._lapsed(deployment)}
        return Placed(
            redacted=redacted,
            lawful=route,
            rejected=(),
            rules=(),
            waived=tuple(sorted(waived | lapsed)),
        )

    def still_lawful(self, placed: Placed, deployment: Deployment) -> bool:
        """Decide anew, before each attempt: time has passed, and a contract may have ended."""
        if _removes(placed.redacted):
            return deployment in placed.lawful
        return not self._lapsed(deployment) and still_within(placed, deployment)

    def _lapsed(self, deployment: Deployment) -> tuple[Rejection, ...]:
        if not deployment.terms:
            return ()
        term = deployment.lapsed(self.now_us())
        if term is None:
            return ()
        code = Reason.CONTRACT_LAPSED
        return (Rejection(deployment=deployment.id, reason=code, detail=str(term)),)

    def _route(self, redacted: Redacted) -> tuple[Deployment, ...]:
        """Who may be asked at all; where somebody keeps the conversation, nobody else."""
        held, question = redacted.held, redacted.inbound.question
        is_filed = question.makes in _FILED
        home = self.homes.get(question.dialect) if is_filed else self.conversations
        if not question.model and held is None and home is None:
            what = "files and batches" if is_filed else "conversations"
            raise OperationRefused(f"nobody is named here who would keep {what}")
        model = question.model or (held.model if held else home)
        route = self.routes.get(model or "", ())
        if not route and not _removes(redacted):
            raise UnknownModel("no such model; GET /v1/models lists those this gateway serves")
        if held is None:
            return route
        pinned = tuple(d for d in route if d.holder == held.holder)
        if not pinned and _removes(redacted):  # whoever still has the account can be asked for it
            every = (d for each in self.routes.values() for d in each)
            pinned = tuple(d for d in every if d.holder == held.holder)[:1]
        if not pinned and question.files and question.recall is None:
            raise StateElsewhere(
                f"the file that {held.place!r} names is kept by an account that does not serve "
                "this model (any more); upload it again, for this model"
            )
        if not pinned:
            raise StateWithdrawn(
                f"who keeps what {held.place!r} names does not serve this model (any more); begin "
                "a new conversation"
            )
        return pinned


def _removes(redacted: Redacted) -> bool:
    """Whether a request has something deleted, and neither says nor shows anything."""
    question = redacted.inbound.question
    recall = question.recall
    is_silent = not (question.segments or question.attachments or redacted.stored)
    return recall is not None and recall.removes and redacted.held is not None and is_silent


def _so_far(redacted: Redacted) -> tuple[Mapping[Entity, int], bool]:
    """What was found in the request and in the conversation before it; and whether all was seen."""
    held, unscanned = redacted.held, bool(redacted.inbound.question.attachments)
    if held is None:
        return redacted.entities, unscanned
    earlier = dict.fromkeys(held.entities, 1)
    return {**earlier, **redacted.entities}, unscanned or held.unscanned


def still_within(placed: Placed, deployment: Deployment) -> bool:
    """Decide anew from the countries, and not from `placed.lawful` alone."""
    if deployment not in placed.reachable:
        return False
    if not placed.rules:
        return placed.allowed is None
    return placed.allowed is not None and _reason(deployment, placed.allowed) is None


def binding(
    policy: Policy, found: Mapping[Entity, int], *, unscanned: bool = False
) -> tuple[ResidencyRule, ...]:
    """The rules that bind a request in which these entities were found.

    Any entity counts, whatever was done with it: a name that was replaced was there all the same.
    """
    if not policy.residency:
        return ()
    present = {entity for entity, count in found.items() if count > 0}
    return tuple(rule for rule in policy.residency if rule.binds(present, unscanned=unscanned))


def rejections(deployment: Deployment, rules: tuple[ResidencyRule, ...]) -> tuple[Rejection, ...]:
    """At most one reason per deployment: the first rule it does not satisfy."""
    for rule in rules:
        reason = _reason(deployment, rule.countries)
        if reason is not None:
            code, countries = reason
            detail = f"{rule.rule} allows {', '.join(rule.jurisdictions) or 'nothing'}; {countries}"
            return (Rejection(deployment=deployment.id, reason=code, detail=detail),)
    return ()


def _reason(deployment: Deployment, allowed: frozenset[str]) -> tuple[Reason, str] | None:
    if not deployment.inference:
        return Reason.UNKNOWN, "where it runs is unknown"
    if not deployment.storage:
        return Reason.UNKNOWN, "where it stores is unknown"
    if outside := deployment.inference - allowed:
        return Reason.INFERENCE_OUTSIDE, f"it may run in {', '.join(sorted(outside))}"
    if outside := deployment.storage - allowed:
        return Reason.STORAGE_OUTSIDE, f"it may store in {', '.join(sorted(outside))}"
    return None


def _asked(redacted: Redacted, policy: Policy) -> Mapping[Feature, str]:
    """What is asked for in the end: whether an answer is kept is for the policy to say."""
    question = redacted.inbound.question
    asked = dict(question.features)
    if redacted.stored:
        asked.setdefault(Feature.STORAGE, STORE)
    elif policy.store is Store.NEVER and question.store and asked.get(Feature.STORAGE) == STORE:
        del asked[Feature.STORAGE]
    return asked


def _refuse_features(features: Mapping[Feature, str], policy: Policy) -> None:
    """What a provider keeps or passes on at the client's word is placed by nobody."""
    refused = sorted(features.keys() - policy.features_allowed)
    if refused:
        shown = ", ".join(f"{name} at {features[name]}" for name in refused)
        raise FeatureRefused(
            f"the policy does not let this request ask the provider for: {shown}; leave it out",
            facts={"features": [name.value for name in refused]},
        )


def _refuse_foreign(kept: tuple[Named, ...], policy: Policy) -> None:
    """What others keep at the same account can be named by anybody who knows its name."""
    foreign = [named for named in kept if named.id not in (policy.provider_ids or ())]
    if foreign:
        shown = ", ".join(f"{named.what} at {named.place!r}" for named in foreign)
        raise ForeignIdRefused(
            f"the request names what the provider keeps, and the policy does not list it: {shown}; "
            "ask for it to be added to `provider_ids`",
            facts={"places": [named.place for named in foreign]},
        )


def _unlawful(
    rules: tuple[ResidencyRule, ...], rejected: tuple[Rejection, ...]
) -> NoLawfulUpstream:
    allowed = " and ".join(sorted({"+".join(r.jurisdictions) for r in rules}))
    names = ", ".join(r.deployment for r in rejected)
    why = f"the policy allows {allowed} only for this request" if rules else "contracts have ended"
    return NoLawfulUpstream(
        f"{why}, which rules out: {names}",
        facts={
            "rules": sorted(r.rule for r in rules),
            "rejected": [
                {"deployment": r.deployment, "reason": r.reason, "detail": r.detail}
                for r in rejected
            ],
        },
    )
