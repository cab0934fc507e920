"""The dialect as one object: requests in, answers out, errors in its own shape."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from guardrail_gw.core.exchange import BARE, Envelope, Head, Question
from guardrail_gw.core.ports import AnswerReader
from guardrail_gw.dialects.gemini_generate import address, encode, grounding, request, slots
from guardrail_gw.dialects.gemini_generate.answer import StreamReader, WholeReader, candidates
from guardrail_gw.dialects.parsed import Bodies
from guardrail_gw.dialects.slots import Offset, Slot
from guardrail_gw.errors import Refusal


@dataclass(frozen=True, slots=True)
class GeminiGenerate(Bodies):
    """Gemini's generateContent, countTokens and embeddings."""

    name: str = request.NAME
    turns: ClassVar[str] = "contents"
    counts: ClassVar[str] = "bytes"
    path: str = f":{address.GENERATE}"
    served: tuple[str, ...] = ()
    """The model stands in the path, so no path is known before it comes."""
    patterns: tuple[str, ...] = address.PATTERNS
    """Where clients ask."""
    id_headers: tuple[str, ...] = ()
    """Where clients look for a request's id, besides `x-request-id`."""

    def head(self, target: str, headers: Mapping[str, str]) -> Head:  # noqa: ARG002 - the seam's
        """Read operation and model; raises UnknownModel or QueryRefused."""
        return address.read(target)

    def query_key(self, target: str) -> str:
        """The caller's key in the query."""
        return address.query_key(target)

    def is_array(self, target: str) -> bool:
        """Whether a stream is asked for as one JSON array: it is, unless as events."""
        return address.is_array(target)

    def address(self, head: Head, model: str) -> str:
        """Path and query of a question at a provider."""
        return address.address(head, model)

    def only(self, turns: bytes) -> bytes:
        """A body that these turns are all of; the path names the model."""
        return b'{"contents":[%b]}' % turns

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

    def reader(self, *, stream: bool, head: Head = BARE) -> AnswerReader:
        """A fresh reader for one answer."""
        return StreamReader() if stream else WholeReader(operation=address.operation_of(head))

    def slots(self, question: Question, data: dict[str, Any]) -> list[Slot]:
        """The strings of an event or a whole body that may hold placeholders."""
        json_answer = question.source.json_answer
        return list(slots.slots(data, streamed=question.stream, json_answer=json_answer))

    def offsets(self, question: Question, data: dict[str, Any]) -> list[Offset]:
        """What `groundingSupports` say of the texts."""
        return list(grounding.offsets(data, streamed=question.stream))

    def finished(self, data: dict[str, Any]) -> frozenset[int]:
        """The texts that end with this event."""
        return slots.finished(data)

    def drop_logprobs(self, data: dict[str, Any]) -> None:
        """Remove token texts: cut as the model cuts them, they cannot be restored."""
        for _, candidate in candidates(data):
            candidate.pop("logprobsResult", None)

    def hide_usage(self, question: Question, data: dict[str, Any]) -> bool:  # noqa: ARG002 - the seam's
        """Nobody needs to ask for counts, so none are hidden."""
        return False

    def late_piece(self, data: dict[str, Any], slot: Slot, text: str) -> dict[str, Any]:
        """A part that carries `text` for the text of `slot`, in the name of event `data`."""
        return encode.late_piece(data, slot, text)

    def encode(self, data: dict[str, Any], *, stream: bool, text: str | None = None) -> bytes:
        """A part as an event of a stream, or a whole body; `text` is `data` as it was read."""
        return encode.encode(data, stream=stream, text=text)

    def done(self) -> bytes:
        """A stream ends with its last part."""
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
