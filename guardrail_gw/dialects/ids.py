"""Strings that a provider made and a client only carries: ids, and texts that it alone can read."""

import re
from typing import Any

from guardrail_gw.core.body import Path
from guardrail_gw.dialects.foreign import is_foreign, is_ours
from guardrail_gw.dialects.media import is_sealed
from guardrail_gw.dialects.walk import Walk, free, name
from guardrail_gw.errors import BodyRefused

_ISSUED_ID = re.compile(
    r"(?:call|toolu|srvtoolu|mcptoolu|msg|fc|chatcmpl-tool|rs|ctc|ws|fs|ci|ig|tsc|tso|cmp|cntr|resp"
    r"|mcp|mcpl|mcpr|cu|lsh|sh|apc|prog)[_-][A-Za-z0-9]{8,64}"
)
_HEX_ID = re.compile(r"[a-z]{2,6}_[0-9a-f]{48,64}")
"""No number of somebody's has so many hexadecimal digits."""
_DIGITS = re.compile(r"[0-9]{7}")


def issued_id(walk: Walk, value: Any, path: Path, place: str) -> None:  # noqa: ANN401 - JSON
    """An id that a provider made; one that could carry a number of somebody's is scanned."""
    if type(value) is str and is_issued(value):
        walk.fixed.append((value, place))
    else:
        name(walk, value, path, place)


def is_issued(value: str) -> bool:
    """Whether a text is an id that a provider made, and could be nothing else."""
    if _HEX_ID.fullmatch(value):
        return True
    return _ISSUED_ID.fullmatch(value) is not None and not _DIGITS.search(value)


def sealed(walk: Walk, value: Any, path: Path, place: str) -> None:  # noqa: ANN401 - JSON
    """A signature or an encrypted text: only the provider can read it, and nobody may change it.

    What can be read all the same is free-form.

    Raises:
        BodyRefused: it has the mark of a seal of ours, and is none.
    """
    if is_foreign(value) and not is_ours(value):
        raise BodyRefused(
            f"the thought at {place!r} is not as it was told; leave it out, or send it unchanged",
            code="body.wrong_type",
        )
    if type(value) is not str or not is_sealed(value):
        free(walk, value, path, place)
