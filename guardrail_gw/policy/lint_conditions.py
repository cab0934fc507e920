"""What a valid `when` may still get wrong: policies that never count, or as the client likes."""

from collections.abc import Iterator
from itertools import product

from guardrail_gw.policy.compile import Compiled
from guardrail_gw.policy.condition import Condition
from guardrail_gw.policy.remark import Level, Remark
from guardrail_gw.policy.source import PolicySet

_FILLER = "~any~"
"""Stands for `*` in a name that only truly general patterns fit; `~` is in no pattern."""
_CHOSEN = {
    "stream": "a client that asks for a whole answer, or for a stream, chooses whether it counts",
    "features": "a client that leaves a field out chooses that it does not count",
}
"""What follows from a field that costs a client nothing to change."""


def condition_remarks(policies: PolicySet) -> Iterator[Remark]:
    """Remarks about every `when` of a folder."""
    for document in policies.documents:
        if document.condition is None:
            continue
        if not any(policies.always(*names) for names in witnesses(document)):
            message = (
                "never counts: it only adds to policies without `when`, and none has its callers"
            )
            yield _remark(Level.ERROR, document, message)
        for message in _said_of(document.condition):
            yield _remark(Level.WARNING, document, message)


def witnesses(document: Compiled) -> Iterator[tuple[str, str, str]]:
    """Callers for whom as few other documents as possible apply."""
    match = document.match
    for names in product(match.tenant, match.team, match.endpoint):
        tenant, team, endpoint = (name.replace("*", _FILLER) for name in names)
        yield tenant, team, endpoint


def _said_of(condition: Condition) -> Iterator[str]:
    if not condition.names:
        yield "asks for nothing, so it is always the same; leave it out"
    for name in condition.names:
        if name in _CHOSEN:
            yield f"asks for `{name}`: {_CHOSEN[name]}"


def _remark(level: Level, document: Compiled, message: str) -> Remark:
    return Remark(level=level, rule=f"{document.id}/when", message=message)
