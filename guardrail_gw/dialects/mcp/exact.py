"""JSON of messages, read and written quickly and without loss.

`orjson` is several times as fast as `json`, and holds whole numbers of 64 bits; what may have more
digits is left to `json`, so that every number stays what it is.
"""

import json
from typing import Any, Final

import orjson

from guardrail_gw.core.long_numbers import has_long_number

DEEPEST: Final = 128
"""How deep a message may nest; whoever looks through it goes down as far."""
_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)
"""What is looked for in bytes stands in them as it is, so nothing is written as an escape."""


def parsed(data: bytes | str) -> Any:  # noqa: ANN401 - any JSON
    """Parse JSON; long whole numbers stay what they are. Raises ValueError, RecursionError."""
    raw = data.encode() if isinstance(data, str) else data
    value = orjson.loads(raw)  # the stricter one: no NaN, no half of a pair of surrogates
    if raw.count(b"[") + raw.count(b"{") > DEEPEST and _is_too_deep(value):
        raise ValueError("it nests too deep")
    return json.loads(raw) if has_long_number(raw) else value


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
