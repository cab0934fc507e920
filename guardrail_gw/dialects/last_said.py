"""What a user said last in a body, found from its end: a long conversation costs no more.

A body that only looks as if it were said here costs nothing but another route class. This runs on
the event loop, so that how much is read is bounded, however the body is made.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from guardrail_gw.core.exchange import Envelope


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shape:
    """Where a dialect has what a user said."""

    content: str = "content"
    """The member of a turn."""
    alone: bytes = b""
    """The member in which it stands where no turn says whose it is, quoted; empty: none."""


_SHAPES: Final[Mapping[str, _Shape]] = {
    "openai_chat": _Shape(),
    "anthropic_messages": _Shape(),
    "openai_responses": _Shape(alone=b'"input"'),
    "openai_completions": _Shape(alone=b'"prompt"'),
    "cohere_chat": _Shape(),
    "gemini_generate": _Shape(content="parts", alone=b'"contents"'),
}
_ROLE: Final = re.compile(rb'"role"\s*:\s*$')
_USER: Final = b'"user"'
_GAP: Final = 24
"""Bytes before a role's value that are looked at."""
_MOST_BYTES: Final = 128 << 10
"""Of one turn."""
_MOST_READ: Final = 128 << 10
"""Bytes that are decoded in all: some milliseconds, if there is a value in every few of them."""
_WINDOW: Final = 1 << 20
"""Bytes that are looked through: for turns the last of a body, for a member the first."""
_MOST_MEMBERS: Final = 16
"""Places that have the name of the member, one of which holds what was said."""
_TRIED: Final = 32
"""To try a place costs as much as to decode that part of what is taken there."""
_OPENS: Final = re.compile(rb'\{\s{0,64}["}]')
"""How an object begins; one within a text has a sign before its quotes."""
_HOLDS: Final = re.compile(rb'\s{0,64}:\s{0,64}(?=["{[])')
_MOST_TURNS: Final = 8
"""From the last one: those of an agent may hold nothing but what tools gave."""
_MOST_STARTS: Final = 16
"""Brackets before a role, one of which opens its turn."""
_DECODER: Final = json.JSONDecoder()


def last_said(dialect: str, envelope: Envelope) -> str:
    """The text of the last turn of a user that has one; empty where none is found.

    Args:
        dialect: the client's.
        envelope: the body as it leaves: with placeholders, without what they stand for.
    """
    shape = _SHAPES.get(dialect)
    if shape is None or envelope.is_form or envelope.lines:
        return ""
    left = _Left()
    for body in (envelope.after, envelope.before):
        for turn in _turns(body, left):
            if text := _text(turn.get(shape.content)):
                return text
        if shape.alone and (at := _held(body, shape.alone)) is not None:
            return _text(_last(_value(body, at, left)[0], shape.content))
    return ""


@dataclass(slots=True)
class _Left:
    """How many bytes may still be decoded."""

    count: int = _MOST_READ


def _turns(body: bytes, left: _Left) -> Iterator[dict[str, Any]]:
    """Turns of users, the last one first; one that cannot be read is the last that is looked at."""
    at = len(body)
    first = max(0, at - _WINDOW)
    for _ in range(_MOST_TURNS):
        at = body.rfind(_USER, first, at)
        if at < 0:
            return
        if _ROLE.search(body[max(0, at - _GAP) : at]):
            turn = _turn(body, at, left)
            if turn is None:
                return
            yield turn


def _turn(body: bytes, at: int, left: _Left) -> dict[str, Any] | None:
    """The object that has its role at a place."""
    start = at
    for _ in range(_MOST_STARTS):
        start = body.rfind(b"{", max(0, at - _MOST_BYTES), start)
        if start < 0:
            return None
        if not _OPENS.match(body, start):
            continue
        value, length = _value(body, start, left)
        if isinstance(value, dict) and value.get("role") == "user" and start + length > at:
            return value
    return None


def _held(body: bytes, member: bytes) -> int | None:
    """Where the value of a member begins; None where there is none."""
    at = 0
    for _ in range(_MOST_MEMBERS):
        at = body.find(member, at, _WINDOW)
        if at < 0:
            return None
        at += len(member)
        if found := _HOLDS.match(body, at):
            return found.end()
    return None


def _value(body: bytes, at: int, left: _Left) -> tuple[Any, int]:
    """The value that begins at a place, and its length in bytes; nothing where it is too long."""
    size = min(_MOST_BYTES, left.count)
    text = body[at : at + size].decode("utf-8", "ignore")
    left.count = max(0, left.count - len(text) // _TRIED)
    try:
        value, end = _DECODER.raw_decode(text)
    except json.JSONDecodeError as error:
        left.count = max(0, left.count - error.pos)
        return None, 0
    except (ValueError, RecursionError):
        left.count = 0
        return None, 0
    left.count = max(0, left.count - end)
    return value, len(text[:end].encode())


def _last(value: Any, content: str) -> Any:  # noqa: ANN401 - JSON
    """What stands without a role: a text, or the content of the last of some turns."""
    turn = value[-1] if isinstance(value, list) and value else value
    if not isinstance(turn, dict):
        return value
    return None if "role" in turn else turn.get(content)


def _text(content: Any) -> str:  # noqa: ANN401 - JSON
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return ""
    texts = [each.get("text") for each in content if isinstance(each, dict)]
    return "\n".join(text for text in texts if isinstance(text, str))
