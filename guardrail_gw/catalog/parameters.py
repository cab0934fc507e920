"""The tables of a provider's parameters, put together for one model."""

import re
from collections.abc import Iterable

from guardrail_gw.catalog.facts import ParameterFact, RangeFact
from guardrail_gw.core.parameters import Bounds, Parameters, Scalar, Takes


def of_model(facts: Iterable[ParameterFact], model: str) -> tuple[tuple[str, Parameters], ...]:
    """What holds for a model, by dialect; a later table's word stands where two speak of one."""
    binding = [fact for fact in _binding(facts, model) if _changes(fact)]
    dialects = sorted({dialect for fact in binding for dialect in fact.dialects})
    return tuple((name, _merged([f for f in binding if name in f.dialects])) for name in dialects)


def taken(facts: Iterable[ParameterFact], model: str) -> tuple[tuple[str, frozenset[Takes]], ...]:
    """What a model takes of what not every model does, by dialect."""
    binding = [fact for fact in _binding(facts, model) if fact.takes]
    dialects = sorted({dialect for fact in binding for dialect in fact.dialects})
    return tuple(
        (name, frozenset(each for f in binding if name in f.dialects for each in f.takes))
        for name in dialects
    )


def _binding(facts: Iterable[ParameterFact], model: str) -> list[ParameterFact]:
    return [fact for fact in facts if fact.models is None or re.fullmatch(fact.models, model)]


def _changes(fact: ParameterFact) -> bool:
    """Whether an entry changes bodies, beside what it says of translations."""
    changing = (fact.rename, fact.drop, fact.refuse, fact.one_of, fact.range, fact.require)
    return any((*changing, fact.keep))


def done(fact: ParameterFact) -> str:
    """What an entry does, in one line."""
    said = [f"{old} becomes {new}" for old, new in fact.rename.items()]
    said += [f"{name} left out" for name in fact.drop]
    said += [f"{name} refused" for name in fact.refuse]
    said += [f"one of {', '.join(names)}" for names in fact.one_of]
    said += [f"takes {each.replace('_', ' ')}" for each in fact.takes]
    said += [f"{name} {_between(each)}" for name, each in fact.range.items()]
    said += [f"{name} is {value} if not said" for name, value in fact.require.items()]
    said += [f"{name} as it is after all" for name in fact.keep]
    return "; ".join(said)


def _between(fact: RangeFact) -> str:
    ends = (("from", fact.least), ("to", fact.most))
    where = " ".join(f"{word} {end}" for word, end in ends if end is not None)
    return f"{where}, {'refused beyond' if fact.beyond == 'refuse' else 'or that'}"


def _merged(facts: Iterable[ParameterFact]) -> Parameters:
    renamed: dict[str, str] = {}
    dropped: dict[str, None] = {}
    refused: dict[str, None] = {}
    groups: dict[tuple[str, ...], None] = {}
    bounds: dict[str, Bounds] = {}
    required: dict[str, Scalar] = {}
    for fact in facts:
        for name in fact.keep:
            for table in (renamed, dropped, refused, bounds, required):
                table.pop(name, None)
            groups = {names: None for names in groups if name not in names}
        renamed |= fact.rename
        dropped |= dict.fromkeys(fact.drop)
        refused |= dict.fromkeys(fact.refuse)
        groups |= dict.fromkeys(fact.one_of)
        bounds |= {name: _bounds(each) for name, each in fact.range.items()}
        required |= fact.require
    return Parameters(
        renamed=tuple(renamed.items()),
        dropped=tuple(dropped),
        refused=tuple(refused),
        one_of=tuple(groups),
        bounds=tuple(bounds.items()),
        required=tuple(required.items()),
    )


def _bounds(fact: RangeFact) -> Bounds:
    return Bounds(least=fact.least, most=fact.most, is_refused_beyond=fact.beyond == "refuse")
