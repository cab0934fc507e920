"""What stands within strings of a request: data URLs, and JSON."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from guardrail_gw.core.body import parse
from guardrail_gw.dialects.translation.hub import Media
from guardrail_gw.dialects.translation.losses import Untranslatable, base64_of, text, typed
from guardrail_gw.errors import BodyRefused

_DATA_URL: Final = re.compile(
    r"data:(?P<type>[a-z]+/[a-z0-9.+-]+);base64,(?P<data>[A-Za-z0-9+/=\s]*)"
)


def media(kind: str, url: str, member: str, *, name: str = "") -> Media:
    """What is at an address, or in the data URL itself.

    Raises:
        Untranslatable: it is empty, or a data URL of another form.
    """
    if not url:
        raise Untranslatable(member)
    if url[:5].lower() != "data:":
        return Media(kind=kind, url=url, name=name)
    return inline(kind, url, member, name=name)


def image(said: Mapping[str, Any], url: str, member: str) -> Media:
    """An image as the OpenAI dialects name it, looked at as closely as a member `detail` says.

    Raises:
        Untranslatable: there is none.
    """
    shown = media("image", typed(said.get(url), str, member), member)
    detail = text(said, "detail", member) or "auto"
    return shown if detail == "auto" else replace(shown, detail=detail)


def inline(kind: str, url: str, member: str, *, name: str = "") -> Media:
    """What is in a data URL.

    Raises:
        Untranslatable: it is none, or not base64 of a media type without parameters.
    """
    match = _DATA_URL.fullmatch(url)
    if match is None:
        raise Untranslatable(member)
    data = base64_of("".join(match["data"].split()), member)
    return Media(kind=kind, media_type=match["type"], data=data, name=name)


def arguments(written: Any, member: str) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """Arguments of a call, from JSON text; none at all is an empty object.

    Raises:
        Untranslatable: it is not the JSON of an object, read as strictly as a body.
    """
    if typed(written, str, member).strip() == "":
        return {}
    try:
        return dict(typed(parse(written.encode()).value, dict, member))
    except (BodyRefused, UnicodeEncodeError):  # as strict as the body itself: no NaN, no name twice
        raise Untranslatable(member) from None
