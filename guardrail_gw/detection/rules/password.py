"""Passwords: beside their label, or between user and host in an address.

Source: RFC 3986 section 3.2.1 for addresses. A value beside a label counts only when it mixes
letters with digits or signs: "password: string" is a schema, not a secret.
"""

import re
from collections.abc import Iterator

from guardrail_gw.core.text import Entity, Finding
from guardrail_gw.detection.rules.rule import Rule

ENTITY = Entity("PASSWORD")

_LABELLED = re.compile(
    r"(?<![^\W_])(?:password|passwd|passphrase|pwd|passwort|kennwort|mot de passe|contraseña|"
    r"wachtwoord|"
    r"hasło|senha|parola|lösenord)[\"']?[ \t]{0,4}(?:[:=](?!=)|(?:is|ist|est|es|lautet)(?=[ :]):?)"
    r"[ \t]{0,4}[\"']?([^\s\"']{6,128})",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"(?<=://)[^\s/:@?#]{0,64}:([^\s/@?#]{3,128})@")
_CLOSING = ".,;:)]}>"


def find(text: str) -> Iterator[Finding]:
    """Yield values: 0.75 beside a label, 0.9 within an address."""
    for match in _LABELLED.finditer(text):
        value = match.group(1).rstrip(_CLOSING)
        if _mixed(value):
            yield _finding(match.start(1), match.start(1) + len(value), 0.75)
    for match in _ADDRESS.finditer(text):
        yield _finding(match.start(1), match.end(1), 0.9)


def _mixed(value: str) -> bool:
    has_letter = any(character.isalpha() for character in value)
    has_other = any(character.isdigit() or character in "!@#$%^&*+?~" for character in value)
    return has_letter and has_other and not value.endswith("(") and "(" not in value


def _finding(start: int, end: int, score: float) -> Finding:
    return Finding(start=start, end=end, entity=ENTITY, score=score, recognizer="password")


RULE = Rule(
    name="password",
    entities=frozenset({ENTITY}),
    find=find,
    valid=(
        "password: hunter2!x",
        "My password is Tr0ub4dor&3.",
        'DB_PASSWORD="s3cr3tpw"',
        "Passwort lautet Geheim123",
        "postgres://admin:s3cret@db.example/main",
    ),
    invalid=(
        "password: string",
        "if password == 'x1y2z3w4':",
        "the password is required",
        "password = get_password1()",
        "https://example.com:8080/x@y",
    ),
)
