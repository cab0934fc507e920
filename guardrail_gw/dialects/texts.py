"""Members that hold a text or a list of texts, and no text as a model's tokens.

A provider reads tokens as the text they stand for; here they are numbers in which nobody's name
can be found.
"""

from collections.abc import Mapping
from typing import Any, Final

from guardrail_gw.core.body import Path
from guardrail_gw.dialects.parsed import wrong
from guardrail_gw.dialects.walk import Walk, free
from guardrail_gw.errors import BodyRefused

_TOKEN_DIGITS: Final = 6
"""No model has more than a million words."""
_MOST_BIAS: Final = 100
_TOKENS: Final = frozenset({"prompt_token_ids", "input_ids"})
"""Members in which servers of one's own take tokens beside a text or in its place."""


def biases(walk: Walk, value: Any, path: Path, place: str) -> None:  # noqa: ANN401 - JSON
    """Tokens and how likely they are made: numbers, as many as a model has words.

    A token's number has too few digits to be somebody's; it is seen in the last look all the same.
    """
    if type(value) is dict and all(map(_is_token, value)) and all(map(_is_bias, value.values())):
        walk.fixed.extend((name, place) for name in value)
    else:
        free(walk, value, path, place)


def _is_token(name: str) -> bool:
    return len(name) <= _TOKEN_DIGITS and name.isascii() and name.isdecimal()


def _is_bias(value: Any) -> bool:  # noqa: ANN401 - JSON
    return type(value) in (int, float) and -_MOST_BIAS <= value <= _MOST_BIAS


def texts(body: Mapping[str, Any], name: str) -> None:
    """Check that the member `name` holds texts, and that no other holds tokens.

    Names are compared without case, since some servers read them so.

    Raises:
        BodyRefused: `body.tokens`, `body.wrong_type`; names the member.
    """
    for key, value in body.items():
        folded = key.casefold()
        if folded == name and value is not None:
            _check(value, f"/{name}")
        elif folded in _TOKENS and value is not None:
            raise _tokens(f"/{folded}")


def _check(value: Any, place: str) -> None:  # noqa: ANN401 - JSON
    entries = value if type(value) is list else [value]
    for entry in entries:
        if type(entry) in (int, float) or type(entry) is list:
            raise _tokens(place)
        if type(entry) is not str:
            raise wrong(place, "a text or a list of texts")


def _tokens(place: str) -> BodyRefused:
    return BodyRefused(
        f"{place!r} holds a model's tokens, which cannot be scanned here; send the text itself",
        code="body.tokens",
    )
