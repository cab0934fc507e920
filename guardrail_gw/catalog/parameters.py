"""The tables of a provider's parameters, put together for one model."""

import re
from collections.abc import Iterable

from guardrail_gw.catalog.facts import ParameterFact, RangeFact
from guardrail_gw.core.parameters import Bounds, Parameters, Scalar


def of_model(facts: Iterable[ParameterFact], model: str) -> tuple[tuple[str, Parameters], ...]:
    """What holds for a model, by dialect; a later table's word stands where two speak of one."""
    binding = [f for f in facts if f.models is None or re.fullmatch(f.models, model)]
    dialects = sorted({dialect for fact in binding for dialect in fact.dialects})
    return tuple((name, _merged([f for f in binding if name in f.dialects])) for name in dialects)


def done(fact: ParameterFact) -> str:
    """What an entry does, in one line."""
    said = [f"{old} becomes {new}" for old, new in fact.rename.items()]
    said += [f"{name} left out" for name in fact.drop]
    said += [f"{name} refused" for name in fact.refuse]
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
    bounds: dict[str, Bounds] = {}
    required: dict[str, Scalar] = {}
    for fact in facts:
        for name in fact.keep:
            for table in (renamed, dropped, refused, bounds, required):
                table.pop(name, None)
        renamed |= fact.rename
        dropped |= dict.fromkeys(fact.drop)
        refused |= dict.fromkeys(fact.refuse)
        bounds |= {name: _bounds(each) for name, each in fact.range.items()}
        required |= fact.require
    return Parameters(
        renamed=tuple(renamed.items()),
        dropped=tuple(dropped),
        refused=tuple(refused),
        bounds=tuple(bounds.items()),
        required=tuple(required.items()),
    )


def _bounds(fact: RangeFact) -> Bounds:
    return Bounds(least=fact.least, most=fact.most, is_refused_beyond=fact.beyond == "refuse")
