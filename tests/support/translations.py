"""What becomes of each member of a request that is translated, found out by translating samples.

    python -m tests.support.translations        # the tables of docs/translation.md

Each member of a dialect has a sample that asks for something; so has each kind of content part.
"""

import sys
from collections.abc import Mapping
from copy import deepcopy
from typing import Any, Final

from guardrail_gw.core.exchange import BARE
from guardrail_gw.dialects.translation.losses import Untranslatable
from guardrail_gw.dialects.translation.translate import (
    PROVIDED,
    SPOKES,
    is_translated,
    translated,
)
from tests.support import gemini_samples
from tests.support.gemini_samples import STRICT

_CHAT_CALL = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": '{"a":1}'}}
_CHAT_TOOL = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}
_FORMAT: dict[str, Any] = {
    "type": "json_schema",
    "json_schema": {"name": "n", "schema": {"type": "object"}},
}
_PNG = "data:image/png;base64,iVBORw0KGgo="
_PDF = {"filename": "a.pdf", "file_data": "data:application/pdf;base64,JVBERi0="}
_INLINE = {"type": "base64", "media_type": "image/png", "data": "iVBORw0KGgo="}
_USE = {"type": "tool_use", "id": "c1", "name": "f", "input": {"a": 1}}
_GAVE = {"type": "tool_result", "tool_use_id": "c1", "content": "r"}
_TOOL = {"name": "f", "input_schema": {"type": "object"}}
_FUNCTION = {"type": "function", "name": "f", "parameters": {"type": "object"}}
_CALLED = {"type": "function_call", "call_id": "c1", "name": "f", "arguments": '{"a":1}'}
_OUTPUT = {"type": "function_call_output", "call_id": "c1", "output": "r"}


def _user(*parts: Any) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": list(parts)}]}


def _model(**more: Any) -> dict[str, Any]:
    said = {"role": "assistant", "content": "b", **more}
    return {"messages": [{"role": "user", "content": "a"}, said]}


def _chat_text(**more: Any) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": "a", **more}]}


def _items(*items: Any) -> dict[str, Any]:
    return {"input": [{"role": "user", "content": "a"}, *items]}


def _input(*parts: Any) -> dict[str, Any]:
    return {"input": [{"role": "user", "content": list(parts)}]}


