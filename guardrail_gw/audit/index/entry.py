"""One exchange as the index holds it. Pure: words in, words out."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from guardrail_gw.audit.acts import Fate
from guardrail_gw.audit.exchanges import UNKNOWN, Exchange

Jurisdiction = Callable[[frozenset[str]], str]
"""Countries -> the name of what they lie in; unknown countries have a name, too."""
WORDS = (
    *("tenant", "team", "user", "key", "subject", "model", "surface", "decision", "code", "policy"),
    *("documents", "rules", "detail", "ending", "deployment", "provider", "jurisdiction"),
    "identity",
)
"""The fields of an exchange that are words, in the order of the columns.

`identity` stands in for a name that could not be opened: what became of its key."""
LINKS = ("request", "provider_request_id", "session", "tool")
"""What an exchange is looked up by, without being kept."""
NANO = 1_000_000_000
_DAY_US = 86_400_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempted:
    """One attempt. Whom it asked may have seen the request, whatever became of it."""

    deployment: str
    provider: str
    countries: str
    """Where it may run, `DE+FR`; empty when the log does not say."""
    jurisdiction: str
    result: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What the index takes from an exchange."""

    received_us: int
    words: Mapping[str, str]
    """Of `WORDS`; those that the exchange has."""
    numbers: tuple[int | None, ...]
    """status, duration_us, input, cached input and output tokens, nano dollars."""
    links: tuple[tuple[str, str], ...]
    found: Mapping[str, int]
    attempts: tuple[Attempted, ...]
    reasons: tuple[str, ...]
    """Why it was refused: the rules of the policy that did, else the code."""

    @property
    def day(self) -> int:
        """Days since 1970, UTC."""
        return self.received_us // _DAY_US

    def sums(self) -> Iterator[tuple[str, str, str, int]]:
        """What it adds to the sums of its day: measure, two words, amount."""
        words = self.words
        yield "ending", words["ending"], words["decision"], 0
        for entity, count in self.found.items():
            yield "found", entity, "", count
        for reason in self.reasons:
            yield "refused", reason, "", 0
        for jurisdiction in sorted({a.jurisdiction for a in self.attempts}):
            yield "traffic", jurisdiction, "", 0
        if "deployment" in words:
            cost = self.numbers[-1]
            yield "spend", words.get("team", "-"), words.get("model", "-"), cost or 0


def entry_of(exchange: Exchange, jurisdiction: Jurisdiction, tools: tuple[str, ...] = ()) -> Entry:
    """What the index takes from an exchange, with the tools that its text offers."""
    said, ended = exchange.intent, exchange.outcome or {}
    attempts = tuple(_attempts(said, ended, jurisdiction))
    usage = ended.get("usage") or {}
    cost = ended.get("cost_usd")
    return Entry(
        received_us=said.get("received_us", 0),
        words=_words(said, ended, attempts),
        numbers=(
            ended.get("status"),
            ended.get("duration_us"),
            *(usage.get(name) for name in ("input", "cached_input", "output")),
            None if cost is None else round(Decimal(cost) * NANO),
        ),
        links=(*_links(said, ended), *(("tool", name) for name in tools)),
        found=_found(said, ended),
        attempts=attempts,
        reasons=_reasons(said, ended),
    )


def _found(said: Mapping[str, Any], ended: Mapping[str, Any]) -> dict[str, int]:
    """What was found in the request, and in what an MCP server said."""
    found = dict(said.get("entities") or _facts(said, "entities", {}))
    tool = ended.get("tool")
    for entity, count in (tool.get("entities") or {}).items() if tool else ():
        found[entity] = found.get(entity, 0) + count
    return found


def _words(
    said: Mapping[str, Any], ended: Mapping[str, Any], attempts: Sequence[Attempted]
) -> dict[str, str]:
    used = next((a for a in attempts if a.deployment == ended.get("deployment")), None)
    last = used or (attempts[-1] if attempts else None)
    words = {
        **{name: said.get(name) for name in WORDS},
        "decision": said.get("decision", UNKNOWN),
        "subject": said.get("subject") or said.get("user"),
        "identity": None if said.get("identity") is Fate.THERE else said.get("identity"),
        "code": ended.get("code") or said.get("code"),
        "documents": " ".join(said.get("documents") or ()) or None,
        "rules": " ".join(_rules(said)) or None,
        "ending": ended.get("ending", UNKNOWN),
        "deployment": ended.get("deployment"),
        "provider": last.provider if last else None,
        "jurisdiction": last.jurisdiction if last else None,
    }
    return {name: str(word) for name, word in words.items() if word is not None}


def _attempts(
    said: Mapping[str, Any], ended: Mapping[str, Any], jurisdiction: Jurisdiction
) -> Iterator[Attempted]:
    places = said.get("places") or {}
    for attempt in ended.get("attempts") or ():
        place = places.get(attempt.get("deployment")) or {}
        countries = frozenset(place.get("inference") or ())
        yield Attempted(
            deployment=str(attempt.get("deployment")),
            provider=str(attempt.get("provider")),
            countries="+".join(sorted(countries)),
            jurisdiction=jurisdiction(countries),
            result=str(attempt.get("result")),
        )


def _links(said: Mapping[str, Any], ended: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name in ("request", "session"):
        if value := said.get(name):
            yield name, str(value)
    if value := ended.get("provider_request_id"):
        yield "provider_request_id", str(value)


def _reasons(said: Mapping[str, Any], ended: Mapping[str, Any]) -> tuple[str, ...]:
    if said.get("decision") == "allowed":
        return ()
    code = said.get("code") or ended.get("code") or UNKNOWN
    return tuple(str(rule) for rule in _facts(said, "rules", [])) or (str(code),)


def _rules(said: Mapping[str, Any]) -> tuple[str, ...]:
    """The rules of the policy that decided, those of a refusal among them."""
    every = (*(said.get("rules") or ()), *_facts(said, "rules", []))
    return tuple(sorted({str(rule) for rule in every}))


def _facts(said: Mapping[str, Any], name: str, default: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Something of what a refusal tells, which is bounded but of no fixed form."""
    facts = said.get("facts")
    value = facts.get(name, default) if isinstance(facts, Mapping) else default
    return value if isinstance(value, type(default)) else default
