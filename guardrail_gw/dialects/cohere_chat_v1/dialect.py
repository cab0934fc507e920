"""The dialect as one object: its own requests and answers, errors as the later chat has them."""

from dataclasses import dataclass
from typing import Any, ClassVar

from guardrail_gw.core.exchange import BARE, Head, Question
from guardrail_gw.core.ports import AnswerReader
from guardrail_gw.dialects import paths
from guardrail_gw.dialects.cohere_chat import encode as errors
from guardrail_gw.dialects.cohere_chat.answer import FAILED
from guardrail_gw.dialects.cohere_chat.dialect import PATH, CohereChat
from guardrail_gw.dialects.cohere_chat_v1 import request, slots
from guardrail_gw.dialects.cohere_chat_v1.answer import END, StreamReader, WholeReader
from guardrail_gw.dialects.encoding import encoded
from guardrail_gw.dialects.slots import Offset, Slot
from guardrail_gw.errors import Refusal


@dataclass(frozen=True, slots=True)
class CohereChatV1(CohereChat):
    """Cohere's first chat."""

    name: str = request.NAME
    turns: ClassVar[str] = ""
    """The history grows, and the message beside it is another one each time."""
    event_lines: ClassVar[str] = "application/stream+json"
    served: tuple[str, ...] = paths.cohere("/v1", PATH)
    """Where clients ask."""

    def parse(self, body: bytes, head: Head = BARE) -> Question:
        """Read a request; raises BodyRefused for anything not understood in full."""
        return request.parse_question(body, head)

    def reader(self, *, stream: bool, head: Head = BARE) -> AnswerReader:  # noqa: ARG002 - the seam's
        """A fresh reader for one answer."""
        return StreamReader() if stream else WholeReader()

    def slots(self, question: Question, data: dict[str, Any]) -> list[Slot]:
        """The strings of an event or a whole body that may hold placeholders."""
        return list(slots.slots(data, json_answer=question.source.json_answer))

    def offsets(self, question: Question, data: dict[str, Any]) -> list[Offset]:  # noqa: ARG002 - ditto
        """What citations say of the texts."""
        return list(slots.offsets(data))

    def finished(self, data: dict[str, Any]) -> frozenset[int]:
        """The texts that end with this event."""
        return slots.finished(data)

    def late_piece(self, data: dict[str, Any], slot: Slot, text: str) -> dict[str, Any]:
        """An event that carries `text` for the text of `slot`, in the name of event `data`."""
        return slots.late_piece(data, slot, text)

    def encode(self, data: dict[str, Any], *, stream: bool, text: str | None = None) -> bytes:
        """An event as a line, or a whole body; `text` is `data` as it was read."""
        written = encoded(data) if text is None else text.encode()
        return written + b"\n" if stream else written

    def error_event(self, refusal: Refusal, request_id: str) -> bytes:
        """The refusal as the last line of a stream that has begun: it ended with an error."""
        whole = {"response_id": request_id, "text": "", "finish_reason": FAILED}
        event = {"is_finished": True, "event_type": END, "finish_reason": FAILED}
        told = errors.error(refusal, request_id)
        return encoded({**event, **told, "response": whole}) + b"\n"
