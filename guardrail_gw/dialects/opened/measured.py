"""What answers of these surfaces are counted in, as far as bodies say it.

Source: OpenAI API reference, "The image generation response" and "The transcription object", as
read in 2026.
"""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from guardrail_gw.core.amounts import Measured, Unit, Usage

_MOST: Final = 10**9
"""Nobody speaks, or paints, as much at once; more is no count."""

_LEAST_BYTES_PER_SECOND: Final = 750
"""Of a recording: 6 kbit/s is the lowest rate of Opus (RFC 6716, section 2.1.1)."""


def counted(data: dict[str, Any]) -> Usage | None:
    """Tokens, where the provider counts them."""
    usage = data.get("usage")
    if type(usage) is not dict:
        return None
    read, written = _count(usage.get("input_tokens")), _count(usage.get("output_tokens"))
    if read is None and written is None:
        return None
    return Usage(input=int(read or 0), output=int(written or 0))


def measured(data: dict[str, Any], needs: str) -> Measured:
    """Images that were made, or seconds that were heard.

    Args:
        data: the answer.
        needs: the member that makes it one of its surface: `data`, `text`.
    """
    if needs == "data" and type(data.get("data")) is list:
        return ((Unit.IMAGE, Decimal(len(data["data"]))),)
    if needs != "text":
        return ()
    usage = data.get("usage")
    said = usage.get("seconds") if type(usage) is dict else data.get("duration")
    seconds = _count(said)
    return () if seconds is None else ((Unit.SECOND, seconds),)


def spoken(body: bytes) -> Measured:
    """The signs of a text that is spoken, as a provider is sent it."""
    text = json.loads(body).get("input")
    return ((Unit.CHARACTER, Decimal(len(text))),) if type(text) is str else ()


def most_measured(dialect: str, members: Mapping[str, Any], size: int) -> Measured:
    """The most that an answer may be counted in besides tokens.

    Args:
        dialect: the client's.
        members: the body's top-level members.
        size: of what is sent, in bytes: no text has more signs, and few recordings are longer.
    """
    match dialect:
        case "openai_images":
            asked = members.get("n")
            images = asked if type(asked) is int and asked > 0 else 1
            return ((Unit.IMAGE, Decimal(images)),)
        case "openai_speech":
            return ((Unit.CHARACTER, Decimal(size)),)
        case "openai_transcriptions":
            return ((Unit.SECOND, Decimal(-(-size // _LEAST_BYTES_PER_SECOND))),)
        case _:
            return ()


def _count(value: Any) -> Decimal | None:  # noqa: ANN401 - JSON
    """A number that is one; some write it as a text."""
    if type(value) is str and value.replace(".", "", 1).isdecimal():
        value = Decimal(value)
    if type(value) not in (int, float, Decimal) or not 0 <= value <= _MOST:
        return None
    return Decimal(str(value))
