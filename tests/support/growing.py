"""Conversations that grow turn by turn, asked in a room that remembers and in one that does not."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from guardrail_gw.audit import facts
from guardrail_gw.core.exchange import (
    BARE,
    Arrival,
    Head,
    Inbound,
    Placed,
    Redacted,
)
from guardrail_gw.core.identity import RequestId
from guardrail_gw.core.kept import Held
from guardrail_gw.core.text import Entity, Finding, Segment
from guardrail_gw.detection.seams import AcrossSegments
from guardrail_gw.dialects.every import BY_NAME
from guardrail_gw.errors import Refusal
from guardrail_gw.policy.policy import Action, Policy
from guardrail_gw.redaction.redaction import Found, Redaction, Remembering
from guardrail_gw.redaction.turn_memory import TurnMemory
from tests.support.chat import KEY, PRINCIPAL, Told, inline, policy

FILLER = "please look at the refund that has still not come and say what is next; " * 60
"""More than a block, so that what begins with it is remembered."""
HEADS = {"gemini_generate": Head(path=":generateContent", model="gemini-x")}
ACTIONS = {
    "SECRET": Action.BLOCK,
    "IP_ADDRESS": Action.HASH,
    "URL": Action.ALLOW,
    "DATE_TIME": Action.SURROGATE,
}
VALUES = {
    "Anna Schmidt": "PERSON",
    "Anna": "PERSON",
    "Lindberg": "PERSON",
    "anna.schmidt@example.com": "EMAIL_ADDRESS",
    "4111 1111 1111 1111": "CREDIT_CARD",
    "Berlin": "LOCATION",
    "sk-secret": "SECRET",
    "10.1.2.3": "IP_ADDRESS",
    "https://x.example": "URL",
}


@dataclass(slots=True)
class Noting(Told):
    """A detector that notes what it is shown."""

    shown: list[str] = field(default_factory=list)
    pattern: str = r"(?!)"
    """Matches addresses that depend on what is behind them."""

    async def detect(
        self, segments: Sequence[Segment], *, countries: frozenset[str] = frozenset()
    ) -> Sequence[tuple[Finding, ...]]:
        """Find the values."""
        self.shown += [segment.text for segment in segments]
        return [(*self._in(segment), *self._matched(segment)) for segment in segments]

    def _matched(self, segment: Segment) -> Iterator[Finding]:
        for match in re.finditer(self.pattern, segment.text):
            yield Finding(
                start=match.start(),
                end=match.end(),
                entity=Entity("EMAIL_ADDRESS"),
                score=0.9,
                recognizer="matched",
            )


@dataclass(slots=True)
class Room:
    """A room and the detector in it."""

    budget: int = 1 << 24
    values: Mapping[str, str] = field(default_factory=lambda: VALUES)
    policy: Policy = field(default_factory=lambda: policy(ACTIONS))
    detected_by: str = "these"
    principal: Any = PRINCIPAL
    dialects: Sequence[Any] = tuple(BY_NAME.values())
    seen: int = 0
    """How many requests were seen before, but for some turns."""

    def __post_init__(self) -> None:
        """Furnish it."""
        self.detector = Noting(self.values)
        self.memory = TurnMemory(self.budget)
        self.room = Redaction(
            AcrossSegments(detector=self.detector),
            KEY,
            self.dialects,
            offload=inline,
            remembering=Remembering(memory=self.memory, detected_by=lambda: self.detected_by),
        )

    detector: Noting = field(init=False)
    memory: TurnMemory = field(init=False)
    room: Redaction = field(init=False)

    async def ask(
        self,
        dialect: str,
        raw: bytes,
        held: Held | None = None,
        head: Head | None = None,
        found: Found | None = None,
    ) -> Redacted:
        """Take a body through the room, as the server and the chain do."""
        head = head or HEADS.get(dialect, BARE)
        question = self.room.recall(dialect, raw, head, self.principal)
        self.seen += question is not None
        question = question or BY_NAME[dialect].parse(raw, head)
        arrival = Arrival(id=RequestId("r"), surface=dialect, received_us=0)
        inbound = Inbound(arrival=arrival, principal=self.principal, question=question, body=raw)
        try:
            return await self.room.apply(inbound, self.policy, held, found=found)
        finally:
            self.room.keep()

    async def outcome(self, dialect: str, raw: bytes, held: Held | None = None) -> Any:
        """All that anybody could tell from it: what leaves, what is on record, or why not."""
        try:
            redacted = await self.ask(dialect, raw, held)
        except Refusal as refusal:
            return type(refusal), refusal.code, str(refusal), dict(refusal.facts)
        placed = Placed(redacted=redacted, lawful=(), rejected=(), rules=())
        question = redacted.inbound.question
        return (
            redacted.envelope,
            list(redacted.originals.items()),
            dict(redacted.entities),
            redacted.rules,
            (dict(redacted.kinds), redacted.held, redacted.stored),
            facts.intent_allowed(redacted.inbound, placed, self.policy),
            replace(question.source, layers=(), targets=(), fixed=()),
            (question.model, question.stream, dict(question.features), question.attachments),
            (question.recall, question.makes, question.media, question.store),
            dict(BY_NAME[dialect].members(question)),
        )


def said(dialect: str, number: int, text: str) -> dict[str, Any]:
    """One turn that says a text; the user's first, and then each other's."""
    is_answer = number % 2 == 1
    if dialect == "gemini_generate":
        return {"role": "model" if is_answer else "user", "parts": [{"text": text}]}
    kind = {"openai_responses": "output_text" if is_answer else "input_text"}.get(dialect, "text")
    role = "assistant" if is_answer else "user"
    return {"role": role, "content": [{"type": kind, "text": text}]}


def called(dialect: str, number: int, name: str, text: str) -> dict[str, Any]:
    """One turn that calls a tool with a text, by a name that is a key, too."""
    given = {name: text}
    if dialect == "gemini_generate":
        call: dict[str, Any] = {"functionCall": {"name": "find", "args": given}}
        return {"role": "model", "parts": [call]}
    if dialect == "anthropic_messages":
        call = {"type": "tool_use", "id": f"toolu_{number:08d}", "name": "find", "input": given}
        return {"role": "assistant", "content": [call]}
    function = {"name": "find", "arguments": json.dumps(given)}
    if dialect == "openai_responses":
        return {"type": "function_call", "call_id": f"call_{number:08d}", **function}
    call = {"id": f"call_{number:08d}", "type": "function", "function": function}
    return {"role": "assistant", "content": None, "tool_calls": [call]}


def body(
    dialect: str, turns: Sequence[dict[str, Any]], *, tail: Mapping[str, Any] | None = None
) -> bytes:
    """A request with these turns, some members before and others behind them."""
    name = BY_NAME[dialect].turns
    model = {} if dialect == "gemini_generate" else {"model": "gpt"}
    return json.dumps({**model, name: list(turns), **(tail or {})}).encode()
