"""The dialect as one object: requests in, answers out, errors in its own shape."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from guardrail_gw.core.exchange import BARE, Envelope, Head, Question
from guardrail_gw.core.ports import AnswerReader
from guardrail_gw.dialects import paths
from guardrail_gw.dialects.cohere_chat import cited, encode, request, slots
from guardrail_gw.dialects.cohere_chat.answer import StreamReader, WholeReader
from guardrail_gw.dialects.parsed import Bodies
from guardrail_gw.dialects.slots import Offset, Slot
from guardrail_gw.errors import Refusal

PATH: Final = "/chat"


@dataclass(frozen=True, slots=True)
class CohereChat(Bodies):
    """Cohere's chat."""

    name: str = request.NAME
    turns: ClassVar[str] = "messages"
    counts: ClassVar[str] = "characters"
    path: str = PATH
    served: tuple[str, ...] = paths.cohere("/v2", PATH)
    """Where clients ask."""
    id_headers: tuple[str, ...] = ()
    """Where clients look for a request's id, besides `x-request-id`."""

    def head(self, target: str, headers: Mapping[str, str]) -> Head:  # noqa: ARG002 - the seam's
        """Nothing besides the body goes on to a provider."""
        return BARE

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

    def reader(self, *, stream: bool, head: Head = BARE) -> AnswerReader:  # noqa: ARG002 - the seam's
        """A fresh reader for one answer."""
        return StreamReader() if stream else WholeReader()

    def slots(self, question: Question, data: dict[str, Any]) -> list[Slot]:
        """The strings of an event or a whole body that may hold placeholders."""
        return list(slots.slots(data, json_answer=question.source.json_answer))

    def offsets(self, question: Question, data: dict[str, Any]) -> list[Offset]:  # noqa: ARG002 - ditto
        """What citations say of the texts."""
        return list(cited.offsets(data))

    def finished(self, data: dict[str, Any]) -> frozenset[int]:
        """The texts that end with this event."""
        return slots.finished(data)

    def drop_logprobs(self, data: dict[str, Any]) -> None:
        """Remove token texts: cut as the model cuts them, they cannot be restored."""
        data.pop("logprobs", None)

    def hide_usage(self, question: Question, data: dict[str, Any]) -> bool:  # noqa: ARG002 - the seam's
        """Nobody needs to ask for counts, so none are hidden."""
        return False

    def late_piece(self, data: dict[str, Any], slot: Slot, text: str) -> dict[str, Any]:  # noqa: ARG002 - ditto
        """A delta that carries `text` for the text of `slot`."""
        return encode.late_piece(slot, text)

    def encode(self, data: dict[str, Any], *, stream: bool, text: str | None = None) -> bytes:
        """An event as a frame of a stream, or a whole body; `text` is `data` as it was read."""
        return encode.encode(data, stream=stream, text=text)

    def done(self) -> bytes:
        """The provider's own end mark is always passed on."""
        return b""

    def status(self, refusal: Refusal) -> int:
        """The HTTP status of a refusal."""
        return refusal.status

    def error_body(self, refusal: Refusal, request_id: str) -> bytes:
        """The refusal as a whole answer."""
        return encode.error_body(refusal, request_id)

    def error_event(self, refusal: Refusal, request_id: str) -> bytes:
        """The refusal as an event of a stream that has begun."""
        return encode.error_event(refusal, request_id)
