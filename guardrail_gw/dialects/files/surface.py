"""What surfaces of that which a provider keeps have in common as dialects."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, Final

from guardrail_gw.core.body import Document
from guardrail_gw.core.exchange import BARE, Envelope, Head, Question
from guardrail_gw.core.feature import Feature
from guardrail_gw.core.ports import AnswerReader
from guardrail_gw.dialects.files import answers, results
from guardrail_gw.dialects.files.asked import PLACE, Operations
from guardrail_gw.dialects.openai_chat import encode
from guardrail_gw.dialects.parsed import Parsed
from guardrail_gw.dialects.slots import Offset, Slot
from guardrail_gw.dialects.walk import Layer
from guardrail_gw.dialects.whole_answers import WholeAnswers
from guardrail_gw.errors import SurfaceNotServed

_NOTHING: Final = Parsed(
    layers=(Layer(Document(b"{}", {})),), targets=(), fixed=(), json_answer=False
)
"""Of a request without a body."""


class KeptSurface(WholeAnswers, ABC):
    """Asked by method and path; what is in a file comes line by line, all else as one object."""

    __slots__ = ()

    counts: ClassVar[str] = "characters"
    name: ClassVar[str]
    operations: ClassVar[Operations]
    content: ClassVar[str]
    """What the path of a file's content ends with."""
    content_media: ClassVar[str] = "application/octet-stream"
    """What clients are told that such content is."""
    path = ""
    served: ClassVar[tuple[str, ...]] = ()
    """Nothing is asked at one path alone."""
    id_headers: ClassVar[tuple[str, ...]] = ()
    """Where clients look for a request's id, besides `x-request-id`."""

    @property
    def routes(self) -> tuple[tuple[str, str], ...]:  # type: ignore[override]  # made of the operations
        """Methods and paths of clients."""
        return self.operations.routes

    def head(self, target: str, headers: Mapping[str, str]) -> Head:  # noqa: ARG002 - the seam's
        """Nothing is served but what `stored_head` reads."""
        raise SurfaceNotServed("nothing is served on this path")

    def stored_head(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str],  # noqa: ARG002 - others read them
    ) -> Head:
        """Read what is asked for; raises Refusal."""
        return self.operations.read(method, target)

    def lines_media(self, target: str) -> str:
        """What an answer is that comes line by line; empty for any other."""
        return self.content_media if self._is_content(target) else ""

    def parse(self, body: bytes, head: Head = BARE) -> Question:
        """Read a request; raises Refusal for anything not understood in full."""
        if self._has_body(head):
            return self._question(body, head)
        return self._asking(head)

    def rewrite(
        self,
        question: Question,
        replacements: Mapping[int, str],
        *,
        stored: bool | None = None,  # noqa: ARG002 - it is for nothing else
    ) -> Envelope:
        """Put `replacements[i]` in the place of `question.segments[i]`; the rest stays."""
        if question.source is _NOTHING:
            return Envelope(before=b"", after=b"", names_model=False)
        return self._rewritten(question, replacements)

    def reader(self, *, stream: bool, head: Head = BARE) -> AnswerReader:  # noqa: ARG002 - the seam's
        """A fresh reader for one answer."""
        return results.LinesReader() if stream else answers.ObjectReader()

    def slots(self, question: Question, data: dict[str, Any]) -> list[Slot]:
        """The strings of a line or a body that may hold placeholders."""
        return list(results.slots(data) if question.stream else answers.slots(data))

    def offsets(self, question: Question, data: dict[str, Any]) -> list[Offset]:
        """Places in texts that an answer of a batch names."""
        return list(results.offsets(data)) if question.stream else []

    def drop_logprobs(self, data: dict[str, Any]) -> None:
        """Remove the texts of tokens from an answer of a batch: they cannot be restored."""
        if results.LINE in data:
            results.drop_logprobs(data)

    def encode(self, data: dict[str, Any], *, stream: bool, text: str | None = None) -> bytes:
        """A line, or a whole body."""
        if stream:
            return results.encode(data, text)
        return encode.encode(data, stream=False, text=text)

    @abstractmethod
    def _has_body(self, head: Head) -> bool:
        """Whether a request with this head brings something with it."""

    @abstractmethod
    def _question(self, body: bytes, head: Head) -> Question:
        """A request that brings something with it."""

    @abstractmethod
    def _rewritten(self, question: Question, replacements: Mapping[int, str]) -> Envelope:
        """The same as it leaves."""

    def _asking(self, head: Head) -> Question:
        """A request for what is kept."""
        return Question(
            dialect=self.name,
            model="",
            stream=self._is_content(head.path),
            segments=(),
            attachments=(),
            features={} if head.method == "DELETE" else {Feature.STORAGE: PLACE},
            head=head,
            source=_NOTHING,
            recall=self.operations.recall(head),
            lists=self.operations.lists if self.operations.is_list(head) else None,
            makes=self.operations.lists,
        )

    def _is_content(self, target: str) -> bool:
        return target.partition("?")[0].rstrip("/").endswith(self.content)
