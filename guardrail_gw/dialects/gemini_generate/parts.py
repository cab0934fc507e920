"""Contents and their parts: what of them is structure.

Source: Gemini API reference, "Content" and "Part"; Vertex AI reference, "Part", as read in 2026;
recorded traffic.
"""

import re
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from guardrail_gw.core.body import Path
from guardrail_gw.core.exchange import Attachment
from guardrail_gw.core.feature import Feature
from guardrail_gw.core.kept import Named
from guardrail_gw.dialects.gemini_generate.spelling import said, spelled
from guardrail_gw.dialects.ids import issued_id, sealed
from guardrail_gw.dialects.media import is_web_address
from guardrail_gw.dialects.walk import Walk, free, many, name, one_of, record

_MEDIA: Final = ("image", "audio")
"""First parts of media types that the policy knows by name; any other is a file."""
_STORED = re.compile(r"/files/[a-z0-9-]{1,40}(?![^/:?#&])", re.IGNORECASE)
"""In the address of a file that was given to the provider before: no dot is in such a name."""
_PROVIDERS: Final = ".googleapis.com"
_BUCKETS: Final = "storage.googleapis.com"
"""Of the provider's hosts the one whose files everybody may be let fetch, as from the web."""

_MIME = one_of(
    *("image/png", "image/jpeg", "image/webp", "image/heic", "image/heif", "image/gif"),
    *("audio/wav", "audio/mp3", "audio/mpeg", "audio/aiff", "audio/aac", "audio/ogg"),
    *("audio/flac", "audio/x-wav", "video/mp4", "video/mpeg", "video/mov", "video/quicktime"),
    *("video/avi", "video/x-flv", "video/mpg", "video/webm", "video/wmv", "video/3gpp"),
    *("application/pdf", "application/json", "text/plain", "text/html", "text/csv", "text/md"),
    *("text/markdown", "text/xml"),
)
_TOOL_TYPE = one_of(
    *("TOOL_TYPE_UNSPECIFIED", "GOOGLE_SEARCH_WEB", "GOOGLE_SEARCH_IMAGE", "URL_CONTEXT"),
    *("GOOGLE_MAPS", "FILE_SEARCH", "MEDIA_PROCESSING"),
)
_RESOLUTION = one_of(
    *(f"MEDIA_RESOLUTION_{level}" for level in ("UNSPECIFIED", "LOW", "MEDIUM", "HIGH")),
    "MEDIA_RESOLUTION_ULTRA_HIGH",
)


def content(walk: Walk, value: Any, path: Path, place: str) -> None:  # noqa: ANN401 - JSON
    """A message: a role and its parts."""
    _CONTENT(walk, value, path, place)


def part(walk: Walk, value: Any, path: Path, place: str) -> None:  # noqa: ANN401 - JSON
    """A part; what nothing can scan is an attachment as well."""
    for key, blob in said(value, "inlineData"):
        walk.attachments.append(Attachment(media=_media(blob), place=f"{place}/{key}"))
    for key, file in said(value, "fileData"):
        walk.attachments.append(Attachment(media=_media(file), place=f"{place}/{key}"))
        for _, uri in said(file, "fileUri"):
            if is_kept(uri):
                walk.asked.setdefault(Feature.STORAGE, f"{place}/{key}")
                walk.kept.append(Named(what="file", id=str(uri), place=f"{place}/{key}"))
    _PART(walk, value, path, place)


def _media(holder: Any) -> str:  # noqa: ANN401 - JSON
    kinds = [str(kind).partition("/")[0] for _, kind in said(holder, "mimeType")]
    return kinds[0] if kinds and kinds[0] in _MEDIA else "file"


def is_kept(uri: Any) -> bool:  # noqa: ANN401 - JSON
    """Whether a file is the provider's already, and not on the web.

    It is fetched with the rights of the account, so that whoever knows its name could have it read.
    """
    if type(uri) is not str or not is_web_address(uri) or _STORED.search(unquote(uri)):
        return True
    try:
        host = (urlsplit(uri).hostname or "").rstrip(".")
    except ValueError:
        return True
    is_bucket = host == _BUCKETS or host.endswith(f".{_BUCKETS}")
    return not host or (host.endswith(_PROVIDERS) and not is_bucket)


_CALL = record(
    spelled(
        {"id": issued_id, "name": name, "args": free, "partialArgs": free, "willContinue": free}
    )
)
_HOSTED_CALL = record(
    spelled({"id": issued_id, "toolType": _TOOL_TYPE, "args": free, "response": free})
)
_PART_MEMBERS = spelled(
    {
        "text": free,
        "thought": free,
        "thoughtSignature": sealed,
        "inlineData": record(spelled({"mimeType": _MIME, "data": free, "displayName": free})),
        "fileData": record(spelled({"mimeType": _MIME, "fileUri": free, "displayName": free})),
        "functionCall": _CALL,
        **dict.fromkeys(("toolCall", "toolResponse"), _HOSTED_CALL),
        "executableCode": record(
            {"id": issued_id, "language": one_of("LANGUAGE_UNSPECIFIED", "PYTHON"), "code": free}
        ),
        "codeExecutionResult": record(
            {
                "id": issued_id,
                "outcome": one_of(
                    *("OUTCOME_UNSPECIFIED", "OUTCOME_OK", "OUTCOME_FAILED"),
                    "OUTCOME_DEADLINE_EXCEEDED",
                ),
                "output": free,
            }
        ),
        "videoMetadata": record(spelled({"startOffset": free, "endOffset": free, "fps": free})),
        "mediaResolution": record({"level": _RESOLUTION}),
        **dict.fromkeys(("partMetadata", "audioTranscription"), free),
    }
)
_RESPONSE = record(
    spelled(
        {
            "id": issued_id,
            "name": name,
            "response": free,
            "parts": many(part),
            "willContinue": free,
            "scheduling": one_of("SCHEDULING_UNSPECIFIED", "SILENT", "WHEN_IDLE", "INTERRUPT"),
        }
    )
)
_PART = record({**_PART_MEMBERS, **spelled({"functionResponse": _RESPONSE})})
_CONTENT = record(
    {"role": one_of("user", "model", "function", "tool", "system"), "parts": many(part)}
)
