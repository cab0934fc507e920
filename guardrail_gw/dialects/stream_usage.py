"""Streams that count their tokens when they are asked to: the gateway asks where clients do not.

Source: OpenAI API reference, `stream_options`, as read in 2026.
"""

from collections.abc import Mapping
from typing import Any, Final

from guardrail_gw.core.body import Document, Path, Splice, spans
from guardrail_gw.core.exchange import Envelope
from guardrail_gw.dialects.parsed import MODEL, STORE, edited, unedited, wrong

_OPTIONS: Final[Path] = ("stream_options",)
_ASK: Final[Path] = ("stream_options", "include_usage")


def asks_for_usage(body: Mapping[str, Any]) -> bool | None:
    """What a body says of counts in a stream.

    Raises:
        BodyRefused: `body.wrong_type`; names the member.
    """
    options = body.get("stream_options")
    if options is not None and type(options) is not dict:
        raise wrong("/stream_options", "an object")
    asked = (options or {}).get("include_usage")
    if asked is not None and type(asked) is not bool:
        raise wrong("/stream_options/include_usage", "true or false")
    return asked


def rewritten(
    document: Document, edits: Mapping[Path, str], *, ask: bool, unstored: bool = False
) -> Envelope:
    """The body with strings replaced, split around the model's name.

    Args:
        document: the body.
        edits: what is replaced.
        ask: whether the counts are to be asked for.
        unstored: whether its `store` is to be false.
    """
    if (
        not edits
        and not unstored
        and not (ask and document.value.get("stream_options") is not None)
    ):
        if not ask:
            return unedited(document)
        if "stream_options" not in document.value:
            return unedited(document, b',"stream_options":{"include_usage":true}')
    found = spans(document.raw, {*edits, MODEL, _OPTIONS, _ASK, STORE})
    more = [_ask_usage(document, found)] if ask else []
    more += [Splice(*found[STORE], b"false")] if unstored else []
    return edited(document, edits, found, more)


def hide_usage(data: dict[str, Any]) -> bool:
    """Take out counts that the client did not ask for; True when nothing of the chunk is left."""
    if not data.get("choices") and isinstance(data.get("usage"), dict):
        return True
    if data.get("usage", 0) is None:
        del data["usage"]
    return False


def _ask_usage(document: Document, found: Mapping[Path, tuple[int, int]]) -> Splice:
    options = document.value.get("stream_options")
    if options is None and _OPTIONS in found:  # null
        return Splice(*found[_OPTIONS], b'{"include_usage":true}')
    if options is None:
        end = found[MODEL][1]
        return Splice(end, end, b',"stream_options":{"include_usage":true}')
    if "include_usage" in options:
        return Splice(*found[_ASK], b"true")
    start = found[_OPTIONS][0] + 1
    return Splice(start, start, b'"include_usage":true' + (b"," if options else b""))
