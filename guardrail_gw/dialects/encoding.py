"""JSON that the gateway writes itself."""

import json
from typing import Any, Final

_COMPACT: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_ASCII: Final = json.JSONEncoder(separators=(",", ":"))


def encoded(data: dict[str, Any]) -> bytes:
    """Compact JSON in UTF-8."""
    try:
        return _COMPACT.encode(data).encode()
    except UnicodeEncodeError:  # half a surrogate pair, cut by the provider: keep its escape
        return _ASCII.encode(data).encode()
