"""Lists of what a provider keeps: its account is one, and those who ask through here are many.

Source: OpenAI API reference, "List files" and "List batch"; Anthropic API reference, "List Message
Batches": `data`, `has_more`, `first_id` and `last_id`, as read in 2026.
"""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from typing import Any

from guardrail_gw.core.exchange import AnswerEvent, Reply
from guardrail_gw.core.kept import Held
from guardrail_gw.errors import UpstreamBroken

Mine = Callable[[str], Awaitable[Held | None]]
"""What is known of something by the provider's name for it; None where it is somebody else's."""


async def own(reply: Reply, mine: Mine, most: int) -> Reply:
    """The reply with those entries alone that are the asker's.

    Args:
        reply: a whole answer.
        mine: says whose an entry is.
        most: how many entries were asked for.

    Raises:
        UpstreamBroken: it is no list.
        StateDown: nobody can say whose they are.
    """
    [event] = [each async for each in reply.events]
    entries = (event.data or {}).get("data")
    if event.data is None or not isinstance(entries, list):
        raise UpstreamBroken("the answer is no list")
    kept: list[dict[str, Any]] = []
    originals: dict[str, str] = {}
    for entry in entries:
        held = await mine(_id(entry))
        if held is None:
            continue
        if len(kept) == most:
            event.data["has_more"] = True
            break
        kept.append(entry)
        originals |= _standing_in(json.dumps(entry, ensure_ascii=False), held)
    told = replace(event, data=_told(event.data, kept), text=None)
    return replace(reply, events=_one(told), ready=lambda: None, originals=originals)


def _standing_in(text: str, held: Held) -> dict[str, str]:
    """What the placeholders of one entry stand for, and no others."""
    return {token: issue.value for token, issue in held.issued.items() if token in text}


def _told(data: dict[str, Any], kept: list[dict[str, Any]]) -> dict[str, Any]:
    """The list with these entries; no name of another's entry is at its ends."""
    ends: dict[str, Any] = {"first_id": _id(kept[0]), "last_id": _id(kept[-1])} if kept else {}
    named: dict[str, Any] = {n: ends.get(n) for n in ("first_id", "last_id") if n in data}
    return {**data, "data": kept, **named}


def _id(entry: object) -> str:
    named = entry.get("id") if isinstance(entry, dict) else None
    return named if isinstance(named, str) else ""


async def _one(event: AnswerEvent) -> AsyncIterator[AnswerEvent]:
    yield event
