"""What of a Messages request besides its body goes on: operation and two headers of closed form.

Source: Anthropic API reference, "Versioning" and "Beta headers", as read in 2026.
"""

import re
from collections.abc import Mapping
from typing import Final

from guardrail_gw.core.exchange import Head
from guardrail_gw.errors import HeaderRefused

MESSAGES: Final = "/messages"
COUNT_TOKENS: Final = "/messages/count_tokens"
VERSION: Final = "anthropic-version"
BETA: Final = "anthropic-beta"
OLDEST_VERSION: Final = "2023-06-01"
"""What is asked for in the name of a client that names none."""

_PREFIX: Final = "/v1"
_BETA_QUERY: Final = "beta=true"
_MAX_BETAS: Final = 32
_VERSION = re.compile(r"20[0-9]{2}-[01][0-9]-[0-3][0-9]")
_FEATURE = re.compile(
    r"[a-z][a-z0-9]{0,19}(?:-[a-z0-9]{1,20}){0,7}-20[0-9]{2}-?[01][0-9]-?[0-3][0-9]"
)
"""Words and the day on which the feature was first offered."""
_LONG_NUMBER = re.compile(r"[0-9]{5}")


def served() -> tuple[str, ...]:
    """Where clients ask, each also as beta."""
    plain = (_PREFIX + MESSAGES, _PREFIX + COUNT_TOKENS)
    return (*plain, *(f"{path}?{_BETA_QUERY}" for path in plain))


def read(target: str, headers: Mapping[str, str]) -> Head:
    """Read what a client sent with its body.

    Args:
        target: path and query as sent; of the query only `beta=true` goes on.
        headers: by names without case.

    Raises:
        HeaderRefused: a header is not of the form that the dialect gives it.
    """
    path, _, query = target.partition("?")
    operation = path.removeprefix(_PREFIX)
    beta = f"?{_BETA_QUERY}" if _BETA_QUERY in query.split("&") else ""
    version = headers.get(VERSION, OLDEST_VERSION).strip()
    if not _VERSION.fullmatch(version):
        raise HeaderRefused(f"the header {VERSION} is not a date such as {OLDEST_VERSION}")
    passed = [(VERSION, version)]
    if asked := headers.get(BETA, "").strip():
        passed.append((BETA, _features(asked)))
    return Head(path=operation + beta, headers=tuple(passed))


def is_count(head: Head) -> bool:
    """Whether only the tokens are to be counted."""
    return head.path.partition("?")[0] == COUNT_TOKENS


def _features(asked: str) -> str:
    names = [name.strip() for name in asked.split(",")]
    if len(names) > _MAX_BETAS or not all(map(_is_feature, names)):
        raise HeaderRefused(
            f"the header {BETA} must list at most {_MAX_BETAS} features, each of the form "
            "words-YYYY-MM-DD"
        )
    return ",".join(names)


def _is_feature(name: str) -> bool:
    return _FEATURE.fullmatch(name) is not None and not _LONG_NUMBER.search(_undated(name))


def _undated(name: str) -> str:
    return name[: -len("2026-01-01")] if name[-3] == "-" else name[: -len("20260101")]
