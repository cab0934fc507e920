"""JSON of messages, read and written quickly and without loss.

`orjson` is several times as fast as `json`, and holds whole numbers of 64 bits; what may have more
digits is left to `json`, so that every number stays what it is.
"""

import json
import re
from typing import Any, Final

import orjson

DEEPEST: Final = 128
"""How deep a message may nest; whoever looks through it goes down as far."""
_LONG_BYTES: Final[re.Pattern[bytes]] = re.compile(rb"[0-9]{19}")
_LONG_TEXT: Final[re.Pattern[str]] = re.compile(r"[0-9]{19}")
"""What may be more than the fast parser holds."""
_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)
"""What is looked for in bytes stands in them as it is, so nothing is written as an escape."""


def parsed(data: bytes | str) -> Any:  # noqa: ANN401 - any JSON
    """Parse JSON; long whole numbers stay what they are. Raises ValueError, RecursionError."""
    value = orjson.loads(data)  # the stricter one: no NaN, no half of a pair of surrogates
    is_long = _LONG_TEXT.search(data) if isinstance(data, str) else _LONG_BYTES.search(data)
    if _opened(data) > DEEPEST and _is_too_deep(value):
        raise ValueError("it nests too deep")
    return json.loads(data) if is_long else value


def _opened(data: bytes | str) -> int:
    if isinstance(data, str):
        return data.count("[") + data.count("{")
    return data.count(b"[") + data.count(b"{")


def _is_too_deep(value: Any) -> bool:  # noqa: ANN401 - any JSON
    level = [value]
    for _ in range(DEEPEST):
        inner = (each.values() if isinstance(each, dict) else each for each in level)
        level = [each for held in inner for each in held if isinstance(each, dict | list)]
    return bool(level)


def written(message: Any) -> bytes:  # noqa: ANN401 - any JSON
    """Write a message; long whole numbers stay what they are."""
    try:
        return orjson.dumps(message)
    except TypeError:
        return _ENCODER.encode(message).encode()
