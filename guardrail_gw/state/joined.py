"""What is known of several things that a request names: they are in one place and fit together."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from guardrail_gw.core.kept import Held
from guardrail_gw.errors import StateElsewhere


def joined(found: Sequence[Held]) -> Held:
    """All of it as one; there is at least one, and the first says which model was asked.

    Raises:
        StateElsewhere: `state.elsewhere`, others keep one of them; `state.conflict`, something
            stands for one value in one of them and for another in the next.
    """
    first, *others = found
    for other in others:
        first = _both(first, other)
    return first


def disagree(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether something stands for two values."""
    return any(one[token] != other[token] for token in one.keys() & other.keys())


def _both(one: Held, other: Held) -> Held:
    if one.holder != other.holder:
        raise StateElsewhere(
            f"what {one.place!r} and {other.place!r} name is kept by two providers or accounts, "
            "and only one can be asked; upload it again"
        )
    if disagree(one.issued, other.issued):
        raise StateElsewhere(
            f"in what {one.place!r} and {other.place!r} name the same invented value stands for "
            "two; upload them anew in one file",
            code="state.conflict",
        )
    return replace(
        one,
        issued={**one.issued, **other.issued},
        entities=one.entities | other.entities,
        unscanned=one.unscanned or other.unscanned,
    )
