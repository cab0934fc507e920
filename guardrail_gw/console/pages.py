"""What each page shows, asked in the desk's thread. Every look is written down first."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from guardrail_gw.audit.access import accesses
from guardrail_gw.audit.exchanges import UNKNOWN
from guardrail_gw.audit.index.search import COUNTED, Hit, Query
from guardrail_gw.audit.index.sums import Sum
from guardrail_gw.audit.verify import Report
from guardrail_gw.console import picture, words
from guardrail_gw.console.asked import Asked, AskedError
from guardrail_gw.console.desk import Shelf
from guardrail_gw.console.story import tell

PAGE = 50
_CHOICES = 200
_LOOKS = 500
Context = dict[str, Any]


def overview(shelf: Shelf) -> Context:
    """The log at a glance."""
    shelf.look("overview")
    sums = shelf.sums
    endings, spend = sums.daily("ending"), sums.daily("spend")
    return {
        "growth": picture.growth(sums.minutes(), sums.events()),
        "period": sums.period_us(),
        "exchanges": sum(s.exchanges for s in endings),
        "refused": sum(s.exchanges for s in endings if s.words[-1] != "allowed"),
        "findings": sum(s.amount for s in sums.daily("found")),
        "spent": words.money(sum(s.amount for s in spend)),
        "charts": _charts(shelf, spend),
    }


def _charts(shelf: Shelf, spend: list[Sum]) -> list[Context]:
    daily = shelf.sums.daily
    refused = sorted(daily("refused"), key=lambda s: -s.exchanges)
    traffic = sorted(daily("traffic"), key=lambda s: -s.exchanges)
    return [
        {
            "id": "found",
            "title": "Personal data found, by kind",
            "empty": "Nothing was found yet.",
            "heads": ("Kind", "Findings", "Requests"),
            "bars": picture.bars(daily("found"), _entity, _findings),
        },
        {
            "id": "traffic",
            "title": "Requests that left, by jurisdiction",
            "empty": "Nothing left yet.",
            "heads": ("Jurisdiction", "Requests", ""),
            "bars": picture.bars(traffic, _first, _requests),
        },
        {
            "id": "refused",
            "title": "Refusals, by rule",
            "empty": "Nothing was refused.",
            "heads": ("Rule or reason", "Requests", ""),
            "bars": picture.bars(refused, _reason, _requests),
        },
        {
            "id": "spend",
            "title": "Spend, by team and model",
            "empty": "Nothing was spent yet.",
            "heads": ("Team, model", "Cost", "Requests"),
            "bars": picture.bars(spend, _team, _cost),
        },
    ]


def _entity(s: Sum) -> tuple[str, str]:
    return words.entity(s.words[0]), s.words[0]


def _first(s: Sum) -> tuple[str, str]:
    return s.words[0], ""


def _reason(s: Sum) -> tuple[str, str]:
    return (
        (words.CODES[s.words[0]].capitalize(), s.words[0])
        if s.words[0] in words.CODES
        else _first(s)
    )


def _team(s: Sum) -> tuple[str, str]:
    return " · ".join(s.words), ""


def _findings(s: Sum) -> tuple[int, str, str]:
    return s.amount, f"{s.amount:,}", f"{s.exchanges:,}"


def _requests(s: Sum) -> tuple[int, str, str]:
    return s.exchanges, f"{s.exchanges:,}", ""


def _cost(s: Sum) -> tuple[int, str, str]:
    return s.amount, words.money(s.amount), f"{s.exchanges:,}"


def timeline(shelf: Shelf, asked: Asked) -> Context:
    """Exchanges, newest first."""
    hits = shelf.searcher.find(asked.query, limit=PAGE + 1, before=asked.before)
    shown = hits[:PAGE]
    shelf.look("search", _records(shown), asked=asked.values)
    count = shelf.searcher.count(asked.query)
    return {
        "hits": shown,
        "older": shown[-1].index if len(hits) > PAGE else None,
        "count": f"more than {COUNTED:,}" if count > COUNTED else f"{count:,}",
        "single": count == 1,
        "asked": asked.values,
        "choices": choices(shelf),
    }


def choices(shelf: Shelf) -> Mapping[str, list[str]]:
    """What the selections of a filter offer."""
    names = {"team": "team", "provider": "provider", "jurisdiction": "jurisdiction"}
    found = {name: shelf.searcher.terms.all(field, _CHOICES) for name, field in names.items()}
    return {**found, "found": shelf.searcher.terms.all("entity", _CHOICES)}


def exchange(shelf: Shelf, index: int, report: Report) -> Context | None:
    """One exchange's story; None when there is none of that number."""
    hit = shelf.searcher.get(index)
    if hit is None:
        return None
    shelf.look("exchange", _records([hit]))
    intent, outcome = shelf.opened(hit)
    older, newer = shelf.searcher.neighbours(index)
    story = tell(hit, intent, outcome, report)
    return {"story": story, "older": older, "newer": newer, "original": False}


def original(shelf: Shelf, index: int, report: Report, reason: str) -> Context | None:
    """The same with the text as it was asked, which takes two keys and a reason."""
    if not reason.strip():
        raise AskedError("Say why you open the original; the reason goes on record.")
    hit = shelf.searcher.get(index)
    if hit is None:
        return None
    shelf.look("original", _records([hit]), reason=reason.strip()[:200])
    intent, outcome = shelf.opened(hit, originals=True)
    older, newer = shelf.searcher.neighbours(index)
    story = tell(hit, intent, outcome, report)
    return {"story": story, "older": older, "newer": newer, "original": True}


def person(shelf: Shelf, asked: Asked) -> Context:
    """Which providers were asked on behalf of a person, on what basis."""
    if "person" not in asked.values:
        return {"asked": asked.values, "answer": None}
    query = asked.query
    hits = shelf.searcher.find(query, limit=PAGE)
    shelf.look("person", _records(hits), asked=asked.values)
    total = shelf.searcher.count(query)
    return {
        "asked": asked.values,
        "answer": {
            "total": total,
            "unknown": shelf.searcher.count(_without_outcome(query)),
            "many": total > COUNTED,
            "seen": shelf.sums.seen(query),
            "bases": shelf.sums.bases(query),
            "hits": hits,
        },
    }


def _without_outcome(query: Query) -> Query:
    """Those that were let go and of which no end is on record."""
    return replace(query, words=(*query.words, ("decision", "allowed"), ("ending", UNKNOWN)))


def looks(shelf: Shelf) -> Context:
    """Who looked at what, newest first."""
    shelf.look("looks")
    found = list(accesses(shelf.review.access.path))
    broken = sum(not look.intact for look in found)
    return {"looks": found[:-_LOOKS:-1], "total": len(found), "broken": broken}


def log(shelf: Shelf) -> Context:
    """What verification found, in full."""
    shelf.look("log")
    events = shelf.sums.events()
    return {"growth": picture.growth(shelf.sums.minutes(), events), "events": events}


def _records(hits: list[Hit]) -> list[int]:
    return [n for hit in hits for n in (hit.index, hit.outcome_index) if n is not None]
