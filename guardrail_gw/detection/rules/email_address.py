"""E-mail addresses: a local part, `@`, a domain name whose last label is letters.

Source: RFC 5321 section 4.1.2 and RFC 6531 (letters beyond ASCII), without quoted local parts and
address literals. No list of top-level domains: a name that is new tomorrow is an address today.
"""

import re
from collections.abc import Iterator

from guardrail_gw.core.text import Entity, Finding
from guardrail_gw.detection.rules.rule import Needs, Rule

ENTITY = Entity("EMAIL_ADDRESS")

_LOCAL_MAX = 64
_LOCAL_REVERSED = re.compile(r"[\w!#$%&'*+/=?^`{|}~.-]+")
_DOMAIN = re.compile(
    r"(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.){1,8}(?:xn--[a-z0-9-]{2,59}|[^\W\d_]{2,63})", re.IGNORECASE
)
_EDGE = ".'`/=&?*|{"
"""Allowed within a local part, but not what one begins with in running text."""


def find(text: str) -> Iterator[Finding]:
    """Yield each address, with score 1.0."""
    at = text.find("@")
    while at >= 0:
        domain = _DOMAIN.match(text, at + 1)
        local = _LOCAL_REVERSED.match(text[max(0, at - _LOCAL_MAX) : at][::-1])
        if domain and local and (length := len(local.group()[::-1].lstrip(_EDGE))):
            yield Finding(
                start=at - length, end=domain.end(), entity=ENTITY, score=1.0, recognizer="email"
            )
        at = text.find("@", at + 1)


RULE = Rule(
    name="email",
    entities=frozenset({ENTITY}),
    find=find,
    needs=Needs(marks=("@",)),
    valid=(
        "anna.schmidt@example.com",
        "mailto:jo+news@mail.example.co.uk?subject=x",
        "jürgen@bücher.example",
        '"to":"a@b.io"',
        "a@xn--bcher-kva.xn--p1ai",
        "'o'brien@example.ie'",
    ),
    invalid=(
        "anna at example.com",
        "@decorator",
        "x@localhost",
        "node@1.2.3",
        "@types/node",
        "a @b.io",
    ),
)
