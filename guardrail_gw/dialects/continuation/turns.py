"""Requests that ask for the rest of an answer: the client's own, and what was said of the answer.

They are written in the client's dialect and translated like any other.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from guardrail_gw.core.body import entries, spans
from guardrail_gw.core.exchange import Envelope
from guardrail_gw.dialects.continuation.seam import Seam
from guardrail_gw.dialects.encoding import encoded

_PROMPT: Final = (
    "Your last message was cut off by a technical fault. Go on with it exactly where it stops, in"
    " the same language and form, as if nothing had happened. Begin by repeating its last words,"
    " character by character, and write nothing before them, no remark, no quotation mark and no"
    " code fence that is not part of it. Its last words are what stands between these two lines:"
)
_LINE: Final = "-----"
_MODEL: Final = b'""'
"""Stands for the model's name while its place is looked for."""
_Turn = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Turns:
    """How a dialect says who said what."""

    member: str
    model: Callable[[str], _Turn]
    """What the model said."""
    user: Callable[[str], _Turn]
    last: Callable[[Mapping[str, Any]], bool]
    """Whether a turn is the model's."""


def _message(role: str, text: str) -> _Turn:
    return {"role": role, "content": text}


_MESSAGES: Final = _Turns(
    member="messages",
    model=lambda text: _message("assistant", text),
    user=lambda text: _message("user", text),
    last=lambda turn: turn.get("role") == "assistant",
)
_BY_DIALECT: Final[Mapping[str, _Turns]] = {
    "openai_chat": _MESSAGES,
    "anthropic_messages": _MESSAGES,
    "openai_responses": replace(_MESSAGES, member="input"),
    "gemini_generate": _Turns(
        member="contents",
        model=lambda text: {"role": "model", "parts": [{"text": text}]},
        user=lambda text: {"role": "user", "parts": [{"text": text}]},
        last=lambda turn: turn.get("role") == "model",
    ),
}


@dataclass(frozen=True, slots=True)
class Continued:
    """A request for the rest of an answer."""

    envelope: Envelope = field(repr=False)
    seam: Seam


def prompt(anchor: str) -> str:
    """What asks a model to go on."""
    return f"{_PROMPT}\n{_LINE}\n{anchor}\n{_LINE}"


def prefilled(envelope: Envelope, dialect: str, said: str) -> Continued | None:
    """The request with an answer that has begun, for providers that write on behind it.

    Args:
        envelope: the client's.
        dialect: its.
        said: what the client has of the answer.

    Returns:
        None where the client begins the answer itself, which is another way to ask.
    """
    seam = Seam(said)
    if not seam.given.strip():
        return Continued(envelope, seam)
    turns = _BY_DIALECT[dialect]
    body = json.loads(_written(envelope))
    listed = body[turns.member]
    if isinstance(listed, list) and listed and turns.last(listed[-1]):
        return None
    return Continued(_with(envelope, turns, [turns.model(seam.given)]), seam)


def prompted(envelope: Envelope, dialect: str, said: str, anchor: str) -> Continued:
    """The request with what was said and the wish that the model go on with it."""
    seam = Seam(said, anchor)
    turns = _BY_DIALECT[dialect]
    more = [turns.model(seam.given), turns.user(prompt(anchor))]
    return Continued(_with(envelope, turns, more), seam)


def _written(envelope: Envelope) -> bytes:
    return envelope.addressed(_MODEL)


def _with(envelope: Envelope, turns: _Turns, more: list[_Turn]) -> Envelope:
    """The body with more turns at the end; no other byte of it moves."""
    raw = _written(envelope)
    added = b",".join(map(encoded, more))
    start, end = spans(raw, {(turns.member,)})[(turns.member,)]
    if raw[start : start + 1] != b"[":  # a text alone stands for a list of one
        first = b'{"role":"user","content":%b}' % raw[start:end]
        return _replaced(envelope, start, end, b"[%b,%b]" % (first, added))
    listed, bracket = entries(raw, turns.member)
    return _replaced(envelope, bracket, bracket, (b"," if listed else b"") + added)


def _replaced(envelope: Envelope, start: int, end: int, text: bytes) -> Envelope:
    """The envelope with other bytes in one place, on whichever side of the model's name it is."""
    before, after = envelope.before, envelope.after
    if start <= len(before):
        return replace(envelope, before=before[:start] + text + before[end:])
    shift = len(before) + (len(_MODEL) if envelope.names_model else 0)
    start, end = start - shift, end - shift
    return replace(envelope, after=after[:start] + text + after[end:])
