"""The digest of arguments, by which a record says what left without saying it.

Source: RFC 8785 (JSON Canonicalization Scheme).
"""

import json
from hashlib import sha256
from typing import Any

import rfc8785


def digest(value: Any) -> str:  # noqa: ANN401 - JSON
    """Hex SHA-256 of the canonical form.

    Integers beyond 53 bits have none there: such a value is written with sorted keys and without
    white space by Python's `json`, which FORMAT.md says, too.
    """
    try:
        return sha256(rfc8785.dumps(value)).hexdigest()
    except (rfc8785.CanonicalizationError, RecursionError):
        text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return sha256(text.encode()).hexdigest()
