"""The digest of arguments, by which a record says what left without saying it.

Source: RFC 8785 (JSON Canonicalization Scheme).
"""

import json
from hashlib import sha256
from typing import Any, Final

import orjson
import rfc8785

_GREATEST: Final = 2**53 - 1
"""The whole numbers that have a canonical form."""
_SIMPLE: Final = frozenset({str, bool, type(None)})


def digest(value: Any) -> str:  # noqa: ANN401 - JSON
    """Hex SHA-256 of the canonical form.

    Integers beyond 53 bits have none there: such a value is written with sorted keys and without
    white space by Python's `json`, which FORMAT.md says, too.
    """
    try:
        return sha256(_canonical(value)).hexdigest()
    except (rfc8785.CanonicalizationError, RecursionError):
        text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return sha256(text.encode()).hexdigest()


def _canonical(value: Any) -> bytes:  # noqa: ANN401 - ditto
    """The canonical form, by the faster writer where both say the same."""
    if _is_plain(value):
        try:
            return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
        except TypeError:  # half of a pair of surrogates
            return rfc8785.dumps(value)
    return rfc8785.dumps(value)


def _is_plain(value: Any) -> bool:  # noqa: ANN401 - ditto
    """Whether nothing in it is a fraction, a long number, or a name that others sort otherwise."""
    kind = type(value)
    if kind is dict:
        for name, each in value.items():
            if type(name) is not str or not name.isascii() or not _is_plain(each):
                return False
        return True
    if kind is list:
        return all(map(_is_plain, value))
    if kind is int:
        return bool(abs(value) <= _GREATEST)
    return kind in _SIMPLE
