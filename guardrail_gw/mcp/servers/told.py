"""What a server is told of who asks: capabilities, and nothing that a person wrote.

Names and versions of clients are their own words, so a server hears of the gateway instead.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from guardrail_gw import __version__

OURS: Final[Mapping[str, str]] = {"name": "guardrail-gw", "version": __version__}

_WORD: Final = re.compile(r"[A-Za-z0-9_.:/+;=*-]{1,128}")
_DEPTH: Final = 6
_MOST_DIGITS: Final = 8
"""A revision has as many; numbers of cards, accounts, telephones and persons have more."""


def declared(capabilities: Mapping[str, Any]) -> dict[str, Any]:
    """The capabilities that a client declared: switches and technical words, however deep.

    Anything else is left out, so that nothing is said with them.
    """
    return _members(capabilities, _DEPTH)


def has(capabilities: Mapping[str, Any], method: str) -> bool:
    """Whether a client that declared these can be asked this."""
    named = _NEEDS.get(method)
    return named is not None and isinstance(capabilities.get(named), Mapping)


_NEEDS: Final = {
    "elicitation/create": "elicitation",
    "sampling/createMessage": "sampling",
    "roots/list": "roots",
}


def _members(value: Mapping[str, Any], depth: int) -> dict[str, Any]:
    found = {}
    for name, each in value.items():
        kept = _kept(each, depth - 1)
        if _is_word(name) and kept is not None:
            found[name] = kept
    return found


def _is_word(text: str) -> bool:
    return bool(_WORD.fullmatch(text)) and sum(map(str.isdigit, text)) <= _MOST_DIGITS


def _kept(value: object, depth: int) -> Any:  # noqa: ANN401 - any JSON
    """The value, where it is technical; None where it is not."""
    if depth < 0:
        return None
    if isinstance(value, int | float):
        return value if abs(value) < 10**_MOST_DIGITS else None
    if isinstance(value, str):
        return value if _is_word(value) else None
    if isinstance(value, Mapping):
        return _members(value, depth)
    if isinstance(value, list):
        return [kept for each in value if (kept := _kept(each, depth - 1)) is not None]
    return None
