"""Content blocks of messages, tool results and the system prompt: what of them is structure.

Source: Anthropic API reference, "Messages", as read in 2026; recorded traffic.
"""

from typing import Any, Final

from guardrail_gw.core.body import Path
from guardrail_gw.core.exchange import Attachment
from guardrail_gw.core.feature import Feature
from guardrail_gw.dialects.anthropic_messages.tools import CACHE_CONTROL, tool
from guardrail_gw.dialects.ids import issued_id, kept_file, sealed
from guardrail_gw.dialects.walk import Walk, free, many, name, number, one_of, record

_RESULTS: Final = (
    *("web_search_tool_result", "web_fetch_tool_result", "code_execution_tool_result"),
    *("bash_code_execution_tool_result", "text_editor_code_execution_tool_result"),
    *("tool_search_tool_result", "mcp_tool_result", "advisor_tool_result"),
)
_RESULT_CONTENTS: Final = (
    *("web_search_result", "web_fetch_result", "code_execution_result"),
    *("encrypted_code_execution_result", "code_execution_output", "bash_code_execution_result"),
    *("bash_code_execution_output", "text_editor_code_execution_view_result"),
    *("text_editor_code_execution_create_result", "advisor_result", "tool_reference"),
    *("text_editor_code_execution_str_replace_result", "tool_search_tool_search_result"),
    *(f"{name}_error" for name in _RESULTS),
)
_TYPE = one_of(
    *("text", "image", "document", "thinking", "redacted_thinking", "search_result"),
    *("tool_use", "tool_result", "server_tool_use", "mcp_tool_use", "container_upload"),
    *("compaction", "tool_addition", "tool_removal", *_RESULTS, *_RESULT_CONTENTS),
)
_MEDIA_TYPE = one_of(
    *("image/jpeg", "image/png", "image/gif", "image/webp", "application/pdf", "text/plain"),
)
_ERROR_CODE = one_of(
    *("unavailable", "max_uses_exceeded", "too_many_requests", "invalid_tool_input"),
    *("query_too_long", "request_too_large", "url_not_allowed", "url_not_accessible"),
    *("url_too_long", "unsupported_content_type", "execution_time_exceeded", "file_not_found"),
    *("output_file_too_large", "string_not_found", "overloaded", "prompt_too_long"),
)
_ATTACHED: Final = {"image": "image", "document": "file"}
_READABLE: Final = ("text", "content")
"""Sources whose content is text in the request itself."""


def content(walk: Walk, value: Any, path: Path, place: str) -> None:  # noqa: ANN401 - JSON
    """A text, a block or a list of blocks."""
    _MANY(walk, value, path, place)


def block(walk: Walk, value: Any, path: Path, place: str) -> None:  # noqa: ANN401 - JSON
    """A block; what nothing can scan is an attachment as well."""
    if type(value) is not dict:
        free(walk, value, path, place)
        return
    kind = value.get("type")
    media = _ATTACHED.get(kind) if type(kind) is str else None
    source = value.get("source")
    if media is not None and not (type(source) is dict and source.get("type") in _READABLE):
        walk.attachments.append(Attachment(media=media, place=place))
    shape = _OTHER.get(kind, _BLOCK) if type(kind) is str else _BLOCK
    shape(walk, value, path, place)


def _file(walk: Walk, value: Any, path: Path, place: str) -> None:  # noqa: ANN401 - JSON
    """A file that the provider keeps: nothing here knows what is in it."""
    walk.attachments.append(Attachment(media="file", place=place))
    walk.asked.setdefault(Feature.STORAGE, place)
    kept_file(walk, value, path, place)


def _source(walk: Walk, value: Any, path: Path, place: str) -> None:  # noqa: ANN401 - JSON
    """Where the content of an image or document is; a search result names a text only."""
    shape = _SOURCE if type(value) is dict else free
    shape(walk, value, path, place)


_SOURCE = record(
    {
        "type": one_of("base64", "text", "url", "file", "content"),
        "media_type": _MEDIA_TYPE,
        "data": free,
        "url": free,
        "file_id": _file,
        "content": content,
    }
)
_CITATION = record(
    {
        "type": one_of(
            *("char_location", "page_location", "content_block_location"),
            *("web_search_result_location", "search_result_location"),
        ),
        "encrypted_index": sealed,
        "cited_text": free,
        "url": free,
        "title": free,
        "document_title": free,
        "source": free,
        "file_id": name,
        "enabled": free,
        **dict.fromkeys(("document_index", "search_result_index"), number),
        **dict.fromkeys(("start_char_index", "end_char_index"), number),
        **dict.fromkeys(("start_page_number", "end_page_number"), number),
        **dict.fromkeys(("start_block_index", "end_block_index"), number),
    }
)
_MEMBERS = {
    "type": _TYPE,
    "text": free,
    "thinking": free,
    "signature": sealed,
    "id": issued_id,
    "tool_use_id": issued_id,
    "name": name,
    "server_name": name,
    "tool_name": name,
    "input": free,
    "content": content,
    "is_error": free,
    "source": _source,
    "title": free,
    "context": free,
    "citations": many(_CITATION),
    "cache_control": CACHE_CONTROL,
    "caller": record({"type": one_of("direct", "code_execution_20260120"), "tool_id": issued_id}),
    "tool": tool,
    "tool_references": content,
    "url": free,
    "page_age": free,
    "retrieved_at": free,
    "encrypted_content": sealed,
    "encrypted_stdout": sealed,
    "stdout": free,
    "stderr": free,
    "error_code": _ERROR_CODE,
    **dict.fromkeys(("return_code", "num_lines", "start_line", "total_lines"), number),
    **dict.fromkeys(("old_start", "old_lines", "new_start", "new_lines"), number),
}
_BLOCK = record({**_MEMBERS, "file_id": name})
"""In a result a file is only named: the provider's own tool wrote it."""
_OTHER = {
    "container_upload": record({**_MEMBERS, "file_id": _file}),
    "redacted_thinking": record({"type": _TYPE, "data": sealed, "cache_control": CACHE_CONTROL}),
}
_MANY = many(block)
