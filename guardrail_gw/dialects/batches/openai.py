"""OpenAI's batches: made of a file, and answered in files.

Source: OpenAI API reference, "Batch", as read in 2026.
"""

import re
from collections.abc import Mapping
from typing import Any, ClassVar, Final

from guardrail_gw.core.body import parse, rewrite as rewritten
from guardrail_gw.core.exchange import Envelope, Head, Question
from guardrail_gw.core.feature import Feature
from guardrail_gw.core.kept import Kept, Recall
from guardrail_gw.dialects.files.asked import ID, Operations
from guardrail_gw.dialects.files.lines import ENDPOINTS
from guardrail_gw.dialects.files.surface import KeptSurface
from guardrail_gw.dialects.parsed import Parsed, wrong
from guardrail_gw.dialects.steering import members, noted
from guardrail_gw.dialects.walk import Layer, Walk, free, number, one_of, record

BATCHES: Final = Operations(
    all=(
        ("POST", "/batches"),
        ("GET", "/batches"),
        ("GET", rf"/batches/(?P<batch>{ID})"),
        ("POST", rf"/batches/(?P<batch>{ID})/cancel"),
    ),
    lists=Kept.BATCH,
    prefix="(?:openai/)?(?:v1/)?",
    forms={},
)
_INPUT: Final = "input_file_id"
_ID: Final = re.compile(ID)
_MEMBERS: Final = {
    "endpoint": one_of(*ENDPOINTS),
    "completion_window": one_of("24h"),
    "metadata": free,
    "output_expires_after": record({"anchor": one_of("created_at"), "seconds": number}),
}


class OpenAIBatches(KeptSurface):
    """A batch is pinned to who keeps its file, and so are the files it is answered in."""

    __slots__ = ()

    name: ClassVar[str] = "openai_batches"
    operations: ClassVar[Operations] = BATCHES
    content: ClassVar[str] = "/content"

    def _has_body(self, head: Head) -> bool:
        return head.method == "POST" and head.path == "/batches"

    def _question(self, body: bytes, head: Head) -> Question:
        document = parse(body, names=(_INPUT, *_MEMBERS))
        said = _checked(document.value)
        walk = Walk(layers=[Layer(document)])
        record(_MEMBERS)(walk, {k: v for k, v in said.items() if k != _INPUT}, (), "")
        return Question(
            dialect=self.name,
            model="",
            stream=False,
            segments=tuple(walk.segments),
            attachments=tuple(walk.attachments),
            features=noted([*members(said), (Feature.STORAGE, f"/{_INPUT}")]),
            head=head,
            source=Parsed(
                layers=tuple(walk.layers),
                targets=tuple(walk.targets),
                fixed=tuple(walk.fixed),
                json_answer=False,
            ),
            recall=Recall(kind=Kept.FILE, id=said[_INPUT], place=f"/{_INPUT}"),
            makes=Kept.BATCH,
            store=True,
            once=True,
        )

    def _rewritten(self, question: Question, replacements: Mapping[int, str]) -> Envelope:
        source: Parsed = question.source
        body = rewritten(source.document, source.edits(replacements))
        return Envelope(before=body, after=b"", names_model=False)


def _checked(value: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """The body as an object that names a file."""
    if type(value) is not dict:
        raise wrong("", "a JSON object")
    named = value.get(_INPUT)
    if type(named) is not str or not _ID.fullmatch(named):
        raise wrong(f"/{_INPUT}", "the name of a file")
    return value
