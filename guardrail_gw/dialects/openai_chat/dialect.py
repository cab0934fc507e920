"""The dialect as one object: requests in, answers out, errors in its own shape."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from guardrail_gw.core.exchange import BARE, Envelope, Head, Question
from guardrail_gw.core.ports import AnswerReader
from guardrail_gw.dialects import citations, paths
from guardrail_gw.dialects.openai_chat import encode, request, slots
from guardrail_gw.dialects.openai_chat.answer import StreamReader, WholeReader
from guardrail_gw.dialects.parsed import Bodies
from guardrail_gw.dialects.slots import Offset, Slot
from guardrail_gw.dialects.stream_usage import hide_usage
from guardrail_gw.errors import Refusal

PATH: Final = "/chat/completions"


@dataclass(frozen=True, slots=True)
class OpenAIChat(Bodies):
    """OpenAI chat completions."""

    counts: ClassVar[str] = "characters"

    name: str = request.NAME
    turns: ClassVar[str] = "messages"
    path: str = PATH
    served: tuple[str, ...] = paths.openai(PATH)
    """Where clients ask."""
    id_headers: tuple[str, ...] = ()
    """Where clients look for a request's id, besides `x-request-id`."""

    @property
    def patterns(self) -> tuple[str, ...]:
        """Where Azure's clients ask."""
        return paths.of_azure(self.path)

    def head(self, target: str, headers: Mapping[str, str]) -> Head:  # noqa: ARG002 - the seam's
        """Nothing besides the body goes on to a provider; Azure's clients name the model here."""
        name = paths.deployment(target)
        return Head(model=name) if name else BARE

    def parse(self, body: bytes, head: Head = BARE) -> Question:
        """Read a request; raises BodyRefused for anything not understood in full."""
        return request.parse_question(body, head)

    def rewrite(
        self,
        question: Question,
        replacements: Mapping[int, str],
        *,
        stored: bool | None = None,
    ) -> Envelope:
        """Put `replacements[i]` in the place of `question.segments[i]`; the rest stays."""
        return request.rewrite(question, replacements, stored=stored)

    def reader(self, *, stream: bool, head: Head = BARE) -> AnswerReader:  # noqa: ARG002 - ditto
        """A fresh reader for one answer."""
        return StreamReader() if stream else WholeReader()

    def slots(self, question: Question, data: dict[str, Any]) -> list[Slot]:
        """The strings of a chunk or a whole body that may hold placeholders."""
        return list(slots.slots(data, json_answer=question.source.json_answer))

    def offsets(self, question: Question, data: dict[str, Any]) -> list[Offset]:  # noqa: ARG002 - ditto
        """Places in texts that an event names."""
        return list(citations.in_chat(data))

    def finished(self, data: dict[str, Any]) -> frozenset[int]:
        """The choices that end with this chunk."""
        choices = enumerate(data.get("choices") or ())
        return frozenset(c.get("index", i) for i, c in choices if c.get("finish_reason"))

    def drop_logprobs(self, data: dict[str, Any]) -> None:
        """Remove token texts: cut as the model cuts them, they cannot be restored."""
        for choice in data.get("choices") or ():
            if choice.get("logprobs") is not None:
                choice["logprobs"] = None

    def hide_usage(self, question: Question, data: dict[str, Any]) -> bool:
        """Take out what the client did not ask for; True when nothing of the chunk is left."""
        return question.source.usage_injected and hide_usage(data)

    def late_piece(self, data: dict[str, Any], slot: Slot, text: str) -> dict[str, Any]:
        """A chunk that carries `text` for the channel of `slot`, in the name of chunk `data`."""
        return encode.late_piece(data, slot, text)

    def encode(self, data: dict[str, Any], *, stream: bool, text: str | None = None) -> bytes:
        """A chunk as a frame of a stream, or a whole body; `text` is `data` as it was read."""
        return encode.encode(data, stream=stream, text=text)

    def done(self) -> bytes:
        """The end mark of a stream."""
        return encode.DONE

    def status(self, refusal: Refusal) -> int:
        """The HTTP status of a refusal."""
        return refusal.status

    def error_body(self, refusal: Refusal, request_id: str = "") -> bytes:  # noqa: ARG002 - ditto
        """The refusal as a whole answer."""
        return encode.error_body(refusal)

    def error_event(self, refusal: Refusal, request_id: str = "") -> bytes:  # noqa: ARG002 - ditto
        """The refusal as an event of a stream that has begun."""
        return encode.error_event(refusal)
