"""The dialect as one object: requests in, answers out, errors in its own shape."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from guardrail_gw.core.exchange import BARE, Envelope, Head, Question
from guardrail_gw.core.ports import AnswerReader
from guardrail_gw.dialects.anthropic_messages import encode, head as heads, request, slots, thoughts
from guardrail_gw.dialects.anthropic_messages.answer import StreamReader, WholeReader
from guardrail_gw.dialects.parsed import Bodies
from guardrail_gw.dialects.slots import Slot
from guardrail_gw.errors import Refusal


@dataclass(frozen=True, slots=True)
class AnthropicMessages(Bodies):
    """Anthropic Messages, and the count of their tokens."""

    name: str = request.NAME
    turns: ClassVar[str] = "messages"
    path: str = heads.MESSAGES
    served: tuple[str, ...] = heads.served()
    """Where clients ask."""
    id_headers: tuple[str, ...] = ("request-id",)
    """Where clients look for a request's id, besides `x-request-id`."""

    def head(self, target: str, headers: Mapping[str, str]) -> Head:
        """Read operation, version and betas; raises HeaderRefused."""
        return heads.read(target, headers)

    def parse(self, body: bytes, head: Head = BARE) -> Question:
        """Read a request; raises BodyRefused for anything not understood in full."""
        return request.parse_question(body, head)

    def rewrite(
        self,
        question: Question,
        replacements: Mapping[int, str],
        *,
        stored: bool | None = None,  # noqa: ARG002 - nothing here is kept
    ) -> Envelope:
        """Put `replacements[i]` in the place of `question.segments[i]`; the rest stays."""
        return request.rewrite(question, replacements)

    def own(self, body: bytes) -> bytes:
        """A body without thoughts that were told from another dialect."""
        return thoughts.own(body)

    def reader(self, *, stream: bool, head: Head = BARE) -> AnswerReader:
        """A fresh reader for one answer."""
        return StreamReader() if stream else WholeReader(counting=heads.is_count(head))

    def slots(self, question: Question, data: dict[str, Any]) -> list[Slot]:
        """The strings of an event or a whole body that may hold placeholders."""
        return list(slots.slots(data, json_answer=question.source.json_answer))

    def finished(self, data: dict[str, Any]) -> frozenset[int]:
        """The block that ends with this event."""
        return frozenset((data["index"],)) if data.get("type") == "content_block_stop" else _NONE

    def drop_logprobs(self, data: dict[str, Any]) -> None:
        """The dialect has none."""

    def hide_usage(self, question: Question, data: dict[str, Any]) -> bool:  # noqa: ARG002 - the seam's
        """Nobody needs to ask for counts, so none are hidden."""
        return False

    def late_piece(self, data: dict[str, Any], slot: Slot, text: str) -> dict[str, Any]:
        """A delta that carries `text` for the block of `slot`, in the name of event `data`."""
        return encode.late_piece(data, slot, text)

    def encode(self, data: dict[str, Any], *, stream: bool, text: str | None = None) -> bytes:
        """An event as a frame of a stream, or a whole body; `text` is `data` as it was read."""
        return encode.encode(data, stream=stream, text=text)

    def done(self) -> bytes:
        """The end mark of a stream."""
        return encode.encode({"type": "message_stop"}, stream=True)

    def status(self, refusal: Refusal) -> int:
        """The HTTP status of a refusal; too much to do is 529 here."""
        return encode.status(refusal)

    def error_body(self, refusal: Refusal, request_id: str) -> bytes:
        """The refusal as a whole answer."""
        return encode.error_body(refusal, request_id)

    def error_event(self, refusal: Refusal, request_id: str) -> bytes:
        """The refusal as an event of a stream that has begun."""
        return encode.error_event(refusal, request_id)


_NONE: frozenset[int] = frozenset()
