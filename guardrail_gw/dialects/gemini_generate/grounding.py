"""Where `groundingSupports` and citations point to in the texts of an answer.

Source: Gemini API reference, "GroundingSupport", "Segment" and "CitationSource"; Vertex AI
reference, "Citation", as read in 2026: offsets are bytes within a part; in a stream, which has no
parts that stay, within what a candidate says.
"""

from collections.abc import Iterator
from typing import Any, Final

from guardrail_gw.dialects.gemini_generate.answer import candidates
from guardrail_gw.dialects.gemini_generate.slots import KINDS, SAID
from guardrail_gw.dialects.slots import Offset

_PLACES: Final = (
    ("groundingMetadata", "groundingSupports"),
    ("citationMetadata", "citationSources"),
    ("citationMetadata", "citations"),
)
_ENDS: Final = {"startIndex": False, "endIndex": True}


def offsets(data: dict[str, Any], *, streamed: bool) -> Iterator[Offset]:
    """Each offset of an answer, or of a part of one."""
    for index, candidate in candidates(data):
        for metadata, listed, segment in _segments(candidate):
            text = (index * KINDS + SAID,) if streamed else _text(candidate, segment)
            for key, is_end in _ENDS.items():
                if type(segment.get(key)) is int:
                    yield Offset(
                        holder=segment,
                        key=key,
                        text=text,
                        is_end=is_end,
                        within=(metadata, listed),
                    )


def _segments(
    candidate: dict[str, Any],
) -> Iterator[tuple[dict[str, Any], str, dict[str, Any]]]:
    """What names a stretch of the text, in which list of what."""
    for name, listed in _PLACES:
        metadata = candidate.get(name)
        if not isinstance(metadata, dict):
            continue
        entries = metadata.get(listed)
        for entry in entries if isinstance(entries, list) else ():
            segment = entry.get("segment", entry) if isinstance(entry, dict) else None
            if isinstance(segment, dict):
                yield metadata, listed, segment


def _text(candidate: dict[str, Any], segment: dict[str, Any]) -> int | None:
    """The part that a segment is in: where its own text stands, or the only one there is."""
    parts = (candidate.get("content") or {}).get("parts") or []
    texts = [p for p in parts if isinstance(p.get("text"), str) and not p.get("thought")]
    at, quoted = segment.get("partIndex", 0), segment.get("text")
    if not isinstance(quoted, str):
        return id(texts[0]) if len(texts) == 1 else None
    named = [p for p in texts if type(at) is int and parts[at : at + 1] == [p]]
    found = (part for part in (*named, *texts) if _stands(quoted, part["text"], segment))
    return next((id(part) for part in found), None)


def _stands(quoted: str, text: str, segment: dict[str, Any]) -> bool:
    start, end = segment.get("startIndex", 0), segment.get("endIndex")
    if type(start) is not int or type(end) is not int or not 0 <= start <= end:
        return False
    return _bytes(text)[start:end] == _bytes(quoted)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
