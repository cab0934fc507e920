"""Files of OpenAI and Anthropic as dialects: uploaded, told of, listed, read and deleted."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Final

from guardrail_gw.core.exchange import Envelope, Head, Question
from guardrail_gw.core.kept import Kept
from guardrail_gw.dialects.anthropic_messages.head import VERSION
from guardrail_gw.dialects.files import upload
from guardrail_gw.dialects.files.asked import ID, Operations
from guardrail_gw.dialects.files.of_messages import OfMessages
from guardrail_gw.dialects.files.surface import KeptSurface

_OPERATIONS: Final = (
    ("POST", "/files"),
    ("GET", "/files"),
    ("GET", rf"/files/(?P<file>{ID})"),
    ("DELETE", rf"/files/(?P<file>{ID})"),
    ("GET", rf"/files/(?P<file>{ID})/content"),
)
FILES: Final = Operations(
    all=_OPERATIONS,
    lists=Kept.FILE,
    prefix="(?:openai/)?(?:v1/)?",
    forms={"order": re.compile("asc|desc"), "purpose": re.compile("[a-z_-]{1,32}")},
    most=1000,
    usual=1000,
)
MESSAGE_FILES: Final = Operations(
    all=_OPERATIONS,
    lists=Kept.FILE,
    prefix="(?:(?:anthropic/)?v1/)?",
    forms={},
    places=("after_id", "before_id"),
    most=1000,
)


class _Files(KeptSurface):
    """What is uploaded is read and redacted; what is fetched is restored."""

    __slots__ = ()

    content: ClassVar[str] = "/content"
    media: ClassVar[str] = "multipart/form-data"
    fields: ClassVar[Mapping[str, re.Pattern[str]]]
    """What an upload has beside the file."""

    def weight(self, question: Question) -> int:
        """The size of the form in bytes."""
        source = question.source
        return source.size if _is_upload(question) else KeptSurface.weight(self, question)

    def members(self, question: Question) -> Mapping[str, Any]:
        """The fields that are texts."""
        if _is_upload(question):
            return upload.members(question)
        return KeptSurface.members(self, question)

    def leaves(self, question: Question) -> Iterator[tuple[str, str]]:
        """Every text of the form, with its place."""
        if _is_upload(question):
            return upload.leaves(question)
        return KeptSurface.leaves(self, question)

    def _has_body(self, head: Head) -> bool:
        return head.method == "POST"

    def _question(self, body: bytes, head: Head) -> Question:
        return upload.parse_question(body, head, self.name, self.fields)

    def _rewritten(self, question: Question, replacements: Mapping[int, str]) -> Envelope:
        return upload.rewrite(question, replacements)


class OpenAIFiles(_Files):
    """OpenAI's: each is for a purpose, and what is for a batch is read as one."""

    __slots__ = ()

    name: ClassVar[str] = "openai_files"
    operations: ClassVar[Operations] = FILES
    fields: ClassVar[Mapping[str, re.Pattern[str]]] = upload.OPENAI

    def is_asked(self, headers: Mapping[str, str]) -> bool:
        """Anthropic's clients ask for theirs on the same paths."""
        return VERSION not in headers


class AnthropicFiles(OfMessages, _Files):
    """Anthropic's: for messages to name."""

    __slots__ = ()

    name: ClassVar[str] = "anthropic_files"
    operations: ClassVar[Operations] = MESSAGE_FILES
    fields: ClassVar[Mapping[str, re.Pattern[str]]] = upload.ANTHROPIC

    def is_asked(self, headers: Mapping[str, str]) -> bool:
        """OpenAI's clients ask for theirs on the same paths."""
        return VERSION in headers


def _is_upload(question: Question) -> bool:
    return isinstance(question.source, upload.Source)
