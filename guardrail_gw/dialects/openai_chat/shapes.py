"""What of a chat request is structure; everything else is scanned.

Source: OpenAI API reference, "Create chat completion", as read in 2026; near-copies by their
recorded traffic.
"""

from typing import Any

from guardrail_gw.core.body import Path
from guardrail_gw.core.exchange import Attachment
from guardrail_gw.dialects.ids import issued_id, kept_file
from guardrail_gw.dialects.json_schema import schema
from guardrail_gw.dialects.texts import biases
from guardrail_gw.dialects.walk import Walk, free, kept, many, name, number, one_of, record

_FUNCTION = record(
    {"name": name, "description": free, "parameters": schema, "strict": free, "arguments": free}
)
_TOOL_TYPE = one_of("function", "custom", "allowed_tools", "web_search", "code_interpreter")
_STORES = {"vector_store_ids": many(kept("vector store"))}
_TOOL = record(
    {"type": _TOOL_TYPE, "function": _FUNCTION, "file_search": record(_STORES), **_STORES}
)
_TOOL_CALL = record({"id": issued_id, "type": _TOOL_TYPE, "function": _FUNCTION, "index": number})

_PART = record(
    {
        "type": one_of(
            *("text", "refusal", "image_url", "input_audio", "file", "input_text", "thinking"),
            *("video_url", "audio_url", "input_image", "input_file", "document_url", "reference"),
        ),
        "text": free,
        "refusal": free,
        "image_url": record({"url": free, "detail": one_of("auto", "low", "high", "original")}),
        "input_audio": record({"data": free, "format": one_of("wav", "mp3", "flac", "ogg")}),
        "file_id": kept_file,
        "file": record({"file_data": free, "file_id": kept_file, "filename": free}),
    }
)
_MEDIA = {
    **dict.fromkeys(("image_url", "input_image", "image"), "image"),
    **dict.fromkeys(("input_audio", "audio_url", "audio"), "audio"),
    **dict.fromkeys(("video_url", "video", "file", "input_file", "document_url"), "file"),
}


def part(walk: Walk, value: Any, path: Path, place: str) -> None:  # noqa: ANN401 - JSON
    """A part of a message's content; whatever is not text is an attachment as well."""
    if type(value) is dict:
        media = next(
            (m for key, m in _MEDIA.items() if value.get("type") == key or key in value), None
        )
        if media is not None:
            walk.attachments.append(Attachment(media=media, place=place))
    _PART(walk, value, path, place)


_CONTENT = many(part)

MESSAGE = record(
    {
        "role": one_of("system", "developer", "user", "assistant", "tool", "function"),
        "content": _CONTENT,
        "name": free,
        "refusal": free,
        "tool_call_id": issued_id,
        "tool_calls": many(_TOOL_CALL),
        "function_call": _FUNCTION,
        "audio": record({"id": issued_id}),
        "reasoning_content": free,
    }
)

_NAMED_FUNCTION = record({"name": name})
_EFFORT = one_of("none", "minimal", "low", "medium", "high", "xhigh", "max", "default")

REQUEST = {
    "messages": many(MESSAGE),
    "tools": many(_TOOL),
    "functions": many(_FUNCTION),
    "tool_choice": record({"type": _TOOL_TYPE, "function": _NAMED_FUNCTION}),
    "function_call": _NAMED_FUNCTION,
    "response_format": record(
        {
            "type": one_of("text", "json_object", "json_schema"),
            "json_schema": record(
                {"name": name, "description": free, "schema": schema, "strict": free}
            ),
        }
    ),
    "reasoning_effort": _EFFORT,
    "reasoning": record({"effort": _EFFORT, "max_tokens": number, "enabled": free}),
    "verbosity": one_of("low", "medium", "high"),
    "service_tier": one_of("auto", "default", "flex", "scale", "priority"),
    "encoding_format": one_of("float", "base64"),
    "modalities": many(one_of("text", "audio")),
    "prompt_cache_retention": one_of("in-memory", "24h"),
    "stream_options": record({"include_usage": free, "include_obfuscation": free}),
    "audio": record(
        {"format": one_of("wav", "aac", "mp3", "flac", "opus", "pcm16"), "voice": name}
    ),
    "stop": free,
    "user": free,
    "safety_identifier": free,
    "prompt_cache_key": free,
    "metadata": free,
    "prediction": record({"type": one_of("content"), "content": _CONTENT}),
    **dict.fromkeys(("seed", "random_seed", "n", "max_tokens", "max_completion_tokens"), number),
    **dict.fromkeys(("temperature", "top_p", "top_k", "top_logprobs", "min_p"), number),
    **dict.fromkeys(("presence_penalty", "frequency_penalty", "repetition_penalty"), number),
    **dict.fromkeys(("stream", "logprobs", "store", "parallel_tool_calls"), free),
    "logit_bias": biases,
}
"""Top-level members but for `model`, which the dialect reads itself."""

_ENUM_STRINGS = {
    "tool_choice": frozenset({"none", "auto", "required", "any"}),
    "function_call": frozenset({"none", "auto"}),
}


def request(walk: Walk, body: dict[str, Any]) -> None:
    """Walk a whole request."""
    for key, value in body.items():
        if key == "model":
            continue
        shape = REQUEST.get(key)
        if shape is None:
            free(walk, {key: value}, (), "")
        elif not (type(value) is str and value in _ENUM_STRINGS.get(key, ())):
            shape(walk, value, (key,), f"/{key}")
