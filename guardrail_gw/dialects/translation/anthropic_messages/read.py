"""Messages requests, read into the hub.

Source: Anthropic API reference, "Messages", as read in 2026.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from guardrail_gw.dialects.foreign import Sealed, opened
from guardrail_gw.dialects.translation.anthropic_messages.thinking import Thinking
from guardrail_gw.dialects.translation.hub import (
    Ask,
    CacheMark,
    Call,
    Calls,
    Choice,
    Media,
    Part,
    Result,
    Schema,
    Text,
    Thought,
    Tool,
    Turn,
    Want,
    Wish,
)
from guardrail_gw.dialects.translation.losses import (
    Losses,
    Untranslatable,
    base64_of,
    entries,
    flag,
    media_type_of,
    number,
    read,
    text,
    texts,
    typed,
    whole,
)
from guardrail_gw.dialects.translation.marks import mark, marked

KNOWN: Final = frozenset(
    {"model", "messages", "system", "stream", "tools", "tool_choice", "max_tokens", "temperature"}
    | {"top_p", "top_k", "stop_sequences", "metadata", "output_config", "output_format"}
    | {"service_tier", "thinking", "cache_control"}
)
"""Members that are translated."""
DROPPED: Final = frozenset({"speed", "inference_geo", "context_management"})
"""Members that change how an answer is found, kept or priced, and not what is asked."""
MAKER: Final = "anthropic_messages"
_THOUGHT: Final = ("thinking", "redacted_thinking")
_CALLS = {"auto": Calls.AUTO, "none": Calls.NONE, "any": Calls.SOME, "tool": Calls.NAMED}
_BLOCK = "messages[].content[]."
_CACHED = frozenset({"cache_control"})
_TEXT = frozenset({"citations"})
_DOCUMENT = frozenset({"citations", "context"})


def read_request(body: Mapping[str, Any], losses: Losses) -> Ask:
    """Read a request.

    Raises:
        Untranslatable: it asks for what only this dialect has.
    """
    said = read(dict(body), "", KNOWN, DROPPED, losses)
    known = {"format", "effort"}
    config = read(said.get("output_config", {}), "output_config.", known, (), losses)
    thinking = Thinking.read(said.get("thinking"), config)
    system = list(_parts(said.get("system"), losses))
    person = read(said.get("metadata", {}), "metadata.", {"user_id"}, (), losses)
    return Ask(
        system=tuple(_system(system)),
        system_marks=_system_marks(system),
        turns=_ending(tuple(_turns(typed(said["messages"], list, "messages"), losses)), said),
        stream=said.get("stream") is True,
        tools=tuple(_tool(tool, losses) for tool in entries(said, "tools")),
        choice=_choice(said.get("tool_choice"), losses),
        output=_output(config.get("format", said.get("output_format")), losses),
        most_tokens=whole(said, "max_tokens"),
        most_thought=thinking.budget,
        temperature=number(said, "temperature"),
        top_p=number(said, "top_p"),
        top_k=whole(said, "top_k"),
        stop=texts(entries(said, "stop_sequences"), "stop_sequences"),
        user=text(person, "user_id", "metadata.user_id"),
        wishes=dict(_tier(said)) | thinking.wishes(losses),
        shows_thoughts=thinking.is_shown,
    )


def _tier(said: Mapping[str, Any]) -> Iterator[tuple[Want, Wish]]:
    """Whether the usual tier will do; any is what every dialect takes when nothing is said."""
    if text(said, "service_tier") not in (None, "auto"):
        yield Want.TIER, Wish(member="service_tier", value="default")


def _system(parts: list[Part]) -> Iterator[str]:
    for part in parts:
        if isinstance(part, Text):
            yield part.text
        elif not isinstance(part, CacheMark):
            raise Untranslatable("system")


def _system_marks(parts: list[Part]) -> dict[int, CacheMark]:
    """Marks by the index of the text before each."""
    marks, texts_so_far = dict[int, CacheMark](), 0
    for part in parts:
        if isinstance(part, CacheMark):
            marks[texts_so_far - 1] = part
        else:
            texts_so_far += 1
    return marks


def _ending(turns: tuple[Turn, ...], said: Mapping[str, Any]) -> tuple[Turn, ...]:
    """The turns; what is marked as a whole is marked at its end."""
    found = mark(said, "")
    if found is None or not turns:
        return turns
    last = turns[-1]
    return (*turns[:-1], Turn(is_model=last.is_model, parts=(*last.parts, found)))


def _turns(messages: list[Any], losses: Losses) -> Iterator[Turn]:
    """The turns, neighbours of one side joined."""
    side, parts = False, list[Part]()
    for message in messages:
        said = read(message, "messages[].", {"role", "content"}, (), losses)
        if text(said, "role", "messages[].role") not in ("user", "assistant"):
            raise Untranslatable("messages[].role")
        is_model = said["role"] == "assistant"
        if parts and is_model != side:
            yield Turn(is_model=side, parts=tuple(parts))
            parts = []
        side = is_model
        parts += _parts(said.get("content"), losses)
    if parts:
        yield Turn(is_model=side, parts=tuple(parts))


def _parts(content: Any, losses: Losses) -> Iterator[Part]:  # noqa: ANN401 - JSON
    if content is None:
        return
    if type(content) is str:
        yield Text(text=content)
        return
    for block in typed(content, list, "messages[].content"):
        kind = typed(block, dict, "messages[].content[]").get("type")
        if kind in _THOUGHT:
            yield _thought(block)
        else:
            yield from marked(_part(block, kind, losses), block, _BLOCK)


def _part(block: Mapping[str, Any], kind: Any, losses: Losses) -> Part:  # noqa: ANN401 - JSON
    if kind == "text":
        said = read(block, _BLOCK, {"type", "text"} | _CACHED, _TEXT, losses)
        return Text(text=typed(said.get("text"), str, _BLOCK + "text"))
    if kind == "image":
        said = read(block, _BLOCK, {"type", "source"} | _CACHED, (), losses)
        return _media("image", said.get("source"), "", losses)
    if kind == "document":
        said = read(block, _BLOCK, {"type", "source", "title"} | _CACHED, _DOCUMENT, losses)
        title = text(said, "title", _BLOCK + "title") or ""
        return _media("file", said.get("source"), title, losses)
    if kind == "tool_use":
        return _call(block, losses)
    if kind == "tool_result":
        return _result(block, losses)
    raise Untranslatable(_BLOCK + "type")


def _thought(block: Mapping[str, Any]) -> Thought:
    """A thought that is handed back; without a seal of ours it is of this dialect's makers."""
    is_hidden = block.get("type") != _THOUGHT[0]
    seal = text(block, "data" if is_hidden else "signature", _BLOCK + "signature") or ""
    of = opened(seal) or Sealed(maker=MAKER, seal=seal)
    said = "" if is_hidden else text(block, "thinking", _BLOCK + "thinking") or ""
    return Thought(text=said, seal=of.seal, maker=of.maker, is_hidden=is_hidden)


