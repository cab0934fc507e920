"""Cases: what a policy folder must decide, written beside the policies for anyone to read."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from guardrail_gw.core.text import Entity
from guardrail_gw.documents import Loaded, closest, read
from guardrail_gw.policy.case_document import CasesDocument, Expect, Given, PlaceCase
from guardrail_gw.policy.coverage import proved, rules_of
from guardrail_gw.policy.entities import ENTITIES
from guardrail_gw.policy.explain import explain
from guardrail_gw.policy.explanation import Decided, Explanation, Facts, Place, Seen
from guardrail_gw.policy.source import CASES, load_set
from guardrail_gw.policy.vocabulary import Vocabulary


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
            covered.update(proved(case, explanation))
    rules = rules_of(policies)
    return Report(
        results=tuple(results),
        covered=tuple(rule for rule in rules if rule in covered),
        uncovered=tuple(rule for rule in rules if rule not in covered),
    )


def _facts(loaded: Loaded[CasesDocument], index: int, vocabulary: Vocabulary) -> Facts:
    given = loaded.value.cases[index].given
    known = vocabulary.detectable | ENTITIES.keys()
    for line in ("found", "values", "found_in_code", "counts"):
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
        user=given.user,
        key=given.key,
        model=given.model,
        stream=given.stream,
        at_us=_moment(loaded, index),
        tool=given.tool or "",
        tool_kinds=frozenset(given.annotations),
    )


def _moment(loaded: Loaded[CasesDocument], index: int) -> int | None:
    at = loaded.value.cases[index].given.at
    if at is None:
        return None
    try:
        return int(datetime.fromisoformat(at).timestamp() * 1_000_000)
    except ValueError:
        loc = ("cases", index, "given", "at")
        raise loaded.fault(loc, "no such day or hour") from None


def _seen(given: Given, vocabulary: Vocabulary) -> Iterator[Seen]:
    """Everything that the case says was found."""
    found = dict.fromkeys(given.values, 1.0) | _scores(given.found)
    for name, score in found.items():
        for value in given.values.get(name) or (None,):
            often = given.counts.get(name, 1) if value is None else 1
            yield Seen(entity=Entity(name), score=score, value=value, count=often)
    for name, score in _scores(given.found_in_code).items():
        entity = Entity(name)
        looks = entity in vocabulary.looks_only
        yield Seen(entity=entity, score=score, looks_in_code=looks, count=given.counts.get(name, 1))


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
    counting = {each.document for each in got.documents if each.matches}
    if expect.policies is not None and set(expect.policies) != counting:
        yield f"policies: expected {_list(expect.policies)}, got {_list(counting)}"
    yield from _actions_differ(expect, got)
    yield from _differs("code", expect.code, got.source_code)
    lawful = {each.deployment for each in got.deployments if each.lawful}
    if expect.sent_to is not None and set(expect.sent_to) != lawful:
        yield f"sent_to: expected {_list(expect.sent_to)}, got {_list(lawful)}"
    bound = {place for rule in got.residency if rule.binds for place in rule.jurisdictions}
    if expect.residency is not None and set(expect.residency) != bound:
        yield f"residency: expected {_list(expect.residency)}, got {_list(bound)}"
    yield from _differs("store", expect.store, got.store)
    yield from _differs("cache", expect.cache, got.cache)
    decided = {each.subject: each for each in got.tools}
    yield from _differs("tool", expect.tool, decided.get("tool"))
    yield from _differs("receives", expect.receives, decided.get("received"))
    yield from _differs("results", expect.results, decided.get("results"))
    yield from _differs("audit", expect.audit, got.audit)
    yield from _differs("durability", expect.durability, got.durability)


def _actions_differ(expect: Expect, got: Explanation) -> Iterator[str]:
    actions = {each.subject: each for each in got.entities}
    for entity, action in expect.actions.items():
        decided = actions.get(entity)
        if decided is None:
            yield f"actions.{entity}: not among what was found"
        elif decided.said != action:
            yield f"actions.{entity}: expected {action}, got {decided.said} by {decided.rule}"


def _differs(
    line: str,
    expected: str | None,
    got: Decided | None,
) -> Iterator[str]:
    said = got.said if got else "none"
    if expected is not None and said != expected:
        yield f"{line}: expected {expected!s}, got {said}"


def _list(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "none"
