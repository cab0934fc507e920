"""Names of accounts: `@name` in prose, and what stands beside a word for a user name.

Source: the rules for handles of the large networks (letters, digits, underscore; 2 to 30 of them);
Matrix specification 1.11, user identifiers. An at sign is also an operator, so what annotations,
documentation tags, style sheets, queries and packages write is no handle: a call or an attribute
behind it, a line of its own, an assignment, and the names in `_KEYWORDS`.
"""

import re
from collections.abc import Iterator

from guardrail_gw.core.text import Entity, Finding
from guardrail_gw.detection.rules.context import said
from guardrail_gw.detection.rules.rule import Needs, Rule
from guardrail_gw.detection.rules.username_words import (
    ACCOUNTS,
    KEYWORDS,
    LABEL_WORDS,
    LABELS,
    THINGS,
)

ENTITY = Entity("USERNAME")

_LOOK_BACK = 64
_HANDLE = re.compile(
    r"@(?<![\w@/.:$%&+=#~\\{<-].)(?<![=(] .)(?<!\w[(\[].)(?P<name>(?=[0-9_]{0,20}[A-Za-z])\w{2,30})"
    r"(?P<host>:[a-z0-9-]{1,40}(?:\.[a-z0-9-]{1,40}){1,4})?"
    r"(?![\w@(\[{/=\\+*-]|\.[A-Za-z_]|:[:/]|[ \t]*(?:[-+*/|]?=|:=|\(|\{|=>))",
    re.ASCII,
)
_TIME = re.compile(r"[0-9]+(?:am|pm|[kxh]|st|nd|rd|th|fps|hz|px)?\Z", re.IGNORECASE)
_THING = re.compile(rf"[`'\")]?[ ](?:{THINGS})\b", re.IGNORECASE)
_LINE_END = re.compile(r"[ \t]*(\r?\n|\Z)")
_INDENT = re.compile(r"(?:\A|\n)[ \t*/#;]*\Z")
_LABELLED = re.compile(
    rf"(?<![^\W_])(?:{LABELS})[\"']?[ \t]{{0,3}}[:=][ \t]{{0,3}}[\"']?"
    r"(?P<value>[^\W_][\w.@+-]{1,38}[^\W_])(?![\w(\[{@/\\]|\.\w)",
    re.IGNORECASE,
)
_QUERY = re.compile(r"\b(?:DECLARE|SET|SELECT|EXEC|VALUES|WHERE|INTO)\b[^.!?\n]*\Z")
_LABEL_WORDS = frozenset(LABEL_WORDS)
_SIGNS = re.compile(r"[._+-]")
_MIXED = re.compile(r"[0-9._+-]")


def find(text: str) -> Iterator[Finding]:
    """Yield handles with 0.6, names beside their label with 0.7 or, of letters alone, 0.5."""
    for match in _HANDLE.finditer(text):
        if _is_handle(text, match):
            yield _finding(*match.span(), score=0.6)
    for match in _LABELLED.finditer(text) if said(text, _LABEL_WORDS) else ():
        value = match["value"]
        if ACCOUNTS.isdisjoint(_SIGNS.split(value.lower())):
            yield _finding(*match.span("value"), score=0.7 if _MIXED.search(value) else 0.5)


def _is_handle(text: str, match: re.Match[str]) -> bool:
    name = match["name"]
    if match["host"]:
        return True
    if name.lower() in KEYWORDS or _TIME.match(name) or _THING.match(text, match.end()):
        return False
    before = text[max(0, match.start() - _LOOK_BACK) : match.start()]
    return not _is_decorator(before, text, match.end()) and not _QUERY.search(before)


def _is_decorator(before: str, text: str, end: int) -> bool:
    """Whether nothing else stands on the line, and there are others."""
    line_end = _LINE_END.match(text, end)
    if line_end is None or not _INDENT.search(before):
        return False
    return bool(line_end[1]) or "\n" in before


def _finding(start: int, end: int, *, score: float) -> Finding:
    return Finding(start=start, end=end, entity=ENTITY, score=score, recognizer="username")


RULE = Rule(
    name="username",
    entities=frozenset({ENTITY}),
    find=find,
    needs=Needs(
        marks=("@",),
        terms=LABEL_WORDS,
        reach=96,
    ),
    valid=(
        "thanks @anna_schmidt85 for the help",
        "@mkowalska see you tomorrow",
        "ask (@annaschmidt) or @jo99.",
        "talk to @anna:example.org",
        "username: jsmith42",
        '"login": "anna.schmidt"',
        "Benutzername: aschmidt7",
        "nom d'utilisateur : a.dupont",
        "nazwa użytkownika: kowalska_a",
        "όνομα χρήστη: maria.p",
        "user name = jsmith",
        "nome de usuário: joaosilva",
    ),
    invalid=(
        "@pytest.fixture",
        "@dataclass(frozen=True)",
        "the @Override annotation",
        "def f():\n    @cached\n    def g(): ...",
        "@param name the name",
        "@media screen",
        "npm install @types/node @babel/core",
        "git push @{u}",
        "mail anna@example.org now",
        "@count = 0",
        "SELECT name FROM t WHERE id = @id",
        "DECLARE @total INT",
        "//book[@lang='en']",
        "cellfun(@isempty, x)",
        "meet @ 5pm or @5pm",
        "the @property decorator",
        "$x = @file('a');",
        "@if (user) {",
        "username: string",
        "username=username",
        "username: ${USER}",
        "username: your_name",
        "INSERT INTO t VALUES (@a1, @b2)",
    ),
)