BASES: Final[Mapping[str, dict[str, Any]]] = {
    "openai_chat": {"model": "m", "messages": [{"role": "user", "content": "a"}]},
    "anthropic_messages": {
        "model": "m",
        "max_tokens": 9,
        "messages": [{"role": "user", "content": "a"}],
    },
    "openai_responses": {"model": "m", "input": "a"},
    "gemini_generate": gemini_samples.BASE,
}
SAMPLES: Final[Mapping[str, Mapping[str, dict[str, Any]]]] = {
    "openai_chat": {
        "messages[] of system, developer": {
            "messages": [{"role": "developer", "content": "s"}, {"role": "user", "content": "a"}]
        },
        "messages[].name": _chat_text(name="n"),
        "messages[].refusal": _model(refusal="no"),
        "messages[].reasoning_content": _model(reasoning_content="because"),
        "messages[].audio": _model(audio={"id": "a1"}),
        "messages[].function_call": _model(function_call={"name": "f", "arguments": "{}"}),
        "messages[].tool_calls": _model(tool_calls=[_CHAT_CALL, {**_CHAT_CALL, "id": "c2"}]),
        "messages[].tool_calls[] of custom tools": _model(
            tool_calls=[{"id": "c1", "type": "custom", "custom": {"name": "f", "input": "x"}}]
        ),
        "messages[] of tool": {
            "messages": [
                {"role": "user", "content": "a"},
                {"role": "assistant", "content": None, "tool_calls": [_CHAT_CALL]},
                {"role": "tool", "tool_call_id": "c1", "content": "r"},
            ]
        },
        "messages[] of function": {"messages": [{"role": "function", "content": "r"}]},
        "messages[].content[].text": _user({"type": "text", "text": "x"}),
        "messages[].content[].cache_control": _user(
            {"type": "text", "text": "x", "cache_control": {"type": "ephemeral"}}
        ),
        "messages[].content[].prompt_cache_breakpoint": _user(
            {"type": "text", "text": "x", "prompt_cache_breakpoint": {"mode": "explicit"}}
        ),
        "messages[].content[].image_url, inline": _user(
            {"type": "image_url", "image_url": {"url": _PNG}}
        ),
        "messages[].content[].image_url, address": _user(
            {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}}
        ),
        "messages[].content[].image_url.detail": _user(
            {"type": "image_url", "image_url": {"url": _PNG, "detail": "low"}}
        ),
        "messages[].content[].input_audio": _user(
            {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}}
        ),
        "messages[].content[].file, inline": _user({"type": "file", "file": _PDF}),
        "messages[].content[].file, by id": _user({"type": "file", "file": {"file_id": "f1"}}),
        "tools[] of functions": {"tools": [_CHAT_TOOL]},
        "tools[].function.strict": {
            "tools": [{**_CHAT_TOOL, "function": {"name": "f", "strict": True}}]
        },
        "tools[] of other types": {"tools": [{"type": "custom", "custom": {"name": "f"}}]},
        "functions": {"functions": [{"name": "f"}]},
        "function_call": {"function_call": "auto"},
        "tool_choice": {"tools": [_CHAT_TOOL], "tool_choice": "required"},
        "tool_choice of one tool": {
            "tools": [_CHAT_TOOL],
            "tool_choice": {"type": "function", "function": {"name": "f"}},
        },
        "tool_choice of allowed tools": {
            "tool_choice": {"type": "allowed_tools", "allowed_tools": {"mode": "auto"}}
        },
        "parallel_tool_calls": {"tools": [_CHAT_TOOL], "parallel_tool_calls": False},
        "response_format of a schema": {"response_format": _FORMAT},
        "response_format of any JSON": {"response_format": {"type": "json_object"}},
        "stop": {"stop": ["x"]},
        "stop of white space": {"stop": ["\n"]},
        "temperature": {"temperature": 0.5},
        "temperature above 1": {"temperature": 1.5},
        "user": {"user": "u"},
        "n": {"n": 2},
        "logprobs": {"logprobs": True},
        "modalities": {"modalities": ["text", "audio"]},
        "audio": {"audio": {"format": "wav", "voice": "v"}},
        "store": {"store": True},
        "stream": {"stream": True},
        "stream_options": {"stream": True, "stream_options": {"include_usage": True}},
        "max_tokens": {"max_tokens": 5},
        "max_completion_tokens": {"max_completion_tokens": 5},
        "top_p": {"top_p": 0.5},
        "top_p beside a temperature": {"top_p": 0.5, "temperature": 0.5},
        "top_k": {"top_k": 5},
        "seed": {"seed": 5},
        "random_seed": {"random_seed": 5},
        "logit_bias": {"logit_bias": {"5": 1}},
        "frequency_penalty": {"frequency_penalty": 0.5},
        "presence_penalty": {"presence_penalty": 0.5},
        "repetition_penalty": {"repetition_penalty": 1.5},
        "min_p": {"min_p": 0.5},
        "top_logprobs": {"top_logprobs": 5},
        "metadata": {"metadata": {"a": "b"}},
        "prediction": {"prediction": {"type": "content", "content": "x"}},
        "prompt_cache_key": {"prompt_cache_key": "k"},
        "prompt_cache_retention": {"prompt_cache_retention": "24h"},
        "prompt_cache_options": {"prompt_cache_options": {"mode": "explicit"}},
        "safety_identifier": {"safety_identifier": "u"},
        "reasoning_effort": {"reasoning_effort": "low"},
        "reasoning": {"reasoning": {"effort": "low"}},
        "verbosity": {"verbosity": "low"},
        "service_tier": {"service_tier": "flex"},
        "encoding_format": {"encoding_format": "float"},
        "any other member": {"x_other": 1},
    },
    "anthropic_messages": {
        "system": {"system": "s"},
        "messages[] of system": {"messages": [{"role": "system", "content": "s"}]},
        "messages[].content[].text": _user({"type": "text", "text": "x"}),
        "messages[].content[].citations": _user({"type": "text", "text": "x", "citations": [1]}),
        "messages[].content[].cache_control": _user(
            {"type": "text", "text": "x", "cache_control": {"type": "ephemeral"}}
        ),
        "messages[].content[].image, inline": _user({"type": "image", "source": _INLINE}),
        "messages[].content[].image, address": _user(
            {"type": "image", "source": {"type": "url", "url": "https://example.org/a.png"}}
        ),
        "messages[].content[].document, inline": _user(
            {"type": "document", "source": {**_INLINE, "media_type": "application/pdf"}}
        ),
        "messages[].content[].document, text": _user(
            {"type": "document", "source": {"type": "text", "data": "x"}}
        ),
        "messages[].content[].document, address": _user(
            {"type": "document", "source": {"type": "url", "url": "https://example.org/a.pdf"}}
        ),
        "messages[].content[].document, by id": _user(
            {"type": "document", "source": {"type": "file", "file_id": "f1"}}
        ),
        "messages[].content[].tool_use": {
            "messages": [{"role": "assistant", "content": [_USE, {**_USE, "id": "c2"}]}]
        },
        "messages[].content[].tool_result": {
            "messages": [
                {"role": "assistant", "content": [_USE]},
                {"role": "user", "content": [_GAVE, {"type": "text", "text": "x"}]},
            ]
        },
        "messages[].content[].tool_result with an image": {
            "messages": [
                {"role": "assistant", "content": [_USE]},
                _user({**_GAVE, "content": [{"type": "image", "source": _INLINE}]})["messages"][0],
            ]
        },
        "messages[].content[].is_error": {
            "messages": [
                {"role": "assistant", "content": [_USE]},
                {"role": "user", "content": [{**_GAVE, "is_error": True}]},
            ]
        },
        "messages[].content[].thinking": {
            "messages": [
                {
                    "role": "assistant",
                    "content": [
                        {"type": "thinking", "thinking": "x", "signature": "s"},
                        {"type": "text", "text": "y"},
                    ],
                }
            ]
        },
        "messages[].content[] of hosted tools": _user(
            {"type": "server_tool_use", "id": "s1", "name": "web_search", "input": {}}
        ),
        "tools[]": {"tools": [_TOOL]},
        "tools[].strict": {"tools": [{**_TOOL, "strict": True}]},
        "tools[] of the provider": {"tools": [{"type": "bash_20250124", "name": "bash"}]},
        "tool_choice": {"tools": [_TOOL], "tool_choice": {"type": "any"}},
        "tool_choice of one tool": {
            "tools": [_TOOL],
            "tool_choice": {"type": "tool", "name": "f"},
        },
        "tool_choice.disable_parallel_tool_use": {
            "tools": [_TOOL],
            "tool_choice": {"type": "auto", "disable_parallel_tool_use": True},
        },
        "thinking": {"thinking": {"type": "enabled", "budget_tokens": 1024}},
        "output_config.effort": {"output_config": {"effort": "low"}},
        "output_config.format": {
            "output_config": {"format": {"type": "json_schema", "schema": STRICT}}
        },
        "output_config.task_budget": {
            "output_config": {"task_budget": {"type": "tokens", "total": 1}}
        },
        "output_config.format, kept to in full where members are optional": {
            "output_config": {"format": {"type": "json_schema", "schema": {"type": "object"}}}
        },
        "output_format": {"output_format": {"type": "json_schema", "schema": STRICT}},
        "cache_control": {"cache_control": {"type": "ephemeral"}},
        "context_management": {"context_management": {"edits": []}},
        "container": {"container": "c"},
        "mcp_servers": {"mcp_servers": [{"type": "url", "url": "https://example.org"}]},
        "compaction": {"compaction": {"type": "summarize"}},
        "diagnostics": {"diagnostics": {"previous_message_id": "m1"}},
        "metadata.user_id": {"metadata": {"user_id": "u"}},
        "stop_sequences": {"stop_sequences": ["x"]},
        "more than four stop sequences": {"stop_sequences": list("abcde")},
        "more than five stop sequences": {"stop_sequences": list("abcdef")},
        "service_tier": {"service_tier": "standard_only"},
        "speed": {"speed": "fast"},
        "inference_geo": {"inference_geo": "us"},
        "stream": {"stream": True},
        "max_tokens": {"max_tokens": 5},
        "temperature": {"temperature": 0.5},
        "top_p": {"top_p": 0.5},
        "top_p beside a temperature": {"top_p": 0.5, "temperature": 0.5},
        "top_k": {"top_k": 5},
        "any other member": {"x_other": 1},
    },
    "openai_responses": {
        "instructions": {"instructions": "s"},
        "input, a text": {"input": "x"},
        "input[] of system, developer": _items({"role": "developer", "content": "s"}),
        "input[] of the assistant": _items({"role": "assistant", "content": "b"}),
        "input[].phase": _items({"role": "assistant", "content": "b", "phase": "commentary"}),
        "input[].content[].input_text": _input({"type": "input_text", "text": "x"}),
        "input[].content[].refusal": _items(
            {"role": "assistant", "content": [{"type": "refusal", "refusal": "no"}]}
        ),
        "input[].content[].annotations": _items(
            {
                "role": "assistant",
                "content": [{"type": "output_text", "text": "b", "annotations": [{"type": "x"}]}],
            }
        ),
        "input[].content[].prompt_cache_breakpoint": _input(
            {"type": "input_text", "text": "x", "prompt_cache_breakpoint": {"mode": "explicit"}}
        ),
        "input[].content[].input_image, inline": _input({"type": "input_image", "image_url": _PNG}),
        "input[].content[].input_image, address": _input(
            {"type": "input_image", "image_url": "https://example.org/a.png"}
        ),
        "input[].content[].input_image, by id": _input({"type": "input_image", "file_id": "f1"}),
        "input[].content[].input_image.detail": _input(
            {"type": "input_image", "image_url": _PNG, "detail": "low"}
        ),
        "input[].content[].input_file, inline": _input({"type": "input_file", **_PDF}),
        "input[].content[].input_file, address": _input(
            {"type": "input_file", "file_url": "https://example.org/a.pdf"}
        ),
        "input[].content[].input_file, by id": _input({"type": "input_file", "file_id": "f1"}),
        "input[].content[].input_audio": _input(
            {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}}
        ),
        "input[] of function_call": _items(_CALLED, {**_CALLED, "call_id": "c2"}),
        "input[] of function_call_output": _items(_CALLED, _OUTPUT),
        "input[] of function_call_output with an image": _items(
            _CALLED, {**_OUTPUT, "output": [{"type": "input_image", "image_url": _PNG}]}
        ),
        "input[] of custom_tool_call": _items(
            {"type": "custom_tool_call", "call_id": "c1", "name": "f", "input": "x"},
            {"type": "custom_tool_call_output", "call_id": "c1", "output": "r"},
        ),
        "input[] of reasoning": _items(
            {"type": "reasoning", "id": "r1", "summary": [], "encrypted_content": "x"}
        ),
        "input[] of item_reference": _items({"type": "item_reference", "id": "i1"}),
        "input[] of hosted tools": _items({"type": "web_search_call", "id": "w1"}),
        "tools[] of functions": {"tools": [_FUNCTION]},
        "tools[].strict": {"tools": [{**_FUNCTION, "strict": True}]},
        "tools[] of custom tools": {"tools": [{"type": "custom", "name": "f"}]},
        "tools[].format, a grammar": {
            "tools": [
                {
                    "type": "custom",
                    "name": "f",
                    "format": {"type": "grammar", "syntax": "regex", "definition": "a"},
                }
            ]
        },
        "tools[] of the provider": {"tools": [{"type": "web_search"}]},
        "tool_choice": {"tools": [_FUNCTION], "tool_choice": "required"},
        "tool_choice of one tool": {
            "tools": [_FUNCTION],
            "tool_choice": {"type": "function", "name": "f"},
        },
        "tool_choice of allowed tools": {
            "tools": [_FUNCTION],
            "tool_choice": {"type": "allowed_tools", "mode": "auto", "tools": []},
        },
        "parallel_tool_calls": {"tools": [_FUNCTION], "parallel_tool_calls": False},
        "text.format of a schema": {
            "text": {"format": {"type": "json_schema", **_FORMAT["json_schema"]}}
        },
        "text.format of any JSON": {"text": {"format": {"type": "json_object"}}},
        "text.verbosity": {"text": {"verbosity": "low"}},
        "reasoning.effort": {"reasoning": {"effort": "low"}},
        "reasoning.summary": {"reasoning": {"summary": "auto"}},
        "reasoning.summary beside an effort": {"reasoning": {"effort": "low", "summary": "auto"}},
        "include of logprobs": {"include": ["message.output_text.logprobs"]},
        "include of sealed reasoning": {"include": ["reasoning.encrypted_content"]},
        "top_logprobs": {"top_logprobs": 5, "include": ["message.output_text.logprobs"]},
        "max_output_tokens": {"max_output_tokens": 50},
        "max_tool_calls": {"max_tool_calls": 5},
        "temperature": {"temperature": 0.5},
        "top_p": {"top_p": 0.5},
        "top_p beside a temperature": {"top_p": 0.5, "temperature": 0.5},
        "truncation": {"truncation": "auto"},
        "context_management": {"context_management": [{"type": "compaction"}]},
        "metadata": {"metadata": {"a": "b"}},
        "user": {"user": "u"},
        "safety_identifier": {"safety_identifier": "u"},
        "prompt_cache_key": {"prompt_cache_key": "k"},
        "prompt_cache_retention": {"prompt_cache_retention": "24h"},
        "prompt_cache_options": {"prompt_cache_options": {"mode": "explicit"}},
        "service_tier": {"service_tier": "default"},
        "stream": {"stream": True},
        "stream_options": {"stream": True, "stream_options": {"include_obfuscation": True}},
        "store": {"store": True},
        "background": {"background": True},
        "previous_response_id": {"previous_response_id": "r1"},
        "conversation": {"conversation": "c1"},
        "prompt": {"prompt": {"id": "p1"}},
        "moderation": {"moderation": {"model": "m"}},
        "any other member": {"x_other": 1},
    },
    "gemini_generate": gemini_samples.SAMPLES,
}
"""Dialect -> member -> what a request has that asks with it."""


