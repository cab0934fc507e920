"""What is taken of an answer when it is heard; what is something else ends it as broken."""

from collections.abc import Mapping
from typing import Any

from guardrail_gw.errors import UpstreamBroken


class Uncarried(UpstreamBroken):
    """An answer with a part for which the client's dialect has no words: nobody's failure."""


def uncarried(what: str) -> Uncarried:
    """The fault of an answer that cannot be told on.

    Args:
        what: `part`, `item`: what the provider's dialect calls it.
    """
    return Uncarried(f"the answer has a {what} that the client's dialect cannot carry")


def text(value: Any) -> str:  # noqa: ANN401 - JSON
    """Text that must be there."""
    if not isinstance(value, str):
        raise UpstreamBroken("the answer has something else where its text should be")
    return value


def items(value: Any) -> list[Any]:  # noqa: ANN401 - JSON
    """A list that must be there."""
    if not isinstance(value, list):
        raise UpstreamBroken("the answer has something else where a list should be")
    return value


def content(value: Any) -> Mapping[str, Any]:  # noqa: ANN401 - JSON
    """An object that must be there."""
    if not isinstance(value, dict):
        raise UpstreamBroken("the answer has something else where an object should be")
    return value


def word(value: Any) -> str:  # noqa: ANN401 - JSON
    """Text that may be missing."""
    return value if isinstance(value, str) else ""


def number(value: Any) -> int:  # noqa: ANN401 - JSON
    """A number that may be missing."""
    return value if type(value) is int else 0
