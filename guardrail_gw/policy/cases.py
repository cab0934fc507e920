"""Cases: what a policy folder must decide, written beside the policies for anyone to read."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from guardrail_gw.core.feature import Feature
from guardrail_gw.core.text import Entity
from guardrail_gw.documents import Loaded, Strict, closest, read
from guardrail_gw.policy.document import Code, EntityName, Score, Values, WrittenAction
from guardrail_gw.policy.entities import ENTITIES
from guardrail_gw.policy.explain import explain
from guardrail_gw.policy.explanation import Decided, Explanation, Facts, Outcome, Place, Seen
from guardrail_gw.policy.found import allow_rule, code_rule
from guardrail_gw.policy.policy import Detail, Store
from guardrail_gw.policy.source import CASES, PolicySet, load_set
from guardrail_gw.policy.vocabulary import Vocabulary


class PlaceCase(Strict):
    """A deployment that runs in one place and stores in another."""

    inference: tuple[str, ...] = Field(description="Where the model runs; empty: unknown.")
    storage: tuple[str, ...] = Field(description="Where requests are kept; empty: unknown.")


class Given(Strict):
    """A request, told by what the policies look at."""

    tenant: str = Field(default="any-tenant", description="Who asks.")
    team: str = Field(default="any-team", description="The team within the tenant.")
    endpoint: str = Field(default="openai_chat", description="The surface asked.")
    found: tuple[EntityName, ...] | dict[EntityName, Score] = Field(
        default=(), description="Kinds of personal data found, as a list or with scores."
    )
    values: dict[EntityName, Values] = Field(
        default_factory=dict,
        description="Kinds of personal data found, word for word: what `allow_values` looks at.",
    )
    found_in_code: tuple[EntityName, ...] | dict[EntityName, Score] = Field(
        default=(), description="The same as `found`, within source code."
    )
    attachments: bool = Field(
        default=False, description="Whether images, audio or files are in it."
    )
    provider_features: tuple[Feature, ...] = Field(
        default=(), description="What it asks of a provider beyond an answer."
    )
    deployments: dict[str, tuple[str, ...] | PlaceCase] = Field(
        default_factory=dict,
        description="Deployments behind the model and where they are; an empty list is unknown.",
    )


class Expect(Strict):
    """What the policies must decide; what is left out is not checked."""

    decision: Outcome = Field(description="`allow`, `block` or `unmatched` (refused: no policy).")
    actions: dict[EntityName, WrittenAction | Literal["nothing"]] = Field(
        default_factory=dict, description="What happens with each kind of personal data."
    )
    code: Code | None = Field(
        default=None, description="What counts within source code: `checked` or `scan`."
    )
    sent_to: tuple[str, ...] | None = Field(
        default=None, description="The deployments that may see the request, and no other."
    )
    residency: tuple[str, ...] | None = Field(
        default=None, description="The jurisdictions of the rules that bind; empty: none binds."
    )
    store: Store | None = Field(
        default=None, description="Whether providers keep answers: `never`, `asked`, `as_sent`."
    )
    audit: Detail | None = Field(default=None, description="What the audit record holds.")


class Case(Strict):
    """One example."""

    name: Annotated[str, Field(min_length=1, max_length=200)] = Field(
        description="A sentence that is true."
    )
    given: Given = Field(description="The request.")
    expect: Expect = Field(description="What is decided.")


class CasesDocument(Strict):
    """cases.yaml."""

    api_version: Literal["guardrail-gw/v1"] = Field(
        alias="apiVersion", description="The version of this format."
    )
    kind: Literal["PolicyCases"] = Field(description="Says that the file holds cases.")
    cases: Annotated[tuple[Case, ...], Field(min_length=1)] = Field(description="The examples.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """How one case went."""

    name: str
    line: int
    differences: tuple[str, ...]
    """Empty when the policies decide as expected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """How all cases of a folder went."""

    results: tuple[Result, ...]
    covered: tuple[str, ...]
    """Rules that decided something that a case checks."""
    uncovered: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Every case as expected and every rule covered."""
        return not self.uncovered and not any(r.differences for r in self.results)


def run_cases(directory: Path, vocabulary: Vocabulary) -> Report:
    """Try the policies of a folder on its cases.

    Raises:
        ConfigError: a policy or the cases cannot be read, or there are none.
    """
    policies = load_set(directory, vocabulary)
    loaded = read(directory / CASES, CasesDocument)
    results, covered = [], set[str]()
    for i, case in enumerate(loaded.value.cases):
        explanation = explain(policies, _facts(loaded, i, vocabulary))
        line = loaded.lines["cases", i][0]
        differences = tuple(_differences(case.expect, explanation))
        results.append(Result(name=case.name, line=line, differences=differences))
        if not differences:
            covered.update(_proved(case, explanation))
    rules = rules_of(policies)
    return Report(
        results=tuple(results),
        covered=tuple(rule for rule in rules if rule in covered),
        uncovered=tuple(rule for rule in rules if rule not in covered),
    )


def rules_of(policies: PolicySet) -> tuple[str, ...]:
    """Every rule of every document, in reading order."""
    rules: list[str] = []
    for document in policies.documents:
        policy = document.policy
        rules.append(policy.default.rule)
        rules += [rule.rule for rule in policy.entities.values()]
        treated = (policy.default, *policy.entities.values())
        rules += [allow_rule(rule) for rule in treated if rule.allowed]
        if policy.code_scanned:
            rules.append(code_rule(document.id))
        rules.append(f"{document.id}/attachments")
        rules += [rule.rule for rule in policy.residency]
        if policy.features_allowed:
            rules.append(f"{document.id}/provider_features")
        if policy.store is not Store.ASKED:
            rules.append(f"{document.id}/store")
        rules += [f"{document.id}/surfaces.{surface}" for surface in sorted(policy.surfaces)]
        rules.append(f"{document.id}/audit")
    return tuple(rules)


def _facts(loaded: Loaded[CasesDocument], index: int, vocabulary: Vocabulary) -> Facts:
    given = loaded.value.cases[index].given
    known = vocabulary.detectable | ENTITIES.keys()
    for line in ("found", "values", "found_in_code"):
        for name in getattr(given, line):
            if name not in known:
                loc = ("cases", index, "given", line)
                raise loaded.fault(loc, f"unknown entity {name!r}", near=closest(name, known))
    return Facts(
        tenant=given.tenant,
        team=given.team,
        surface=given.endpoint,
        found=tuple(_seen(given, vocabulary)),
        attachments=given.attachments,
        features=frozenset(given.provider_features),
        places={
            name: _place(loaded, index, name, vocabulary.jurisdictions)
            for name in given.deployments
        },
    )


def _seen(given: Given, vocabulary: Vocabulary) -> Iterator[Seen]:
    """Everything that the case says was found."""
    found = dict.fromkeys(given.values, 1.0) | _scores(given.found)
    for name, score in found.items():
        for value in given.values.get(name) or (None,):
            yield Seen(entity=Entity(name), score=score, value=value)
    for name, score in _scores(given.found_in_code).items():
        entity = Entity(name)
        looks = entity in vocabulary.looks_only
        yield Seen(entity=entity, score=score, looks_in_code=looks)


def _scores(found: tuple[str, ...] | dict[str, float]) -> dict[str, float]:
    return found if isinstance(found, dict) else dict.fromkeys(found, 1.0)


def _place(
    loaded: Loaded[CasesDocument], index: int, name: str, known: Mapping[str, frozenset[str]]
) -> Place:
    written = loaded.value.cases[index].given.deployments[name]
    if isinstance(written, tuple):
        written = PlaceCase(inference=written, storage=written)
    for place in (*written.inference, *written.storage):
        if place not in known:
            loc = ("cases", index, "given", "deployments", name)
            raise loaded.fault(loc, f"unknown place {place!r}", near=closest(place, known))
    return Place(
        inference=frozenset().union(*(known[p] for p in written.inference)),
        storage=frozenset().union(*(known[p] for p in written.storage)),
    )


def _differences(expect: Expect, got: Explanation) -> Iterator[str]:
    """What is not as expected, one sentence each."""
    if got.outcome is not expect.decision:
        yield f"decision: expected {expect.decision.value}, got {got.outcome.value}: {got.because}"
    yield from _actions_differ(expect, got)
    yield from _differs("code", expect.code, got.source_code)
    lawful = {each.deployment for each in got.deployments if each.lawful}
    if expect.sent_to is not None and set(expect.sent_to) != lawful:
        yield f"sent_to: expected {_list(expect.sent_to)}, got {_list(lawful)}"
    bound = {place for rule in got.residency if rule.binds for place in rule.jurisdictions}
    if expect.residency is not None and set(expect.residency) != bound:
        yield f"residency: expected {_list(expect.residency)}, got {_list(bound)}"
    yield from _differs("store", expect.store, got.store)
    yield from _differs("audit", expect.audit, got.audit)


def _actions_differ(expect: Expect, got: Explanation) -> Iterator[str]:
    actions = {each.subject: each for each in got.entities}
    for entity, action in expect.actions.items():
        decided = actions.get(entity)
        if decided is None:
            yield f"actions.{entity}: not among what was found"
        elif decided.said != action:
            yield f"actions.{entity}: expected {action}, got {decided.said} by {decided.rule}"


def _differs(
    line: str, expected: Code | Detail | Store | None, got: Decided | None
) -> Iterator[str]:
    said = got.said if got else "none"
    if expected is not None and said != expected:
        yield f"{line}: expected {expected.value}, got {said}"


def _proved(case: Case, got: Explanation) -> Iterator[str]:
    """The rules that decided something which this case checks."""
    for each in got.entities:
        blocks = got.code == "policy.blocked" and each.said == "block"
        if each.said != "nothing" and (each.subject in case.expect.actions or blocks):
            yield each.rule
        if each.said == "nothing" and each.subject in case.expect.actions:
            yield from (rule for passed in each.passed for rule in passed.rules)
    if case.expect.code is not None and got.source_code is not None:
        yield got.source_code.rule
    if case.given.attachments and got.attachments is not None:
        yield got.attachments.rule
    yield from (each.rule for each in got.features)
    checked = case.expect.sent_to is not None or case.expect.residency
    if checked or got.code == "residency.no_lawful_upstream":
        yield from (rule.rule for rule in got.residency if rule.binds)
    yield from _proved_of_keeping(case, got)
    if case.expect.audit is not None and got.audit is not None:
        yield got.audit.rule


def _proved_of_keeping(case: Case, got: Explanation) -> Iterator[str]:
    if case.expect.store is not None and got.store is not None:
        yield got.store.rule
    if got.surface is not None:
        yield got.surface.rule


def _list(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "none"