def _media(kind: str, source: Any, name: str, losses: Losses) -> Text | Media:  # noqa: ANN401 - JSON
    where = _BLOCK + "source."
    said = read(source, where, {"type", "media_type", "data", "url"}, (), losses)
    match said.get("type"):
        case "base64":
            name_ = typed(said.get("media_type"), str, where + "media_type")
            media_type = media_type_of(name_, where + "media_type")
            data = base64_of(typed(said.get("data"), str, where + "data"), where + "data")
            return Media(kind=kind, media_type=media_type, data=data, name=name)
        case "url":
            return Media(kind=kind, url=typed(said.get("url"), str, where + "url"), name=name)
        case "text":
            return Text(text=typed(said.get("data"), str, where + "data"))
        case _:
            raise Untranslatable(where + "type")


def _call(block: Mapping[str, Any], losses: Losses) -> Call:
    said = read(block, _BLOCK, {"type", "id", "name", "input"} | _CACHED, {"caller"}, losses)
    return Call(
        id=typed(said.get("id"), str, _BLOCK + "id"),
        name=typed(said.get("name"), str, _BLOCK + "name"),
        arguments=typed(said.get("input"), dict, _BLOCK + "input"),
    )


def _result(block: Mapping[str, Any], losses: Losses) -> Result:
    known = {"type", "tool_use_id", "content", "is_error"} | _CACHED
    said = read(block, _BLOCK, known, (), losses)
    parts = tuple(_parts(said.get("content"), losses))
    if not all(isinstance(part, Text | Media | CacheMark) for part in parts):
        raise Untranslatable(_BLOCK + "content")
    for part in parts:
        if isinstance(part, CacheMark):  # within a result; one behind it says the same
            losses.note(part.member)
    return Result(
        id=typed(said.get("tool_use_id"), str, _BLOCK + "tool_use_id"),
        parts=tuple(part for part in parts if isinstance(part, Text | Media)),
        failed=flag(said, "is_error", _BLOCK + "is_error") is True,
    )


def _tool(tool: Any, losses: Losses) -> Tool:  # noqa: ANN401 - JSON
    known = {"type", "name", "description", "input_schema"} | _CACHED
    dropped = {"eager_input_streaming", "input_examples", "strict"}
    said = read(tool, "tools[].", known, dropped, losses)
    if said.get("type", "custom") != "custom":
        raise Untranslatable("tools[].type")
    return Tool(
        name=typed(said.get("name"), str, "tools[].name"),
        description=text(said, "description", "tools[].description"),
        schema=typed(said.get("input_schema"), dict, "tools[].input_schema"),
        mark=mark(said, "tools[]."),
    )


def _choice(asked: Any, losses: Losses) -> Choice:  # noqa: ANN401 - JSON
    if asked is None:
        return Choice()
    known = {"type", "name", "disable_parallel_tool_use"}
    said = read(asked, "tool_choice.", known, (), losses)
    calls = _CALLS.get(text(said, "type", "tool_choice.type") or "")
    if calls is None:
        raise Untranslatable("tool_choice.type")
    alone = flag(said, "disable_parallel_tool_use", "tool_choice.disable_parallel_tool_use")
    return Choice(
        calls=calls,
        name=text(said, "name", "tool_choice.name") or "",
        parallel=None if alone is None else not alone,
    )


def _output(asked: Any, losses: Losses) -> Schema | None:  # noqa: ANN401 - JSON
    if asked is None:
        return None
    said = read(asked, "output_config.format.", {"type", "schema"}, (), losses)
    if said.get("type") != "json_schema":
        raise Untranslatable("output_config.format.type")
    member = "output_config.format.schema"
    schema = typed(said.get("schema"), dict, member)
    return Schema(name="answer", schema=schema, strict=None, member=member)