def pairs() -> list[tuple[str, str]]:
    """Client's and provider's dialect of every translation there is."""
    return [(a, b) for a in SPOKES for b in PROVIDED if is_translated(a, b, BARE)]


OFFERED: Final[Mapping[str, dict[str, Any]]] = {
    "openai_chat": {"tools": [_CHAT_TOOL]},
    "anthropic_messages": {"tools": [_TOOL]},
    "openai_responses": {"tools": [_FUNCTION]},
    "gemini_generate": gemini_samples.OFFERED,
}
"""The tool that is called in samples: a provider that demands it is asked with it."""
_CONVERSATION: Final = ("messages", "input", "contents")


def based(client: str, provider: str, member: str) -> dict[str, Any]:
    """What a request has besides a member."""
    demanded = provider == "bedrock_converse" and member.startswith(_CONVERSATION)
    return deepcopy({**BASES[client], **(OFFERED[client] if demanded else {})})


def fate(client: str, provider: str, member: str) -> str:
    """What becomes of a member: `as it is`, `as …`, `left out, on record`, `refused`."""
    base = based(client, provider, member)
    try:
        made = translated({**base, **deepcopy(SAMPLES[client][member])}, client, provider)
    except Untranslatable:
        return "refused"
    plain = translated(base, client, provider)
    new = [name for name, value in made.body.items() if plain.body.get(name) != value]
    if set(made.left_out) - set(plain.left_out):
        return "left out, on record"
    if made.head != plain.head:
        return "as the operation"
    if made.shows_thoughts != plain.shows_thoughts:
        return "as thoughts of the answer"
    if all(made.body.get(key) == value for key, value in SAMPLES[client][member].items()):
        return "as it is"
    return "as " + ", ".join(f"`{key}`" for key in new) if new else "as it always is"


def tables() -> str:
    """One table of every pair, in Markdown."""
    parts = []
    for client, provider in pairs():
        rows = [f"| {member} | {fate(client, provider, member)} |" for member in SAMPLES[client]]
        head = f"### `{client}` to `{provider}`\n\n| member of the request | becomes |\n|---|---|"
        parts.append("\n".join((head, *rows)))
    return "\n\n".join(parts)


if __name__ == "__main__":
    sys.stdout.write(tables() + "\n")
