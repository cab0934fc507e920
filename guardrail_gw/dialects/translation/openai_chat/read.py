"""Chat requests, read into the hub.

Source: OpenAI API reference, "Create chat completion", as read in 2026.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

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
    Tool,
    Turn,
    Want,
    Wish,
)
from guardrail_gw.dialects.translation.losses import (
    Losses,
    Untranslatable,
    details,
    entries,
    flag,
    number,
    read,
    text,
    texts,
    typed,
    whole,
    wishes,
)
from guardrail_gw.dialects.translation.marks import NAMES as _MARKS, mark, marked
from guardrail_gw.dialects.translation.strings import arguments, image, inline

KNOWN: Final = frozenset(
    {"model", "messages", "stream", "tools", "tool_choice", "parallel_tool_calls", "stop", "user"}
    | {"response_format", "max_tokens", "max_completion_tokens", "temperature", "top_p", "top_k"}
    | {"n", "stream_options", "modalities", "store", "logprobs"}
)
"""Members that are translated, or must say what every dialect says anyway."""
WANTS: Final = {
    "reasoning_effort": Want.EFFORT,
    "verbosity": Want.VERBOSITY,
    "service_tier": Want.TIER,
    "seed": Want.SEED,
    "frequency_penalty": Want.FREQUENCY_PENALTY,
    "presence_penalty": Want.PRESENCE_PENALTY,
    "metadata": Want.METADATA,
    "prompt_cache_key": Want.CACHE_KEY,
    "prompt_cache_retention": Want.CACHE_RETENTION,
    "safety_identifier": Want.PERSON,
}
"""Members that are translated where the other dialect has words for them."""
DROPPED: Final = frozenset(
    {"random_seed", "logit_bias", "prediction", "repetition_penalty", "min_p", "reasoning"}
    | {"top_logprobs", "prompt_cache_options"}
)
"""Members that change how well an answer is found, and not what is asked."""
_CALLS = {"auto": Calls.AUTO, "none": Calls.NONE, "required": Calls.SOME, "any": Calls.SOME}
_DETAIL: Final = "messages[].content[].image_url.detail"
_NO_SCHEMA = ({"type": "text"}, {"type": "json_object"})
_INSTRUCTING = ("system", "developer")


def read_request(body: Mapping[str, Any], losses: Losses) -> Ask:
    """Read a request.

    Raises:
        Untranslatable: it asks for what only this dialect has.
    """
    told = KNOWN | WANTS.keys() | ({"top_logprobs"} if body.get("logprobs") else set())
    said = read(dict(body), "", told, DROPPED, losses)
    _as_everywhere(said)
    messages = typed(said["messages"], list, "messages")
    turns = tuple(_turns(messages, losses))
    system = list(_system(messages, losses))
    return Ask(
        system=tuple(text for text, _ in system),
        system_marks={at: found for at, (_, found) in enumerate(system) if found is not None},
        turns=turns,
        stream=said.get("stream") is True,
        tools=tuple(_tool(tool, losses) for tool in entries(said, "tools")),
        choice=_choice(said),
        output=_output(said.get("response_format"), losses),
        most_tokens=_most_tokens(said),
        temperature=number(said, "temperature"),
        top_p=number(said, "top_p"),
        top_k=whole(said, "top_k"),
        stop=_stop(said.get("stop")),
        user=text(said, "user"),
        wishes=wishes(said, WANTS) | dict(_needed(said)) | details(turns, _DETAIL),
    )


def _needed(said: Mapping[str, Any]) -> Iterator[tuple[Want, Wish]]:
    if said.get("logprobs"):
        others = whole(said, "top_logprobs") or 0
        yield Want.LOGPROBS, Wish(member="logprobs", value=others, is_needed=True)
    if said.get("response_format") == {"type": "json_object"}:
        yield Want.ANY_JSON, Wish(member="response_format.type", value=True, is_needed=True)


def _as_everywhere(said: Mapping[str, Any]) -> None:
    """Members with which one can ask for what no other dialect gives."""
    if said.get("n", 1) != 1:
        raise Untranslatable("n")
    if said.get("modalities", ["text"]) != ["text"]:
        raise Untranslatable("modalities")
    if said.get("store"):
        raise Untranslatable("store")


def _most_tokens(said: Mapping[str, Any]) -> Any:  # noqa: ANN401 - JSON
    """The newer member counts where both are said."""
    asked = whole(said, "max_completion_tokens")
    return whole(said, "max_tokens") if asked is None else asked


def _system(messages: list[Any], losses: Losses) -> Iterator[tuple[str, CacheMark | None]]:
    """What instructs the model, each text with the mark behind it."""
    for message in messages:
        if typed(message, dict, "messages[]").get("role") in _INSTRUCTING:
            said = read(message, "messages[].", {"role", "content"}, {"name"}, losses)
            parts = list(_parts(said.get("content"), losses))
            for part, behind in zip(parts, [*parts[1:], None], strict=False):
                if isinstance(part, Text):
                    yield part.text, behind if isinstance(behind, CacheMark) else None
                elif not isinstance(part, CacheMark):
                    raise Untranslatable("messages[].content")


def _turns(messages: list[Any], losses: Losses) -> Iterator[Turn]:
    """The turns, neighbours of one side joined."""
    side, parts = False, list[Part]()
    for message in messages:
        if typed(message, dict, "messages[]").get("role") in _INSTRUCTING:
            continue
        is_model, more = _message(message, losses)
        if parts and is_model != side:
            yield Turn(is_model=side, parts=tuple(parts))
            parts = []
        side = is_model
        parts += more
    if parts:
        yield Turn(is_model=side, parts=tuple(parts))


def _message(message: Mapping[str, Any], losses: Losses) -> tuple[bool, list[Part]]:
    role = message.get("role")
    if role == "user":
        said = read(message, "messages[].", {"role", "content"}, {"name"}, losses)
        return False, list(_parts(said.get("content"), losses))
    if role == "assistant":
        return True, _model_turn(message, losses)
    if role == "tool":
        said = read(message, "messages[].", {"role", "content", "tool_call_id"}, {"name"}, losses)
        parts = list(_parts(said.get("content"), losses))
        name = typed(said.get("tool_call_id"), str, "messages[].tool_call_id")
        gave = tuple(part for part in parts if isinstance(part, Text | Media))
        marks = [part for part in parts if isinstance(part, CacheMark)]
        return False, [Result(id=name, parts=gave), *marks[-1:]]
    raise Untranslatable("messages[].role")


def _model_turn(message: Mapping[str, Any], losses: Losses) -> list[Part]:
    known = {"role", "content", "tool_calls", "refusal"}
    dropped = {"name", "reasoning_content", "annotations"}
    said = read(message, "messages[].", known, dropped, losses)
    parts: list[Part] = list(_parts(said.get("content"), losses))
    if refusal := text(said, "refusal", "messages[].refusal"):
        parts.append(Text(text=refusal))
    calls = entries(said, "tool_calls", "messages[].tool_calls")
    parts += [_call(call, losses) for call in calls]
    return parts


def _parts(content: Any, losses: Losses) -> Iterator[Part]:  # noqa: ANN401 - JSON
    """Texts and media, and marks behind them."""
    if content is None:
        return
    if type(content) is str:
        yield Text(text=content)
        return
    for part in typed(content, list, "messages[].content"):
        said = typed(part, dict, "messages[].content[]")
        yield from marked(_part(said, losses), said, "messages[].content[].")


def _part(part: Mapping[str, Any], losses: Losses) -> Text | Media:
    where, kind = "messages[].content[].", part.get("type")
    if kind in ("text", "refusal"):
        said = read(part, where, {"type", kind, *_MARKS}, (), losses)
        return Text(text=typed(said.get(kind), str, where + kind))
    if kind == "image_url":
        said = read(part, where, {"type", "image_url", *_MARKS}, (), losses)
        shown = read(said.get("image_url"), where + "image_url.", {"url", "detail"}, (), losses)
        return image(shown, "url", where + "image_url")
    if kind == "file":
        said = read(part, where, {"type", "file", *_MARKS}, (), losses)
        return _file(read(said.get("file"), where, {"file_data", "filename"}, (), losses))
    raise Untranslatable(where + "type")


def _file(said: Mapping[str, Any]) -> Media:
    where = "messages[].content[].file"
    name = text(said, "filename", where) or ""
    return inline("file", typed(said.get("file_data"), str, where), where, name=name)


def _call(call: Any, losses: Losses) -> Call:  # noqa: ANN401 - JSON
    where = "messages[].tool_calls[]."
    said = read(call, where, {"id", "type", "function"}, {"index"}, losses)
    if said.get("type", "function") != "function":
        raise Untranslatable(where + "type")
    function = read(said.get("function"), where, {"name", "arguments"}, (), losses)
    return Call(
        id=typed(said.get("id"), str, where + "id"),
        name=typed(function.get("name"), str, where + "name"),
        arguments=arguments(function.get("arguments", ""), where + "arguments"),
    )


def _tool(tool: Any, losses: Losses) -> Tool:  # noqa: ANN401 - JSON
    said = read(tool, "tools[].", {"type", "function", *_MARKS}, (), losses)
    if said.get("type") != "function":
        raise Untranslatable("tools[].type")
    known = {"name", "description", "parameters", "strict"}
    function = read(said.get("function"), "tools[].function.", known, (), losses)
    return Tool(
        name=typed(function.get("name"), str, "tools[].function.name"),
        description=text(function, "description", "tools[].function.description"),
        schema=_schema(function.get("parameters")),
        strict=flag(function, "strict", "tools[].function.strict") is True,
        mark=mark(said, "tools[]."),
    )


def _schema(value: Any) -> Mapping[str, Any] | None:  # noqa: ANN401 - JSON
    return None if value is None else dict(typed(value, dict, "tools[].function.parameters"))


def _choice(said: Mapping[str, Any]) -> Choice:
    asked, parallel = said.get("tool_choice"), flag(said, "parallel_tool_calls")
    if asked is None:
        return Choice(parallel=parallel)
    if type(asked) is str and asked in _CALLS:
        return Choice(calls=_CALLS[asked], parallel=parallel)
    if type(asked) is dict and asked.keys() == {"type", "function"}:
        function = typed(asked["function"], dict, "tool_choice")
        name = typed(function.get("name"), str, "tool_choice")
        return Choice(calls=Calls.NAMED, name=name, parallel=parallel)
    raise Untranslatable("tool_choice")


def _output(asked: Any, losses: Losses) -> Schema | None:  # noqa: ANN401 - JSON
    if asked is None or asked in _NO_SCHEMA:
        return None
    said = read(asked, "response_format.", {"type", "json_schema"}, (), losses)
    if said.get("type") != "json_schema":
        raise Untranslatable("response_format.type")
    where = "response_format.json_schema."
    known = {"name", "schema", "strict", "description"}
    form = read(said.get("json_schema"), where, known, (), losses)
    return Schema(
        name=typed(form.get("name"), str, where + "name"),
        schema=typed(form.get("schema"), dict, where + "schema"),
        description=text(form, "description", where + "description"),
        strict=flag(form, "strict", where + "strict") is True,
    )


def _stop(stop: Any) -> tuple[str, ...]:  # noqa: ANN401 - JSON
    if stop is None:
        return ()
    return (stop,) if type(stop) is str else texts(typed(stop, list, "stop"), "stop")
