"""The dialect as one object: requests in, answers out, errors in its own shape."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from guardrail_gw.core.exchange import BARE, Envelope, Head, Question
from guardrail_gw.core.ports import AnswerReader
from guardrail_gw.dialects import citations
from guardrail_gw.dialects.openai_responses import (
    answer,
    encode,
    head as heads,
    request,
    slots,
    stored as kept,
    thoughts,
)
from guardrail_gw.dialects.parsed import Bodies
from guardrail_gw.dialects.slots import Offset, Slot
from guardrail_gw.errors import Refusal

_DONE: Final = ".done"


@dataclass(frozen=True, slots=True)
class OpenAIResponses(Bodies):
    """OpenAI Responses, their compaction, the count of their tokens, and what is kept of them."""

    counter: ClassVar[str] = "sequence_number"
    counts: ClassVar[str] = "characters"
    routes: ClassVar[tuple[tuple[str, str], ...]] = kept.ROUTES

    name: str = request.NAME
    turns: ClassVar[str] = "input"
    path: str = heads.RESPONSES
    served: tuple[str, ...] = heads.served()
    """Where clients ask."""
    id_headers: tuple[str, ...] = ()
    """Where clients look for a request's id, besides `x-request-id`."""

    def head(self, target: str, headers: Mapping[str, str]) -> Head:  # noqa: ARG002 - the seam's
        """Read the operation; nothing else besides the body goes on to a provider."""
        return heads.read(target)

    def stored_head(self, method: str, target: str, headers: Mapping[str, str]) -> Head:  # noqa: ARG002 - the seam's
        """Read what is asked for of that which is kept; raises Refusal."""
        return kept.read(method, target)

    def parse(self, body: bytes, head: Head = BARE) -> Question:
        """Read a request; raises BodyRefused for anything not understood in full."""
        if kept.is_stored(head):
            return kept.parse_question(body, head)
        return request.parse_question(body, head)

    def rewrite(
        self,
        question: Question,
        replacements: Mapping[int, str],
        *,
        stored: bool | None = None,
    ) -> Envelope:
        """Put `replacements[i]` in the place of `question.segments[i]`; the rest stays."""
        if kept.is_stored(question.head):
            return kept.rewrite(question, replacements)
        return request.rewrite(question, replacements, stored=stored)

    def own(self, body: bytes) -> bytes:
        """A body without thoughts that were told from another dialect."""
        return thoughts.own(body)

    def reader(self, *, stream: bool, head: Head = BARE) -> AnswerReader:
        """A fresh reader for one answer."""
        if kept.is_stored(head):
            return kept.Reader()
        return answer.reader(head, stream=stream)

    def slots(self, question: Question, data: dict[str, Any]) -> list[Slot]:
        """The strings of an event or a whole body that may hold placeholders."""
        if kept.is_stored(question.head):
            return list(kept.slots(data))
        return list(slots.slots(data, json_answer=question.source.json_answer))

    def offsets(self, question: Question, data: dict[str, Any]) -> list[Offset]:  # noqa: ARG002 - ditto
        """Places in texts that an event names; a piece of a text names none."""
        if "delta" in data:
            return []
        return list(citations.in_responses(data, slots.said_channel(data)))

    def finished(self, data: dict[str, Any]) -> frozenset[int]:
        """The item of which something ends with this event: nothing of it is held back longer."""
        item = data.get("output_index")
        if isinstance(item, int) and str(data.get("type")).endswith(_DONE):
            return frozenset((item,))
        return _NONE

    def drop_logprobs(self, data: dict[str, Any]) -> None:
        """Remove token texts: cut as the model cuts them, they cannot be restored."""
        encode.drop_logprobs(data)

    def hide_usage(self, question: Question, data: dict[str, Any]) -> bool:  # noqa: ARG002 - ditto
        """Nobody needs to ask for counts, so none are hidden."""
        return False

    def late_piece(self, data: dict[str, Any], slot: Slot, text: str) -> dict[str, Any]:
        """A delta that carries `text` for the text of `slot`, in the name of event `data`."""
        return encode.late_piece(data, slot, text)

    def encode(self, data: dict[str, Any], *, stream: bool, text: str | None = None) -> bytes:
        """An event as a frame of a stream, or a whole body; `text` is `data` as it was read."""
        return encode.encode(data, stream=stream, text=text)

    def done(self) -> bytes:
        """The end mark holds the whole answer and is always the provider's."""
        return b""

    def status(self, refusal: Refusal) -> int:
        """The HTTP status of a refusal."""
        return refusal.status

    def error_body(self, refusal: Refusal, request_id: str = "") -> bytes:  # noqa: ARG002 - ditto
        """The refusal as a whole answer, in the shape of every OpenAI error."""
        return encode.error_body(refusal)

    def error_event(self, refusal: Refusal, request_id: str = "") -> bytes:  # noqa: ARG002 - ditto
        """The refusal as an event of a stream that has begun."""
        return encode.error_event(refusal)


_NONE: frozenset[int] = frozenset()
"""No item."""
