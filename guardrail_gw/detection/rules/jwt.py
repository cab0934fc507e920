"""Signed web tokens: three parts in base64url, of which the first is a JOSE header.

Source: RFC 7519, RFC 7515 section 3.1.
"""

import binascii
import json
import re
from base64 import urlsafe_b64decode
from collections.abc import Iterator

from guardrail_gw.core.text import Entity, Finding
from guardrail_gw.detection.rules.rule import Needs, Rule

ENTITY = Entity("JWT")

_TOKEN = re.compile(r"(?<![A-Za-z0-9_-])(eyJ[A-Za-z0-9_-]{8,})\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*")


def find(text: str) -> Iterator[Finding]:
    """Yield each token whose header names its algorithm with 1.0, others of the shape with 0.8."""
    for match in _TOKEN.finditer(text):
        score = 1.0 if _is_header(match.group(1)) else 0.8
        yield Finding(
            start=match.start(), end=match.end(), entity=ENTITY, score=score, recognizer="jwt"
        )


def _is_header(part: str) -> bool:
    try:
        header = json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        return False
    return isinstance(header, dict) and "alg" in header


RULE = Rule(
    name="jwt",
    entities=frozenset({ENTITY}),
    find=find,
    needs=Needs(marks=("eyj",), unbroken=20),
    valid=(
        "Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P",
        "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxMjM0In0.",
    ),
    invalid=("eyJhbGci", "one.two.three", "eyJhbGciOiJIUzI1NiJ9 eyJzdWIiOiIxMjM0In0"),
)
