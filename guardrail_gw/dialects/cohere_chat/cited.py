"""Where citations point to in the texts of an answer: from a character to another.

Source: Cohere API reference, "Chat" (v2, `citations`); the SDK cohere 7.3.1 for Python, as read in
2026. As recorded, a citation need not say which content it is of.
"""

from collections.abc import Iterator
from typing import Any, Final

from guardrail_gw.dialects.cohere_chat.slots import KINDS, PLAN, SAID
from guardrail_gw.dialects.slots import Channel, Offset

_ENDS: Final = {"start": False, "end": True}
_MEMBERS: Final = {None: "text", "TEXT_CONTENT": "text", "THINKING_CONTENT": "thinking"}


def offsets(data: dict[str, Any]) -> Iterator[Offset]:
    """Each offset of a whole answer or an event."""
    delta = data.get("delta")
    for message in (data.get("message"), delta.get("message") if isinstance(delta, dict) else None):
        if isinstance(message, dict):
            for citation in entries(message.get("citations")):
                yield from of(citation, _text(citation, message))


def of(citation: dict[str, Any], text: Channel | None) -> Iterator[Offset]:
    """The offsets of one citation; one that cannot be told any more is left out of it."""
    for key, is_end in _ENDS.items():
        if type(citation.get(key)) is int:
            yield Offset(holder=citation, key=key, text=text, is_end=is_end, within=(citation, key))


def entries(citations: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - JSON
    """Each of a list of citations, or the one."""
    listed = citations if isinstance(citations, list) else [citations]
    return [each for each in listed if isinstance(each, dict)]


def _text(citation: dict[str, Any], message: dict[str, Any]) -> Channel | None:
    """The text that it is of: the one that it names, or the one in which it stands."""
    kind, index = citation.get("type"), citation.get("content_index")
    if kind == "PLAN":
        return (PLAN, "tool_plan")
    member = _MEMBERS.get(kind) if kind is None or isinstance(kind, str) else None
    if member is None:
        return None
    if type(index) is not int:
        index = _found(citation, member, message.get("content"))
    return None if index is None else (index * KINDS + SAID, member)


def _found(citation: dict[str, Any], member: str, contents: Any) -> int | None:  # noqa: ANN401 - JSON
    """The number of the content whose text has the cited words where the citation says."""
    if not isinstance(contents, list):  # a stream, whose first content it is unless it says
        return 0
    texts = [(at, each.get(member)) for at, each in enumerate(contents)]
    said = [(at, text) for at, text in texts if isinstance(text, str)]
    start, end, quoted = (citation.get(key) for key in ("start", "end", "text"))
    if type(start) is int and type(end) is int:
        for at, text in said:
            if text[start:end] == quoted:
                return at
    return said[0][0] if len(said) == 1 else None
