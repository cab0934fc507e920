"""What the log says was sent, beside what a provider says it was used for.

The log proves what was recorded; only the provider knows what arrived. Requests that a process sent
without recording them show here, and so do records of requests that never arrived. Pure.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

from guardrail_gw.audit.exchanges import Exchange, read_tokens
from guardrail_gw.audit.findings import Verdict
from guardrail_gw.audit.usage_export import Used

_DATED = re.compile(r"[-@](\d{8}|\d{4}-\d{2}-\d{2})$")
_ANSWERED = "ok"
_NEVER_ARRIVED = frozenset({"connect"})
_SECOND_US = 1_000_000

ALL_MODELS = "all models"
"""Of an export that does not tell models apart."""

Group = tuple[date, str]
"""Day in UTC, and model."""


class State(StrEnum):
    """How the two sides of a line stand to each other."""

    MATCHED = "matched"
    PROVIDER_ONLY = "provider_only"
    """The provider was used, or used more, and the log does not say so."""
    LOG_ONLY = "log_only"
    """The log says that something was sent, and the provider does not know of it."""


@dataclass(slots=True, kw_only=True)
class Sums:
    """What one side says of a day and a model; None where it does not count."""

    requests: int | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None

    def add(self, requests: int | None, read: int | None, written: int | None) -> None:
        """Add what is known."""
        self.requests = _plus(self.requests, requests)
        self.input_tokens = _plus(self.input_tokens, read)
        self.output_tokens = _plus(self.output_tokens, written)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One thing that both sides, or one of them, speak of."""

    state: State
    day: date
    model: str
    request_id: str | None = None
    """The provider's."""
    index: int | None = None
    """Of the intent, where one request is meant."""
    log: Sums | None = None
    provider: Sums | None = None
    uncertain: int = 0
    """Attempts of which the log does not know whether the provider counts them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One attempt that may have reached the provider."""

    index: int
    day: date
    model: str
    provider: str
    request_id: str | None
    answered: bool
    input_tokens: int | None = None
    output_tokens: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciliation:
    """All lines, and what they come to."""

    verdict: Verdict
    lines: tuple[Line, ...]
    days: tuple[date, ...] = field(default=())
    """First and last day that was compared."""

    def of(self, state: State) -> list[Line]:
        """The lines in that state."""
        return [line for line in self.lines if line.state is state]


def sent(found: Iterable[Exchange]) -> Iterator[Sent]:
    """Every attempt of the log; an exchange without an outcome may have been sent anywhere."""
    for exchange in found:
        if exchange.outcome is None:
            if exchange.intent.get("decision") == "allowed":
                yield _perhaps(exchange)
            continue
        attempts = exchange.outcome.get("attempts") or ()
        for number, attempt in enumerate(attempts, start=1):
            if attempt.get("result") not in _NEVER_ARRIVED:
                yield _sent(exchange, attempt, last=number == len(attempts))


def reconcile(
    ours: Iterable[Sent], theirs: Sequence[Used], names: Mapping[str, str] | None = None
) -> Reconciliation:
    """Compare both sides on the days of which the provider speaks.

    Args:
        ours: attempts, of the provider in question.
        theirs: rows of its export; those with a request id are compared one by one, the others by
            day and model.
        names: the provider's name for a model -> the log's, where they differ.
    """
    if not theirs:
        return Reconciliation(verdict=Verdict.UNVERIFIABLE, lines=())
    first, last = min(used.day for used in theirs), max(used.day for used in theirs)
    within = [one for one in ours if first <= one.day <= last]
    known = {one.model for one in within}
    single = [used for used in theirs if used.request_id is not None]
    summed = [used for used in theirs if used.request_id is None]
    lines = [*(_one_by_one(within, single) if single else ())]
    lines += _by_day(within, summed, known, names or {}) if summed else ()
    return Reconciliation(verdict=_verdict(lines), lines=tuple(lines), days=(first, last))


def _verdict(lines: Sequence[Line]) -> Verdict:
    states = {line.state for line in lines}
    if State.PROVIDER_ONLY in states:
        return Verdict.TAMPERED
    return Verdict.INCOMPLETE if State.LOG_ONLY in states else Verdict.OK


