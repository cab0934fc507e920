"""JSON that the gateway writes itself."""

import json
from typing import Any, Final

from guardrail_gw.errors import UpstreamBroken

_COMPACT: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))
_ASCII: Final = json.JSONEncoder(allow_nan=False, separators=(",", ":"))


def line(value: Any) -> str:  # noqa: ANN401 - JSON
    """Compact JSON on one line, as `encoded` writes it.

    Raises:
        UnicodeEncodeError: there is half a surrogate pair in it, which `encoded` writes otherwise.
    """
    written = _COMPACT.encode(value)
    if not written.isascii():
        written.encode()
    return written


def encoded(data: dict[str, Any]) -> bytes:
    """Compact JSON in UTF-8.

    Raises:
        UpstreamBroken: a number in it is larger than any number of JSON's readers.
    """
    try:
        return _COMPACT.encode(data).encode()
    except UnicodeEncodeError:  # half a surrogate pair, cut by the provider: keep its escape
        return _ASCII.encode(data).encode()
    except ValueError:  # 1e999 was read as infinity, which JSON cannot say
        raise UpstreamBroken("the answer holds a number that is not finite") from None
