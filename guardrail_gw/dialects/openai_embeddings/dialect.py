"""The dialect as one object: requests in, answers out, errors in its own shape."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from guardrail_gw.core.exchange import BARE, Envelope, Head, Question
from guardrail_gw.core.ports import AnswerReader
from guardrail_gw.dialects import paths
from guardrail_gw.dialects.openai_embeddings import request, slots
from guardrail_gw.dialects.openai_embeddings.answer import Vectors, WholeReader
from guardrail_gw.dialects.parsed import Parsed, edited, unedited
from guardrail_gw.dialects.slots import Slot
from guardrail_gw.dialects.whole_answers import WholeAnswers

PATH: Final = "/embeddings"


@dataclass(frozen=True, slots=True)
class OpenAIEmbeddings(WholeAnswers):
    """OpenAI embeddings."""

    name: str = request.NAME
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
        stored: bool | None = None,  # noqa: ARG002 - nothing here is kept
    ) -> Envelope:
        """Put `replacements[i]` in the place of `question.segments[i]`; the rest stays."""
        source: Parsed = question.source
        edits = source.edits(replacements) if replacements else {}
        return edited(source.document, edits) if edits else unedited(source.document)

    def reader(self, *, stream: bool, head: Head = BARE) -> AnswerReader:  # noqa: ARG002 - ditto
        """A fresh reader for one answer, which is never streamed."""
        return WholeReader()

    def slots(self, question: Question, data: dict[str, Any]) -> list[Slot]:  # noqa: ARG002 - ditto
        """The strings of a body that may hold placeholders; mostly there are none."""
        return list(slots.slots(data))

    def drop_logprobs(self, data: dict[str, Any]) -> None:
        """There are none."""

    def encode(self, data: dict[str, Any], *, stream: bool, text: str | None = None) -> bytes:
        """A body as it was written, unless there is text in it that may have been restored."""
        if text is None and isinstance(data, Vectors) and not any(True for _ in slots.slots(data)):
            text = data.written
        return WholeAnswers.encode(self, data, stream=stream, text=text)
