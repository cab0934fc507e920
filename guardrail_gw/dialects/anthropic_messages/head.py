"""What of a Messages request besides its body goes on: operation and two headers of closed form.

A feature named in words that nobody knows is left out, on record; one of another form is refused.

Source: Anthropic API reference, "Versioning" and "Beta headers", as read in 2026.
"""

from collections.abc import Mapping
from typing import Final

from guardrail_gw.core.exchange import Head
from guardrail_gw.dialects import paths
from guardrail_gw.dialects.anthropic_messages import betas
from guardrail_gw.errors import HeaderRefused

MESSAGES: Final = "/messages"
COUNT_TOKENS: Final = "/messages/count_tokens"
VERSION: Final = "anthropic-version"
BETA: Final = "anthropic-beta"
OLDEST_VERSION: Final = "2023-06-01"
"""What is asked for in the name of a client that names none."""

_BETA_QUERY: Final = "beta=true"
_MAX_BETAS: Final = 32
_FEATURES_PLACE: Final = f"header {BETA}"
"""What is on record where a feature does not go on."""


def served() -> tuple[str, ...]:
    """Where clients ask, each also as beta."""
    plain = paths.anthropic(MESSAGES, COUNT_TOKENS)
    return (*plain, *(f"{path}?{_BETA_QUERY}" for path in plain))


def read(target: str, headers: Mapping[str, str]) -> Head:
    """Read what a client sent with its body.

    Args:
        target: path and query as sent; of the query only `beta=true` goes on.
        headers: by names without case.

    Raises:
        HeaderRefused: a header is not of the form that the dialect gives it.
    """
    operation = paths.operation(target, (MESSAGES, COUNT_TOKENS))
    more = beta(target)
    named, left_out = passed(headers)
    return Head(path=f"{operation}?{more}" if more else operation, headers=named, left_out=left_out)


def beta(target: str) -> str:
    """What goes on of a query: that the operation is asked for as beta, if it is."""
    return _BETA_QUERY if _BETA_QUERY in target.partition("?")[2].split("&") else ""


def passed(headers: Mapping[str, str]) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
    """The headers that go on, and the places of those of which something does not.

    Raises:
        HeaderRefused: a header is not of the form that the dialect gives it.
    """
    version = headers.get(VERSION, OLDEST_VERSION).strip()
    if not betas.is_day(version):
        raise HeaderRefused(f"the header {VERSION} is not a date such as {OLDEST_VERSION}")
    named = [(VERSION, version)]
    asked = _features(headers.get(BETA, "").strip())
    known = [name for name in asked if betas.is_known(name)]
    if known:
        named.append((BETA, ",".join(known)))
    return tuple(named), (_FEATURES_PLACE,) if len(known) < len(asked) else ()


def is_count(head: Head) -> bool:
    """Whether only the tokens are to be counted."""
    return head.path.partition("?")[0] == COUNT_TOKENS


def _features(asked: str) -> list[str]:
    """The features that a header lists."""
    names = [name.strip() for name in asked.split(",")] if asked else []
    if len(names) > _MAX_BETAS or not all(map(betas.is_dated, names)):
        raise HeaderRefused(
            f"the header {BETA} must list at most {_MAX_BETAS} features, each of the form "
            "words-YYYY-MM-DD"
        )
    return names
