"""Where a conversation begins in a body: its first turns, which every later request repeats."""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

_TURNS: Final[Mapping[str, re.Pattern[bytes]]] = {
    dialect: re.compile(rb'"%b"\s*:\s*(\[|(?="))' % member)
    for dialect, member in (
        ("openai_chat", b"messages"),
        ("anthropic_messages", b"messages"),
        ("openai_responses", b"input"),
        ("gemini_generate", b"contents"),
        ("cohere_chat", b"messages"),
    )
}
_MOST_BYTES: Final = 64 << 10
"""That are looked at."""
_MOST_TURNS: Final = 4
_OPERATORS: Final = frozenset({"system", "developer"})
"""Roles of turns that many conversations share."""
_GAP: Final = re.compile(r"[\s,]*")
_DECODER: Final = json.JSONDecoder()


def first_turns(dialect: str, body: bytes) -> bytes:
    """The turns up to the first one that somebody asked; nothing where there are none.

    A body that only looks as if they were here costs nothing but a warm cache.

    Args:
        dialect: the client's.
        body: as it leaves.
    """
    pattern = _TURNS.get(dialect)
    found = pattern.search(body) if pattern is not None else None
    if found is None:
        return b""
    text = body[found.end() : found.end() + _MOST_BYTES].decode("latin-1")  # one sign a byte
    if not found[1]:
        return _entry(text, 0)[0].encode("latin-1")
    return _until_asked(text).encode("latin-1")


def _until_asked(text: str) -> str:
    at = 0
    for _ in range(_MOST_TURNS):
        start = _start(text, at)
        if text[start : start + 1] == "]":
            break
        turn, value = _entry(text, start)
        at = start + len(turn)
        if not turn or not isinstance(value, dict) or value.get("role") not in _OPERATORS:
            break
    return text[:at]


def _start(text: str, at: int) -> int:
    gap = _GAP.match(text, at)
    return at if gap is None else gap.end()


def _entry(text: str, at: int) -> tuple[str, Any]:
    """One value as it is written; what is longer than is looked at counts as far as it is here."""
    try:
        value, end = _DECODER.raw_decode(text, at)
    except (ValueError, RecursionError):
        return text[at:], None
    return text[at:end], value
