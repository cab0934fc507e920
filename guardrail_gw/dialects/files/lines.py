"""A file of requests, one on each line, as OpenAI's batches take them.

Source: OpenAI API reference, "The request input object" of a batch, as read in 2026.
"""

from typing import Any, Final

from guardrail_gw.core.body import parse, quoted, spans
from guardrail_gw.core.exchange import BARE
from guardrail_gw.dialects.files.many import (
    CUSTOM_ID,
    Entries,
    Entry,
    RequestDialect,
    entries,
    entry,
)
from guardrail_gw.dialects.openai_chat.dialect import OpenAIChat
from guardrail_gw.dialects.openai_completions.dialect import OpenAICompletions
from guardrail_gw.dialects.openai_embeddings.dialect import OpenAIEmbeddings
from guardrail_gw.dialects.openai_responses.dialect import OpenAIResponses
from guardrail_gw.dialects.parsed import wrong
from guardrail_gw.errors import BodyRefused

ENDPOINTS: Final[dict[str, RequestDialect]] = {
    "/v1/chat/completions": OpenAIChat(),
    "/v1/responses": OpenAIResponses(),
    "/v1/completions": OpenAICompletions(),
    "/v1/embeddings": OpenAIEmbeddings(),
}
"""What the requests of a batch may be."""
_BODY: Final = "body"
_MEMBERS: Final = frozenset({CUSTOM_ID, "method", "url", _BODY})


def read(content: bytes) -> Entries:
    """Read the file; raises Refusal for any line that is not understood in full."""
    numbered = enumerate(content.split(b"\n"), start=1)
    found = [_entry(raw, f"line {number}") for number, raw in numbered if raw.strip()]
    if len({each.middle for each in found}) > 1:
        raise BodyRefused(
            "the requests of a batch must all have the same 'url'", code="body.wrong_type"
        )
    return entries(found)


def _entry(raw: bytes, place: str) -> Entry:
    said = _line(raw, place)
    if said.keys() != _MEMBERS or said["method"] != "POST":
        raise wrong(place, "custom_id, method (POST), url and body, and nothing else")
    url = said["url"]
    if type(url) is not str or url not in ENDPOINTS:
        raise wrong(f"{place} /url", f"one of {', '.join(ENDPOINTS)}")
    start, end = spans(raw, {(_BODY,)})[(_BODY,)]
    return entry(
        place=place,
        custom_id=said[CUSTOM_ID],
        middle=b',"method":"POST","url":%b,"body":' % quoted(url),
        raw=raw[start:end],
        dialect=ENDPOINTS[url],
        head=BARE,
    )


def _line(raw: bytes, place: str) -> dict[str, Any]:
    try:
        said = parse(raw, names=_MEMBERS).value
    except BodyRefused as refusal:
        raise BodyRefused(f"{place}: {refusal.detail}", code=refusal.code) from None
    if type(said) is not dict:
        raise wrong(place, "a JSON object")
    return said
