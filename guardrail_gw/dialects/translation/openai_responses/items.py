"""Items of a Responses request, read into turns.

Source: OpenAI API reference, "Create a model response", as read in 2026.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from guardrail_gw.dialects.foreign import Sealed, opened
from guardrail_gw.dialects.translation.hub import (
    TEXT_ARGUMENT,
    CacheMark,
    Call,
    Media,
    Part,
    Result,
    Text,
    Thought,
    Turn,
)
from guardrail_gw.dialects.translation.losses import Losses, Untranslatable, read, text, typed
from guardrail_gw.dialects.translation.marks import marked
from guardrail_gw.dialects.translation.strings import arguments, image, inline, media

MAKER: Final = "openai_responses"
_ITEM: Final = "input[]."
_PART: Final = "input[].content[]."
_INSTRUCTING: Final = ("system", "developer")
_SAID: Final = {"text": "text", "input_text": "text", "output_text": "text", "refusal": "refusal"}
"""Type of a part -> the member that is its text."""
_CACHED: Final = frozenset({"prompt_cache_breakpoint"})


def system(items: list[Any], losses: Losses) -> Iterator[str]:
    """What instructs the model, wherever it stands among the items."""
    for item in items:
        if _role(item) in _INSTRUCTING:
            for part in _parts(_message(item, losses), losses):
                if isinstance(part, Text):
                    yield part.text
                elif isinstance(part, CacheMark):  # what instructs the model is cached with it
                    losses.note(part.member)
                else:
                    raise Untranslatable(_ITEM + "content")


def turns(items: list[Any], losses: Losses) -> Iterator[Turn]:
    """The turns, neighbours of one side joined."""
    side, parts = False, list[Part]()
    for item in items:
        if _role(item) in _INSTRUCTING:
            continue
        is_model, more = _item(item, losses)
        if parts and more and is_model != side:
            yield Turn(is_model=side, parts=tuple(parts))
            parts = []
        side = is_model if more else side
        parts += more
    if parts:
        yield Turn(is_model=side, parts=tuple(parts))


def _role(item: Any) -> Any:  # noqa: ANN401 - JSON
    """Who says a message; None of other items."""
    kind = typed(item, dict, "input[]").get("type", "message")
    return item.get("role") if kind in (None, "message") else None


def _item(item: Mapping[str, Any], losses: Losses) -> tuple[bool, list[Part]]:
    role = _role(item)
    if role in ("user", "assistant"):
        return role == "assistant", list(_parts(_message(item, losses), losses))
    match item.get("type"):
        case "function_call":
            return True, [_call(item, losses)]
        case "custom_tool_call":
            return True, [_text_call(item, losses)]
        case "function_call_output" | "custom_tool_call_output":
            return False, [_result(item, losses)]
        case "reasoning":
            return True, [_thought(item)]
        case _:
            raise Untranslatable(_ITEM + "type")


def _message(item: Mapping[str, Any], losses: Losses) -> Any:  # noqa: ANN401 - JSON
    """The content of a message."""
    return read(item, _ITEM, {"type", "id", "role", "status", "content"}, {"phase"}, losses).get(
        "content"
    )


def _thought(item: Mapping[str, Any]) -> Thought:
    """A thought that is handed back; without a seal of ours it is of this dialect's makers."""
    seal = text(item, "encrypted_content", _ITEM + "encrypted_content") or ""
    of = opened(seal) or Sealed(maker=MAKER, seal=seal)
    parts = typed(item.get("summary", []), list, _ITEM + "summary")
    said = [typed(part, dict, _ITEM + "summary").get("text") for part in parts]
    summary = "".join(typed(each, str, _ITEM + "summary") for each in said)
    return Thought(text=summary, seal=of.seal, maker=of.maker, is_hidden=not summary)


def _call(item: Mapping[str, Any], losses: Losses) -> Call:
    known = {"type", "id", "status", "call_id", "name", "arguments"}
    said = read(item, _ITEM, known, {"caller"}, losses)
    return Call(
        id=typed(said.get("call_id"), str, _ITEM + "call_id"),
        name=typed(said.get("name"), str, _ITEM + "name"),
        arguments=arguments(said.get("arguments"), _ITEM + "arguments"),
    )


def _text_call(item: Mapping[str, Any], losses: Losses) -> Call:
    known = {"type", "id", "status", "call_id", "name", "input"}
    said = read(item, _ITEM, known, {"caller"}, losses)
    return Call(
        id=typed(said.get("call_id"), str, _ITEM + "call_id"),
        name=typed(said.get("name"), str, _ITEM + "name"),
        arguments={TEXT_ARGUMENT: typed(said.get("input"), str, _ITEM + "input")},
    )


def _result(item: Mapping[str, Any], losses: Losses) -> Result:
    known = {"type", "id", "status", "call_id", "output"}
    said = read(item, _ITEM, known, {"caller", "created_by"}, losses)
    parts = list(_parts(said.get("output"), losses))
    for part in parts:
        if isinstance(part, CacheMark):
            losses.note(part.member)
    return Result(
        id=typed(said.get("call_id"), str, _ITEM + "call_id"),
        parts=tuple(part for part in parts if isinstance(part, Text | Media)),
    )


def _parts(content: Any, losses: Losses) -> Iterator[Part]:  # noqa: ANN401 - JSON
    """Texts and media, and marks behind them."""
    if type(content) is str:
        yield Text(text=content)
        return
    for part in typed(content, list, _ITEM + "content"):
        said = typed(part, dict, "input[].content[]")
        yield from marked(_part(said, losses), said, _PART)


def _part(part: Mapping[str, Any], losses: Losses) -> Text | Media:
    kind = part.get("type")
    if type(kind) is str and kind in _SAID:
        name = _SAID[kind]
        known, dropped = {"type", name} | _CACHED, {"annotations", "logprobs"}
        said = read(part, _PART, known, dropped, losses)
        return Text(text=typed(said.get(name), str, _PART + name))
    if kind == "input_image":
        known = {"type", "image_url", "file_id", "detail"} | _CACHED
        return _image(read(part, _PART, known, (), losses))
    if kind == "input_file":
        known = {"type", "file_data", "file_url", "file_id", "filename"} | _CACHED
        return _file(read(part, _PART, known, {"detail"}, losses))
    raise Untranslatable(_PART + "type")


def _image(said: Mapping[str, Any]) -> Media:
    if "file_id" in said:
        raise Untranslatable(_PART + "file_id")
    return image(said, "image_url", _PART + "image_url")


def _file(said: Mapping[str, Any]) -> Media:
    if "file_id" in said:
        raise Untranslatable(_PART + "file_id")
    name = text(said, "filename", _PART + "filename") or ""
    if "file_url" in said:
        where = _PART + "file_url"
        return media("file", typed(said["file_url"], str, where), where, name=name)
    where = _PART + "file_data"
    return inline("file", typed(said.get("file_data"), str, where), where, name=name)
