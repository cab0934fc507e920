"""What a condition can ask: facts about a request that the gateway itself decides.

A closed list. None of it is text that a person wrote: names come from keys and gateway.yaml, the
rest are numbers and words of ours.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Final

from guardrail_gw.core.exchange import Inbound
from guardrail_gw.core.text import Entity

FOUND: Final = "found."
"""Begins the names of counts: `found.PERSON`."""
TOTAL: Final = "found.total"
Fact = str | int | bool | list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """Of one request; None stands for what is not known."""

    tenant: str | None = None
    team: str | None = None
    user: str | None = field(default=None, repr=False)
    key: str | None = None
    endpoint: str | None = None
    model: str | None = None
    """A virtual model of the configuration; empty if another name, or none, was asked for."""
    stream: bool | None = None
    attachments: bool | None = None
    features: tuple[str, ...] | None = None
    at_us: int | None = None
    """Microseconds since the epoch at which it came."""


def circumstances_of(inbound: Inbound, models: Iterable[str]) -> Circumstances:
    """Of a request at the gateway.

    Args:
        inbound: the request.
        models: the virtual models that are configured; another name is the client's text.
    """
    principal, question = inbound.principal, inbound.question
    return Circumstances(
        tenant=principal.tenant,
        team=principal.team,
        user=principal.user,
        key=principal.key_id,
        endpoint=None if question.surfaces else inbound.arrival.surface,  # then several count
        model=question.model if question.model in models else "",
        stream=question.stream,
        attachments=bool(question.attachments),
        features=tuple(sorted(question.features)),
        at_us=inbound.arrival.received_us,
    )


@dataclass(frozen=True, slots=True)
class Variable:
    """A name that conditions may use."""

    kind: str
    """Its type in CEL: `string`."""
    read: Callable[[Circumstances, tzinfo], Fact | None]
    """Its value; None: not known."""


def _at(pick: Callable[[datetime], int]) -> Callable[[Circumstances, tzinfo], int | None]:
    def read(circumstances: Circumstances, zone: tzinfo) -> int | None:
        if circumstances.at_us is None:
            return None
        return pick(datetime.fromtimestamp(circumstances.at_us / 1e6, zone))

    return read


VARIABLES: Final[Mapping[str, Variable]] = {
    "tenant": Variable("string", lambda c, _: c.tenant),
    "team": Variable("string", lambda c, _: c.team),
    "user": Variable("string", lambda c, _: c.user),
    "key": Variable("string", lambda c, _: c.key),
    "endpoint": Variable("string", lambda c, _: c.endpoint),
    "model": Variable("string", lambda c, _: c.model),
    "stream": Variable("bool", lambda c, _: c.stream),
    "attachments": Variable("bool", lambda c, _: c.attachments),
    "features": Variable(
        "list(string)", lambda c, _: None if c.features is None else list(c.features)
    ),
    "time.hour": Variable("int", _at(lambda t: t.hour)),
    "time.minute": Variable("int", _at(lambda t: t.minute)),
    "time.weekday": Variable("int", _at(lambda t: t.isoweekday())),
}
"""Known before anything is looked for; what was found is `found.total` and `found.<kind>`."""


def count(name: str, found: Mapping[Entity, int]) -> int:
    """The value of `found.total` or `found.<kind>`."""
    if name == TOTAL:
        return sum(found.values())
    return found.get(Entity(name.removeprefix(FOUND)), 0)
