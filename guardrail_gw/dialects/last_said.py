"""What a user said last in a body, found from its end: a long conversation costs no more.

A body that only looks as if it were said here costs nothing but another route class.
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
    alone: re.Pattern[bytes] | None = None
    """Before what stands there where no turn says whose it is."""


def _before(member: bytes) -> re.Pattern[bytes]:
    return re.compile(rb'"%b"\s*:\s*(?=["{[])' % member)


_SHAPES: Final[Mapping[str, _Shape]] = {
    "openai_chat": _Shape(),
    "anthropic_messages": _Shape(),
    "openai_responses": _Shape(alone=_before(b"input")),
    "openai_completions": _Shape(alone=_before(b"prompt")),
    "cohere_chat": _Shape(),
    "gemini_generate": _Shape(content="parts", alone=_before(b"contents")),
}
_ROLE: Final = re.compile(rb'"role"\s*:\s*$')
_USER: Final = b'"user"'
_GAP: Final = 24
"""Bytes before a role's value that are looked at."""
_MOST_BYTES: Final = 256 << 10
"""Of one turn."""
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
    for body in (envelope.after, envelope.before):
        for turn in _turns(body):
            if text := _text(turn.get(shape.content)):
                return text
        if shape.alone is not None and (found := shape.alone.search(body)):
            return _text(_last(_value(body, found.end())[0], shape.content))
    return ""


def _turns(body: bytes) -> Iterator[dict[str, Any]]:
    """Turns of users, the last one first; one that cannot be read is the last that is looked at."""
    at = len(body)
    for _ in range(_MOST_TURNS):
        at = body.rfind(_USER, 0, at)
        if at < 0:
            return
        if _ROLE.search(body[max(0, at - _GAP) : at]):
            turn = _turn(body, at)
            if turn is None:
                return
            yield turn


def _turn(body: bytes, at: int) -> dict[str, Any] | None:
    """The object that has its role at a place."""
    start = at
    for _ in range(_MOST_STARTS):
        start = body.rfind(b"{", max(0, at - _MOST_BYTES), start)
        if start < 0:
            return None
        value, length = _value(body, start)
        if isinstance(value, dict) and value.get("role") == "user" and start + length > at:
            return value
    return None


def _value(body: bytes, at: int) -> tuple[Any, int]:
    """The value that begins at a place, and its length in bytes; nothing where it is too long."""
    text = body[at : at + _MOST_BYTES].decode("utf-8", "ignore")
    try:
        value, end = _DECODER.raw_decode(text)
    except (ValueError, RecursionError):
        return None, 0
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
