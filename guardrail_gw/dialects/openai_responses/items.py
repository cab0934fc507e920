"""Items of a Responses request and their parts: what of them is structure.

Source: OpenAI API reference, "Create a model response", as read in 2026; recorded traffic.
"""

from typing import Any, Final

from guardrail_gw.core.body import Path
from guardrail_gw.core.exchange import Attachment
from guardrail_gw.core.feature import Feature
from guardrail_gw.dialects.ids import issued_id, kept_file, sealed
from guardrail_gw.dialects.openai_responses.features import SHORT_LIVED
from guardrail_gw.dialects.openai_responses.tools import listed_tool, tools
from guardrail_gw.dialects.walk import Walk, free, many, name, number, one_of, record
from guardrail_gw.errors import OperationRefused

_CALLS: Final = (
    *("function_call", "custom_tool_call", "shell_call", "local_shell_call", "apply_patch_call"),
    *("computer_call", "tool_search_call", "web_search_call", "file_search_call", "mcp_call"),
    *("code_interpreter_call", "image_generation_call"),
)
_ITEM_TYPE = one_of(
    *("message", "reasoning", "item_reference", "compaction", "compaction_trigger", *_CALLS),
    *(f"{call}_output" for call in _CALLS),
    *("tool_search_output", "additional_tools", "mcp_list_tools", "mcp_approval_request"),
    *("mcp_approval_response", "configuration_update", "program", "program_output"),
)
_STATUS = one_of(
    *("in_progress", "completed", "incomplete", "searching", "interpreting", "generating"),
    *("calling", "failed"),
)
_PART_TYPE = one_of(
    *("input_text", "output_text", "text", "refusal", "summary_text", "reasoning_text", "logs"),
    *("input_image", "input_file", "input_audio", "image", "computer_screenshot"),
)
_MEDIA: Final = {
    **dict.fromkeys(("input_image", "image_url", "computer_screenshot", "image"), "image"),
    **dict.fromkeys(("input_audio", "audio_url", "output_audio", "audio"), "audio"),
    **dict.fromkeys(("input_file", "file_data", "file_url", "file_id"), "file"),
    **dict.fromkeys(("input_video", "video_url", "video"), "file"),
}
"""Type or member of a part -> what nothing here can look into."""


def item(walk: Walk, value: Any, path: Path, place: str) -> None:  # noqa: ANN401 - JSON
    """One item.

    Raises:
        OperationRefused: `operation.stateful`; it only names what a provider keeps, and whose that
            is nobody here knows: all keys of a gateway share the provider's account.
    """
    if type(value) is not dict:
        free(walk, value, path, place)
        return
    kind = value.get("type")
    if kind == "item_reference" or (kind is None and _only_names(value)):
        raise OperationRefused(
            f"the item at {place!r} only names one that the provider keeps, maybe for somebody "
            "else; send the item itself, or 'previous_response_id'"
        )
    if kind == "image_generation_call":  # a picture, or the name of one that is kept
        walk.attachments.append(Attachment(media="image", place=place))
    shape = _LISTING if kind == "mcp_list_tools" else _ITEM
    shape(walk, value, path, place)


def _only_names(item: dict[str, Any]) -> bool:
    """Whether an item without a type is a reference; some servers read names without case."""
    return "role" not in item and any(key.casefold() == "id" for key in item)


def part(walk: Walk, value: Any, path: Path, place: str) -> None:  # noqa: ANN401 - JSON
    """A text, or a part of a content; what nothing can scan is an attachment as well."""
    if type(value) is dict:
        kind = value.get("type")
        media = next((m for key, m in _MEDIA.items() if kind == key or value.get(key)), None)
        if media is not None:
            walk.attachments.append(Attachment(media=media, place=place))
        if value.get("logprobs"):  # a name in tokens is a name that nothing finds
            walk.attachments.append(Attachment(media="logprobs", place=place))
    _PART(walk, value, path, place)


def _file(walk: Walk, value: Any, path: Path, place: str) -> None:  # noqa: ANN401 - JSON
    """A file that the provider keeps: nothing here knows what is in it."""
    if value is not None:
        walk.asked.setdefault(Feature.STORAGE, place)
    kept_file(walk, value, path, place)


def _breakpoint(walk: Walk, value: Any, path: Path, place: str) -> None:  # noqa: ANN401 - JSON
    if type(value) is dict and value.get("ttl") not in SHORT_LIVED:
        walk.asked.setdefault(Feature.STORAGE, place)
    _BREAKPOINT(walk, value, path, place)


_BREAKPOINT = record({"mode": one_of("explicit"), "ttl": one_of("30m", "12h")})
_ANNOTATION = record(
    {
        "type": one_of(
            *("file_citation", "url_citation", "container_file_citation", "file_path"),
        ),
        "file_id": name,
        "container_id": issued_id,
        "filename": free,
        "title": free,
        "url": free,
        **dict.fromkeys(("index", "start_index", "end_index"), number),
    }
)
_PART = record(
    {
        "type": _PART_TYPE,
        "text": free,
        "refusal": free,
        "logs": free,
        "image_url": free,
        "url": free,
        "file_id": _file,
        "file_data": free,
        "file_url": free,
        "filename": free,
        "detail": one_of("auto", "low", "high", "original"),
        "prompt_cache_breakpoint": _breakpoint,
        "annotations": many(_ANNOTATION),
        "logprobs": free,
        "stdout": free,
        "stderr": free,
        "outcome": record({"type": one_of("timeout", "exit"), "exit_code": number}),
    }
)
_PARTS = many(part)

_MEMBERS = {
    "type": _ITEM_TYPE,
    "role": one_of("user", "assistant", "system", "developer"),
    "status": _STATUS,
    "phase": one_of("commentary", "final_answer"),
    "id": issued_id,
    "call_id": issued_id,
    "approval_request_id": issued_id,
    "container_id": issued_id,
    "content": _PARTS,
    "summary": _PARTS,
    "encrypted_content": sealed,
    "fingerprint": sealed,
    "name": name,
    "namespace": name,
    "server_label": name,
    "arguments": free,
    "input": free,
    "output": _PARTS,
    "outputs": _PARTS,
    "action": free,
    "operation": free,
    "tools": tools,
    "execution": one_of("server", "client"),
    "caller": record({"type": one_of("direct", "program"), "caller_id": issued_id}),
    "queries": free,
    "results": free,
    "code": free,
    "result": free,
    "reason": free,
    "error": free,
    "max_output_length": number,
}
_ITEM = record(_MEMBERS)
_LISTING = record({**_MEMBERS, "tools": many(listed_tool)})
"""What a server offers; that it is asked at all is for the request's own tools to say."""
