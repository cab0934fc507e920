"""Where OpenAI's annotations point to in the texts of an answer.

Source: OpenAI API reference, "Create chat completion" (`url_citation`) and "Create a model
response" (`url_citation`, `container_file_citation`: from a character to another; `file_citation`,
`file_path`: one character), as read in 2026.
"""

from collections.abc import Iterator
from typing import Any, Final

from guardrail_gw.dialects.slots import Channel, Offset

_ENDS: Final = {"index": False, "start_index": False, "end_index": True}


def in_chat(data: dict[str, Any]) -> Iterator[Offset]:
    """Each offset of a body or a chunk of chat: into what its choice says."""
    choices = data.get("choices")
    for choice in choices if isinstance(choices, list) else ():
        if not isinstance(choice, dict):
            continue
        for holder in (choice.get("message"), choice.get("delta")):
            if isinstance(holder, dict) and "annotations" in holder:
                whole = holder is choice.get("message")
                text = id(holder) if whole else (choice.get("index") or 0, "content")
                for annotation in _list(holder):
                    cited = annotation.get("url_citation")
                    within = holder, "annotations"
                    yield from _of(cited if isinstance(cited, dict) else annotation, text, within)


def in_responses(data: dict[str, Any], text: Channel | None) -> Iterator[Offset]:
    """Each offset of a body or an event of responses.

    Args:
        data: the body or event.
        text: the text that an annotation of the event's own is of.
    """
    annotation = data.get("annotation")
    if isinstance(annotation, dict):
        for key in _ENDS:
            yield from _of(annotation, text, (annotation, key), key)
    response = data.get("response")
    for holder in (data, response if isinstance(response, dict) else {}):
        items = holder.get("output")
        for item in (holder.get("item"), *(items if isinstance(items, list) else ())):
            content = item.get("content") if isinstance(item, dict) else None
            yield from _parts(content if isinstance(content, list) else ())
    yield from _parts((data.get("part"),))


def _parts(parts: Any) -> Iterator[Offset]:  # noqa: ANN401 - JSON
    for part in parts:
        if isinstance(part, dict):
            for annotation in _list(part):
                yield from _of(annotation, id(part), (part, "annotations"))


def _list(holder: dict[str, Any]) -> Iterator[dict[str, Any]]:
    annotations = holder.get("annotations")
    if isinstance(annotations, list):
        yield from (each for each in annotations if isinstance(each, dict))


def _of(
    holder: dict[str, Any],
    text: Channel | int | None,
    within: tuple[Any, str],
    only: str | None = None,
) -> Iterator[Offset]:
    for key, is_end in _ENDS.items():
        if only in (None, key) and type(holder.get(key)) is int:
            yield Offset(holder=holder, key=key, text=text, is_end=is_end, within=within)
