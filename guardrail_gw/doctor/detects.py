"""Whether the detectors, as they are configured, find and replace what they are relied on for."""

from collections.abc import Iterable
from dataclasses import dataclass

from guardrail_gw.core.text import Entity
from guardrail_gw.doctor.canaries import Canary
from guardrail_gw.doctor.check import Check, Verdict

_SHOWN = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What became of one canary on its way out."""

    canary: Canary
    is_found: bool
    """A finding of some kind covers its value."""
    is_gone: bool
    """The value is not in what would leave, or the request is refused for it."""
    is_let: bool = False
    """The policy itself lets such values pass."""


def judge(
    seen: Iterable[Seen], relied_on: frozenset[Entity], silent: Iterable[Entity]
) -> list[Check]:
    """One check of the languages, one of the kinds.

    Args:
        seen: what became of the canaries.
        relied_on: kinds of which the configuration says that they must be detectable.
        silent: kinds that count and have no canary.
    """
    every = tuple(seen)
    spoken = [each for each in every if each.canary.language]
    return [
        _languages(spoken),
        _kinds([each for each in every if not each.canary.language], relied_on, tuple(silent)),
    ]


def _languages(spoken: list[Seen]) -> Check:
    name = "detection.languages"
    missed = sorted({s.canary.language for s in spoken if not (s.is_found or s.is_let)})
    leaked = sorted({s.canary.language for s in spoken if not (s.is_gone or s.is_let)})
    if not spoken:
        said = "no language is configured for which there is a sentence"
        return Check(name=name, verdict=Verdict.NOT_TESTED, said=said)
    if missed or leaked:
        return Check(
            name=name,
            verdict=Verdict.FAIL,
            said=f"a name or an address of mail stays in {', '.join(missed or leaked)}",
            advice="serve nobody in that language before it is found: see docs/detection.md",
        )
    languages = sorted({each.canary.language for each in spoken})
    said = f"names and addresses are replaced in {len(languages)}: {' '.join(languages)}"
    return Check(name=name, verdict=Verdict.OK, said=said)


def _kinds(seen: list[Seen], relied_on: frozenset[Entity], silent: tuple[Entity, ...]) -> Check:
    name = "detection.kinds"
    stays = [s.canary.entity for s in seen if not (s.is_gone or s.is_let)]
    if bad := sorted({*stays}):
        advice = "what it is relied on for does not work: see detection in gateway.yaml"
        return Check(name=name, verdict=Verdict.FAIL, said=f"stay: {_listed(bad)}", advice=advice)
    if unproved := sorted(relied_on & {*silent}):
        return Check(
            name=name,
            verdict=Verdict.WARN,
            said=f"required, and nothing here can show that it is found: {_listed(unproved)}",
            advice="try an example of your own: guardrail-gw pii explain",
        )
    let = sum(each.is_let for each in seen)
    said = f"{len(seen) - let} kinds are replaced or refused"
    said += f", {let} pass by the policy" if let else ""
    said += f", {len(silent)} without an example: {_listed(sorted(silent))}" if silent else ""
    return Check(name=name, verdict=Verdict.OK if seen else Verdict.NOT_TESTED, said=said)


def _listed(names: list[Entity]) -> str:
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
