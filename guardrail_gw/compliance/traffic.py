"""What was processed, as the log shows it: sums over exchanges, each with the records behind it."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from guardrail_gw.audit.exchanges import Exchange

_SHOWN = 5


@dataclass(slots=True)
class Records:
    """The records behind a statement: how many, the first few, and the last."""

    count: int = 0
    first: list[int] = field(default_factory=list)
    last: int = -1
    since_us: int = 0
    until_us: int = 0

    def add(self, index: int, received_us: int) -> None:
        """One more; they come in any order."""
        self.count += 1
        if len(self.first) < _SHOWN:
            self.first.append(index)
        self.last = max(self.last, index)
        self.since_us = min(self.since_us or received_us, received_us)
        self.until_us = max(self.until_us, received_us)

    def __str__(self) -> str:
        """`3, 9 … 41`, or `none`."""
        shown = ", ".join(map(str, self.first)) or "none"
        return f"{shown} … {self.last}" if self.count > len(self.first) else shown


@dataclass(slots=True, kw_only=True)
class Flow:
    """What one deployment was sent."""

    records: Records = field(default_factory=Records)
    """Intents of the requests."""
    attempts: int = 0
    entities: Counter[str] = field(default_factory=Counter)
    """Kinds of personal data found in them -> how often; found is not sent."""
    teams: set[str] = field(default_factory=set)
    digests: set[str] = field(default_factory=set)
    """Of the policies in force."""


@dataclass(slots=True, kw_only=True)
class Traffic:
    """One pass over a log of any length."""

    exchanges: int = 0
    flows: dict[str, Flow] = field(default_factory=dict)
    """Deployment -> what it was sent, by the attempts."""
    by_team: dict[tuple[str, str], Flow] = field(default_factory=dict)
    """`tenant/team` and deployment -> what of it went there."""
    entities: Counter[str] = field(default_factory=Counter)
    """Kinds of personal data found in all requests, refused ones included."""
    decisions: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    """Code -> exchanges."""
    unknown: Records = field(default_factory=Records)
    """Intents that were allowed and have no outcome: what was sent of them is not known."""

    def passing(self, found: Iterable[Exchange]) -> Iterator[Exchange]:
        """Look at each exchange and pass it on."""
        for exchange in found:
            self.add(exchange)
            yield exchange

    def add(self, exchange: Exchange) -> None:
        """Look at one."""
        said, ended = exchange.intent, exchange.outcome
        self.exchanges += 1
        self.decisions[str(said.get("decision"))] += 1
        self.entities.update(said.get("entities") or {})
        code = (ended or {}).get("code") or said.get("code")
        if code:
            self.refusals[str(code)] += 1
        if ended is None and said.get("decision") == "allowed":
            self.unknown.add(exchange.index, said.get("received_us", 0))
        self._flows(exchange.index, said, (ended or {}).get("attempts") or ())

    def _flows(self, index: int, said: Mapping[str, Any], attempts: Iterable[Any]) -> None:
        tried = Counter(str(attempt.get("deployment")) for attempt in attempts)
        team = f"{said.get('tenant')}/{said.get('team')}"
        for deployment, times in tried.items():
            for flow in (
                self.flows.setdefault(deployment, Flow()),
                self.by_team.setdefault((team, deployment), Flow()),
            ):
                flow.records.add(index, said.get("received_us", 0))
                flow.attempts += times
                flow.entities.update(said.get("entities") or {})
                flow.teams.add(team)
                flow.digests.add(str(said.get("policy")))
