"""The dialect as one object: chat's, but for its path, its requests and where its text stands."""

from dataclasses import dataclass
from typing import Any, Final

from guardrail_gw.core.exchange import BARE, Head, Question
from guardrail_gw.core.ports import AnswerReader
from guardrail_gw.dialects import paths
from guardrail_gw.dialects.openai_chat.answer import StreamReader
from guardrail_gw.dialects.openai_chat.dialect import OpenAIChat
from guardrail_gw.dialects.openai_completions import request, slots
from guardrail_gw.dialects.openai_completions.answer import WholeReader
from guardrail_gw.dialects.slots import Slot

PATH: Final = "/completions"


@dataclass(frozen=True, slots=True)
class OpenAICompletions(OpenAIChat):
    """OpenAI completions (legacy)."""

    name: str = request.NAME
    path: str = PATH
    served: tuple[str, ...] = paths.openai(PATH)
    """Where clients ask."""

    def parse(self, body: bytes, head: Head = BARE) -> Question:
        """Read a request; raises BodyRefused for anything not understood in full."""
        return request.parse_question(body, head)

    def reader(self, *, stream: bool, head: Head = BARE) -> AnswerReader:  # noqa: ARG002 - the seam's
        """A fresh reader for one answer."""
        return StreamReader() if stream else WholeReader()

    def slots(self, question: Question, data: dict[str, Any]) -> list[Slot]:
        """The strings of a chunk or a whole body that may hold placeholders."""
        json_answer = question.source.json_answer
        return list(slots.slots(data, streamed=question.stream, json_answer=json_answer))

    def late_piece(self, data: dict[str, Any], slot: Slot, text: str) -> dict[str, Any]:
        """A chunk that carries `text` for the channel of `slot`, in the name of chunk `data`."""
        return slots.late_piece(data, slot, text)
