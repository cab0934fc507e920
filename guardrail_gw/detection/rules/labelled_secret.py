"""Secrets without a shape of their own: random strings beside a word such as "api_key" or "Bearer".

Source: RFC 6750 section 2.1 and RFC 7617 for the `Authorization` header. How random a string is, is
told by the Shannon entropy of its characters: identifiers and words have less than random strings.
"""

import re
from collections import Counter
from collections.abc import Iterator
from math import log2

from guardrail_gw.core.text import Entity, Finding
from guardrail_gw.detection.rules.placeholders import is_placeholder
from guardrail_gw.detection.rules.rule import Needs, Rule

ENTITY = Entity("API_KEY")

_LABELLED = re.compile(
    r"(?<![^\W_])(?:api[-_ ]?keys?|access[-_ ]?keys?|secret[-_ ]?access[-_ ]?key|"
    r"secret[-_ ]?keys?|client[-_ ]?secret|"
    r"app[-_ ]?secret|auth[-_ ]?tokens?|access[-_ ]?tokens?|refresh[-_ ]?tokens?|"
    r"bot[-_ ]?token|api[-_ ]?tokens?|"
    r"account[-_ ]?key|subscription[-_ ]?key|encryption[-_ ]?key|signing[-_ ]?key|"
    r"private[-_ ]?key|webhook[-_ ]?secret|"
    r"personal[-_ ]?access[-_ ]?token|credentials?|secret|token|x-api-key|apikey|"
    r"schlüssel|zugangsschlüssel|clé|clave|chiave|klucz|sleutel)"
    r"[\"'`]?[ \t]{0,3}(?:[:=]>?|is|ist|est|es|è)[ \t]{0,3}[\"'`]?([A-Za-z0-9+/_=.~-]{16,"
    r"512})(?![^\s\"'`,;)}\]<&.])",
    re.IGNORECASE,
)
_BEARER = re.compile(
    r"(?<![^\W_])(?:Bearer|Basic|Token|ApiKey)[ ]{1,2}([A-Za-z0-9+/_=.~-]{16,"
    r"512})(?![A-Za-z0-9+/_=~-])"
)
_LEAST_BITS = 3.2
"""Per character: hexadecimal of 32 characters has 3.6, words written together 3."""
_LEAST_DIGITS = 2


def find(text: str) -> Iterator[Finding]:
    """Yield each random string: 0.8 beside its label or scheme."""
    for pattern in (_LABELLED, _BEARER):
        for match in pattern.finditer(text):
            value = match.group(1).rstrip(".")
            if _is_random(value):
                start = match.start(1)
                yield Finding(
                    start=start,
                    end=start + len(value),
                    entity=ENTITY,
                    score=0.8,
                    recognizer="labelled_secret",
                )


def _is_random(value: str) -> bool:
    digits = sum(character.isdigit() for character in value)
    if digits < _LEAST_DIGITS or value.isdigit() or is_placeholder(value):
        return False
    return any(c.isalpha() for c in value) and entropy(value) >= _LEAST_BITS


def entropy(value: str) -> float:
    """Bits per character, by how often each character occurs."""
    shares = [count / len(value) for count in Counter(value).values()]
    return -sum(share * log2(share) for share in shares)


RULE = Rule(
    name="labelled_secret",
    entities=frozenset({ENTITY}),
    find=find,
    needs=Needs(
        marks=(
            "key",
            "secret",
            "token",
            "credential",
            "bearer",
            "basic ",
            "schlüssel",
            "clé",
            "clave",
            "chiave",
            "klucz",
            "sleutel",
        ),
        digits=1,
        unbroken=16,
        reach=64,
    ),
    valid=(
        "api_key=9f86d081884c7d659a2feaa0c55ad015",
        'client_secret: "Zx81kLm0Qw92ErT5yUi7"',
        "Authorization: Bearer a8Kd02LmZq81Xw7Rt5Yp",
        "aws_secret_access_key = wJalrXUtnFEMIK7MDENGbPxRfiCY3zq8Lm0R",
        'MISTRAL_API_KEY="q8Wk2Zp0Lm5Xr7Tn1Vb4Cd9Ey6Hs3Ju"',
    ),
    invalid=(
        "api_key=YOUR_API_KEY_1234567",
        "api_key=${API_KEY_2_FROM_ENV}",
        "token = self.next_token_from_stream2",
        "secret: xxxxxxxxxxxxxxxxxxxx11",
        "access_token: string",
        "key=1234567890123456",
        "the token is authentication_for_users",
    ),
)
