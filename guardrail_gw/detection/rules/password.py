"""Passwords: beside their label, in an address, or in a connection string.

Source: RFC 3986 section 3.2.1 for addresses; the connection strings of ADO.NET, ODBC, JDBC and
Azure for `Password=`, `Pwd=`, `AccountKey=`. A value beside a label counts only when it mixes
letters with digits or signs: "password: string" is a schema, not a secret.
"""

import re
from collections.abc import Iterator

from guardrail_gw.core.text import Entity, Finding
from guardrail_gw.detection.rules.context import said
from guardrail_gw.detection.rules.placeholders import is_placeholder
from guardrail_gw.detection.rules.rule import Needs, Rule

ENTITY = Entity("PASSWORD")

_LABELS = (
    "password|passwd|passphrase|passcode|pwd|pw|passwort|kennwort|mot de passe|contraseña|"
    "wachtwoord|hasło|senha|palavra passe|parola|lösenord|adgangskode|passord|salasana|jelszó|"
    "heslo|geslo|lozinka|парола|κωδικός|parool|parole|slaptažodis|lykilorð|pasfhocal"
)
_IS = "is|ist|est|es|lautet"
_LABEL_WORDS = frozenset(
    (
        *("accountkey", "sharedaccesskey", "key"),
        *(
            label.split()[-1] + verb  # `Passwortist: ...`
            for label in _LABELS.split("|")
            for verb in ("", *_IS.split("|"))
        ),
    )
)
"""The last words of all labels, in lower case."""
_LABELLED = re.compile(
    rf"(?<![^\W_])(?:{_LABELS})[\"']?[ \t]{{0,4}}(?:[:=](?!=)|(?:{_IS})(?=[ :]):?)"
    r"[ \t]{0,4}[\"']?([^\s\"']{6,128})",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"(?<=://)[^\s/:@?#]{0,64}:([^\s/@?#]{3,128})@")
_CONNECTION = re.compile(
    r"(?<![^\W_])(?:password|pwd|accountkey|sharedaccesskey|shared access key|secret access "
    r"key)[ ]?=[ ]?"
    r"([^\s;\"'&<>]{3,256})(?=;)|"
    r"(?<![^\W_])(?:accountkey|sharedaccesskey)[ ]?=[ ]?([A-Za-z0-9+/=]{20,128})",
    re.IGNORECASE,
)
_CLOSING = ".,;:)]}>"


def find(text: str) -> Iterator[Finding]:
    """Yield values: 0.75 beside a label, 0.9 in an address or connection string."""
    is_labelled = said(text, _LABEL_WORDS)
    for match in _LABELLED.finditer(text) if is_labelled else ():
        value = match.group(1).rstrip(_CLOSING)
        if _mixed(value) and not is_placeholder(value):
            yield _finding(match.start(1), match.start(1) + len(value), 0.75)
    for match in _ADDRESS.finditer(text):
        if not is_placeholder(match.group(1)):
            yield _finding(match.start(1), match.end(1), 0.9)
    for match in _CONNECTION.finditer(text) if is_labelled else ():
        group = 1 if match[1] else 2
        if not is_placeholder(match[group]):
            yield _finding(*match.span(group), 0.9)


def _mixed(value: str) -> bool:
    has_letter = any(character.isalpha() for character in value)
    has_other = any(character.isdigit() or character in "!@#$%^&*+?~" for character in value)
    return has_letter and has_other and not any(mark in value for mark in "([{")


def _finding(start: int, end: int, score: float) -> Finding:
    return Finding(start=start, end=end, entity=ENTITY, score=score, recognizer="password")


RULE = Rule(
    name="password",
    entities=frozenset({ENTITY}),
    find=find,
    needs=Needs(
        marks=("://",),
        terms=tuple(sorted(_LABEL_WORDS)),
        reach=320,
    ),
    valid=(
        "password: hunter2!x",
        "My password is Tr0ub4dor&3.",
        'DB_PASSWORD="s3cr3tpw"',
        "Passwort lautet Geheim123",
        "my pw: Sommer2024!",
        "postgres://admin:s3cret@db.example/main",
        "mongodb+srv://app:p4ss-word@cluster.example",
        "Server=db;User Id=sa;Password=Str0ng;Encrypt=true",
        "AccountName=x;AccountKey=" + "a1B2" * 21 + "==;EndpointSuffix=core",
    ),
    invalid=(
        "password: string",
        "if password == 'x1y2z3w4':",
        "the password is required",
        "password = get_password1()",
        "https://example.com:8080/x@y",
        "postgres://user:${DB_PASSWORD}@host/db",
        "postgres://user:password@host/db",
        "password: YOUR_PASSWORD1",
        "password = auth[2]",
    ),
)
