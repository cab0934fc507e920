"""OpenAI's files as a dialect: uploaded, told of, listed, read and deleted."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Final

from guardrail_gw.core.exchange import Envelope, Head, Kept, Question
from guardrail_gw.dialects.anthropic_messages.head import VERSION
from guardrail_gw.dialects.files import upload
from guardrail_gw.dialects.files.asked import ID, Operations
from guardrail_gw.dialects.files.surface import KeptSurface

FILES: Final = Operations(
    all=(
        ("POST", "/files"),
        ("GET", "/files"),
        ("GET", rf"/files/(?P<file>{ID})"),
        ("DELETE", rf"/files/(?P<file>{ID})"),
        ("GET", rf"/files/(?P<file>{ID})/content"),
    ),
    lists=Kept.FILE,
    prefix="(?:openai/)?(?:v1/)?",
    forms={"order": re.compile("asc|desc"), "purpose": re.compile("[a-z_-]{1,32}")},
    most=1000,
    usual=1000,
)


class OpenAIFiles(KeptSurface):
    """What is uploaded is read and redacted; what is fetched is restored."""

    __slots__ = ()

    name: ClassVar[str] = "openai_files"
    operations: ClassVar[Operations] = FILES
    content: ClassVar[str] = "/content"
    media: ClassVar[str] = "multipart/form-data"

    def is_asked(self, headers: Mapping[str, str]) -> bool:
        """Anthropic's clients ask for theirs on the same paths."""
        return VERSION not in headers

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
        return upload.parse_question(body, head, self.name)

    def _rewritten(self, question: Question, replacements: Mapping[int, str]) -> Envelope:
        return upload.rewrite(question, replacements)


def _is_upload(question: Question) -> bool:
    return isinstance(question.source, upload.Source)
