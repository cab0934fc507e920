"""The surfaces as dialects: requests in, answers out, errors in OpenAI's shape."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from guardrail_gw.core.exchange import BARE, Envelope, Head, Question
from guardrail_gw.core.ports import AnswerReader
from guardrail_gw.dialects import paths
from guardrail_gw.dialects.opened import answer, request, transcription
from guardrail_gw.dialects.opened.request import IMAGE, MODERATION, SPEECH, Form
from guardrail_gw.dialects.slots import Slot
from guardrail_gw.dialects.whole_answers import WholeAnswers


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened(WholeAnswers):
    """A surface whose requests are JSON, and whose answers come as a whole."""

    name: str
    path: str
    form: Form
    needs: str
    """The member that makes an answer one; empty where it is no JSON."""
    id_headers: tuple[str, ...] = ()
    """Where clients look for a request's id, besides `x-request-id`."""

    @property
    def served(self) -> tuple[str, ...]:
        """Where clients ask."""
        return paths.openai(self.path)

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
        return request.parse_question(body, head, self.name, self.form)

    def rewrite(
        self,
        question: Question,
        replacements: Mapping[int, str],
        *,
        stored: bool | None = None,  # noqa: ARG002 - nothing here is kept
    ) -> Envelope:
        """Put `replacements[i]` in the place of `question.segments[i]`; the rest stays."""
        return request.rewrite(question, replacements)

    def reader(self, *, stream: bool, head: Head = BARE) -> AnswerReader:  # noqa: ARG002 - ditto
        """A fresh reader for one answer, which is never streamed."""
        return answer.ObjectReader(needs=self.needs) if self.needs else answer.BytesReader()

    def slots(self, question: Question, data: dict[str, Any]) -> list[Slot]:  # noqa: ARG002 - ditto
        """The strings of a body that may hold placeholders."""
        return list(answer.slots(data))

    def drop_logprobs(self, data: dict[str, Any]) -> None:
        """Remove the probabilities of a transcription's tokens, which cannot be restored."""
        data.pop("logprobs", None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcriptions(Opened):
    """The one whose requests are forms with a recording."""

    media: ClassVar[str] = "multipart/form-data"

    def parse(self, body: bytes, head: Head = BARE) -> Question:
        """Read a request; raises BodyRefused for anything not understood in full."""
        return transcription.parse_question(body, head, self.name)

    def rewrite(
        self,
        question: Question,
        replacements: Mapping[int, str],
        *,
        stored: bool | None = None,  # noqa: ARG002 - nothing here is kept
    ) -> Envelope:
        """Put `replacements[i]` in the place of `question.segments[i]`; all is written anew."""
        return transcription.rewrite(question, replacements)

    def weight(self, question: Question) -> int:
        """The size of the form in bytes."""
        source: transcription.Source = question.source
        return source.size

    def members(self, question: Question) -> Mapping[str, Any]:
        """The fields that are texts."""
        return transcription.members(question)

    def leaves(self, question: Question) -> Iterator[tuple[str, str]]:
        """Every text of the form, with its place."""
        return transcription.leaves(question)


OPENED: Final = (
    Opened(name="openai_moderations", path="/moderations", form=MODERATION, needs="results"),
    Opened(name="openai_images", path="/images/generations", form=IMAGE, needs="data"),
    Opened(name="openai_speech", path="/audio/speech", form=SPEECH, needs=""),
    Transcriptions(
        name="openai_transcriptions", path="/audio/transcriptions", form=SPEECH, needs="text"
    ),
)
