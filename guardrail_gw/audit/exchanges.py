"""A log as a list of exchanges: each intent beside its outcome. Pure; `review` opens records."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from guardrail_gw.audit.record import Kind
from guardrail_gw.audit.review import Opened

UNKNOWN = "unknown"
"""The ending of an exchange whose outcome is not in the log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """What the log says of one request."""

    index: int
    """Of the intent."""
    intent: Mapping[str, Any] = field(repr=False)
    """FORMAT.md, 4: who, model, policy, what was found, lawful and rejected deployments."""
    outcome: Mapping[str, Any] | None = field(repr=False)
    """How it ended, attempts, usage, cost; None when it is not in the log."""
    outcome_index: int | None
    origin: str = ""
    """The log's name."""

    def row(self) -> dict[str, str | int | bool | None]:
        """One flat row, in the order of a table's columns."""
        said, ended = self.intent, self.outcome or {"ending": UNKNOWN}
        usage = ended.get("usage") or {}
        attempts = ended.get("attempts") or ()
        return {
            "index": self.index,
            "outcome_index": self.outcome_index,
            "request": said.get("request"),
            "received_us": said.get("received_us"),
            **{name: said.get(name) for name in ("surface", "tenant", "team", "user", "key")},
            "model": said.get("model"),
            "decision": said.get("decision"),
            "code": ended.get("code") or said.get("code"),
            "entities": _counts(said.get("entities") or {}),
            "rules": " ".join(said.get("rules") or ()),
            "policy": said.get("policy"),
            "lawful": " ".join(said.get("lawful") or ()),
            "rejected": " ".join(
                f"{r.get('deployment')}={r.get('reason')}" for r in said.get("rejected") or ()
            ),
            "deployment": ended.get("deployment"),
            "attempts": " ".join(f"{a.get('deployment')}={a.get('result')}" for a in attempts),
            "ending": ended.get("ending"),
            "status": ended.get("status"),
            "duration_us": ended.get("duration_us"),
            "input_tokens": usage.get("input"),
            "cached_input_tokens": usage.get("cached_input"),
            "output_tokens": usage.get("output"),
            "cost_usd": ended.get("cost_usd"),
            "provider_request_id": ended.get("provider_request_id"),
        }


def exchanges(opened: Iterable[Opened]) -> Iterator[Exchange]:
    """Pair intents with their outcomes.

    Args:
        opened: a log's records in order, with their metadata.

    Yields:
        In the order of the outcomes; last, the intents without one.
    """
    waiting: dict[int, Opened] = {}
    for record in opened:
        if record.kind == Kind.INTENT:
            waiting[record.index] = record
        elif record.kind == Kind.OUTCOME:
            intent = waiting.pop(record.leaf["of"], None)
            if intent is not None:
                yield Exchange(
                    index=intent.index,
                    intent=intent.meta or {},
                    outcome=record.meta or {},
                    outcome_index=record.index,
                    origin=intent.leaf.get("origin", ""),
                )
    for intent in waiting.values():
        yield Exchange(
            index=intent.index,
            intent=intent.meta or {},
            outcome=None,
            outcome_index=None,
            origin=intent.leaf.get("origin", ""),
        )


def read_tokens(usage: Mapping[str, int]) -> int:
    """All tokens that the model read, wherever they came from: as providers' bills count them."""
    named = ("input", "cached_input", "cache_write", "cache_write_long")
    return sum(usage.get(name) or 0 for name in named)


def _counts(entities: Mapping[str, int]) -> str:
    return " ".join(f"{entity}={count}" for entity, count in sorted(entities.items()))


COLUMNS = tuple(Exchange(index=0, intent={}, outcome=None, outcome_index=None).row())