def _one_by_one(ours: Sequence[Sent], theirs: Sequence[Used]) -> Iterator[Line]:
    mine = {one.request_id: one for one in ours if one.request_id is not None}
    for used in theirs:
        one = mine.pop(used.request_id or "", None)
        yield Line(
            state=State.MATCHED if one else State.PROVIDER_ONLY,
            day=used.day,
            model=used.model,
            request_id=used.request_id,
            index=one.index if one else None,
        )
    for one in mine.values():
        if one.answered:
            yield Line(
                state=State.LOG_ONLY,
                day=one.day,
                model=one.model,
                request_id=one.request_id,
                index=one.index,
            )


def _by_day(
    ours: Sequence[Sent], theirs: Sequence[Used], known: set[str], names: Mapping[str, str]
) -> Iterator[Line]:
    together = not all(row.model for row in theirs)
    mine: dict[Group, Sums] = {}
    doubts = Counter[Group]()
    for one in ours:
        group = (one.day, ALL_MODELS if together else one.model)
        sums = mine.setdefault(group, _none())
        if one.answered:
            sums.add(1, one.input_tokens, one.output_tokens)
        else:
            doubts[group] += 1
    used: dict[Group, Sums] = {}
    for row in theirs:
        named = ALL_MODELS if together else _named(row.model, known, names)
        sums = used.setdefault((row.day, named), Sums())
        sums.add(row.requests, row.input_tokens, row.output_tokens)
    unplaced = {day: doubts[day, ""] for day in {day for day, _ in [*mine, *used]}}
    for group in sorted({*mine, *used} - {(day, "") for day in unplaced}):
        doubt = doubts[group] + unplaced[group[0]]
        yield _compared(group, mine.get(group, _none()), used.get(group), doubt)


def _none() -> Sums:
    """The log counts everything: what it does not say did not happen."""
    return Sums(requests=0, input_tokens=0, output_tokens=0)


def _compared(group: Group, ours: Sums, theirs: Sums | None, doubt: int) -> Line:
    """More at the provider than doubtful attempts explain, or less than the log is sure of."""
    more = less = False
    for name in ("requests", "input_tokens", "output_tokens"):
        have = getattr(ours, name)
        seen = getattr(theirs, name) if theirs else 0
        if seen is not None:
            room = doubt if name == "requests" else (seen if doubt else 0)
            more, less = more or seen > have + room, less or seen < have
    state = State.PROVIDER_ONLY if more else State.LOG_ONLY if less else State.MATCHED
    day, model = group
    return Line(state=state, day=day, model=model, log=ours, provider=theirs, uncertain=doubt)


def _named(model: str, known: set[str], names: Mapping[str, str]) -> str:
    """The log's name for a model: as told, the same, or the same without its date."""
    if model in names or model in known:
        return names.get(model, model)
    plain = _DATED.sub("", model)
    return next((name for name in sorted(known) if _DATED.sub("", name) == plain), model)


def _sent(exchange: Exchange, attempt: Mapping[str, Any], *, last: bool) -> Sent:
    """One attempt; what the provider counted is known of the one that answered, the last."""
    ended = exchange.outcome or {}
    usage = (ended.get("usage") or None) if last else None
    return Sent(
        index=exchange.index,
        day=_day(attempt.get("started_us") or exchange.intent.get("received_us", 0)),
        model=attempt.get("model") or attempt.get("deployment") or "",
        provider=attempt.get("provider") or "",
        request_id=ended.get("provider_request_id") if last else None,
        answered=attempt.get("result") == _ANSWERED,
        input_tokens=read_tokens(usage) if usage else None,
        output_tokens=usage.get("output") if usage else None,
    )


def _perhaps(exchange: Exchange) -> Sent:
    day = _day(exchange.intent.get("received_us", 0))
    return Sent(
        index=exchange.index, day=day, model="", provider="", request_id=None, answered=False
    )


def _day(us: int) -> date:
    return datetime.fromtimestamp(us / _SECOND_US, tz=UTC).date()


def _plus(sum_: int | None, more: int | None) -> int | None:
    return sum_ if more is None else (sum_ or 0) + more
