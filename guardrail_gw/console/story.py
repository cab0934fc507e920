"""One exchange as a story: who asked, what was found, where it might go, what became of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from guardrail_gw.audit.acts import Fate
from guardrail_gw.audit.content import Texts, texts
from guardrail_gw.audit.index.search import Hit
from guardrail_gw.audit.record import Level
from guardrail_gw.audit.review import Opened
from guardrail_gw.audit.verify import Report, Verdict
from guardrail_gw.catalog.jurisdictions import UNKNOWN
from guardrail_gw.console import words
from guardrail_gw.console.twins import Said, compare


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A deployment, as the request met it."""

    deployment: str
    provider: str
    inference: str
    storage: str
    lawful: bool
    code: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Try:
    """One attempt."""

    deployment: str
    provider: str
    where: str
    result: str
    answered: bool
    lasted: str
    sent_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What a page tells of an exchange."""

    hit: Hit
    intent: Mapping[str, Any] = field(repr=False)
    outcome: Mapping[str, Any] = field(repr=False)
    received: str
    ending: str
    why: str
    """Why it was refused; empty for what left."""
    found: tuple[tuple[str, str, int], ...]
    rules: tuple[str, ...]
    places: tuple[Place, ...]
    tries: tuple[Try, ...]
    again: str
    """The request whose answer was given once more; empty: somebody answered."""
    user: str = field(repr=False)
    """Who asked, or why there is no name."""
    level: str
    """Of the text that is on record; empty: none."""
    said: Said | None = field(repr=False)
    """The text, where it is open."""
    gone: str
    """Why the text is not open, where it is more than a key that is not here; else empty."""
    proof: str
    """`signed`, `unsigned` or `doubtful`."""


def tell(hit: Hit, intent: Opened, outcome: Opened | None, report: Report) -> Story:
    """Put an exchange into words."""
    said, ended = intent.meta or {}, (outcome.meta if outcome else None) or {}
    refused = said.get("decision") != "allowed"
    code = str(ended.get("code") or said.get("code") or "")
    return Story(
        hit=hit,
        intent=said,
        outcome=ended,
        received=words.moment(hit.received_us),
        ending=words.ENDINGS.get(hit.words.get("ending", ""), hit.words.get("ending", "")),
        why=words.CODES.get(code, code) if refused or code else "",
        found=tuple((words.entity(e), e, n) for e, n in hit.found),
        rules=_rules(said),
        places=tuple(_places(said)),
        tries=tuple(_tries(said, ended)),
        again=_again(said, ended),
        user=_user(said),
        level=intent.level or "",
        said=compare(_texts(intent)) if intent.content is not None else None,
        gone=_gone(intent),
        proof=_proof(max(hit.index, hit.outcome_index or 0), report),
    )


def _gone(intent: Opened) -> str:
    if "sid" not in intent.leaf or intent.content is not None or intent.fate is Fate.THERE:
        return ""
    return words.TEXTLESS[str(intent.fate)]


def _again(said: Mapping[str, Any], ended: Mapping[str, Any]) -> str:
    cached = said.get("cached")
    if ended.get("cache") != "hit" or not isinstance(cached, dict):
        return ""
    return str(cached.get("request"))


def _user(said: Mapping[str, Any]) -> str:
    nameless = words.NAMELESS[str(said["identity"])] if "identity" in said else words.NOBODY
    return str(said.get("user") or nameless)


def _texts(intent: Opened) -> Texts:
    return texts(intent.level or Level.REDACTED, intent.content or b"")


def _rules(said: Mapping[str, Any]) -> tuple[str, ...]:
    facts = said.get("facts")
    more = facts.get("rules", ()) if isinstance(facts, dict) else ()
    return tuple(dict.fromkeys(str(rule) for rule in (*(said.get("rules") or ()), *more)))


def _places(said: Mapping[str, Any]) -> Iterator[Place]:
    places = said.get("places") or {}
    for name in said.get("lawful") or ():
        place = places.get(name) or {}
        yield Place(
            deployment=name,
            provider=str(place.get("provider", "")),
            inference=_countries(place.get("inference")),
            storage=_countries(place.get("storage")),
            lawful=True,
            code="",
            why="",
        )
    facts = said.get("facts")
    elsewhere = facts.get("rejected") if isinstance(facts, dict) else None
    for out in said.get("rejected") or elsewhere or ():
        yield Place(
            deployment=str(out.get("deployment")),
            provider="",
            inference="",
            storage="",
            lawful=False,
            code=str(out.get("reason")),
            why=str(out.get("detail")),
        )


def _tries(said: Mapping[str, Any], ended: Mapping[str, Any]) -> Iterator[Try]:
    places = said.get("places") or {}
    for attempt in ended.get("attempts") or ():
        name = attempt.get("deployment")
        yield Try(
            deployment=str(name),
            provider=str(attempt.get("provider")),
            where=_countries((places.get(name) or {}).get("inference")),
            result=str(attempt.get("result")),
            answered=attempt.get("result") == "ok",
            lasted=words.lasting(attempt.get("duration_us")),
            sent_sha256=str(attempt.get("sent_sha256")),
        )


def _countries(codes: Sequence[str] | None) -> str:
    return ", ".join(codes) if codes else UNKNOWN


def _proof(last: int, report: Report) -> str:
    """What verification says of the two records."""
    if report.verdict in {Verdict.TAMPERED, Verdict.UNVERIFIABLE}:
        return "doubtful"
    return "signed" if last < report.signed else "unsigned"
