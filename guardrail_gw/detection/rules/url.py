"""Internet addresses that begin with a scheme or `www`.

Source: RFC 3986; RFC 3987 for letters beyond ASCII. An address without either is not looked for:
`web.App` and `params.me` are code (four fifths of what stock recognizers report in source text).
Most addresses name a document, not a person, and score low; one that names an account is personal.
A password within an address is found by `password`.
"""

import re
from collections.abc import Iterator

from guardrail_gw.core.text import Entity, Finding
from guardrail_gw.detection.rules.rule import Needs, Rule

ENTITY = Entity("URL")

_ADDRESS = re.compile(
    r"(?<![\w.@/-])(?:(?:https?|ftps?|sftp|wss?|ssh|ldaps?)://|www\.(?=[\w-]{1,63}\.))"
    r"[^\s<>\"'`{}|\\^]{1,2048}",
    re.IGNORECASE,
)
_TRAILING = ".,;:!?*_"
_BRACKETS = {")": "(", "]": "["}
_ACCOUNT = re.compile(
    r"://[^/?#]{0,256}@|/(?:~|@|%40)\w|/(?:users?|u|in|profiles?|members?|people|author)/[\w.%-]"
    r"|[?&](?:user|username|email|e?mail|name|login|uid|phone)=[^&]",
    re.IGNORECASE,
)
_EMPTY = re.compile(r"(?:\w+://)?(?:www\.)?", re.IGNORECASE)


def find(text: str) -> Iterator[Finding]:
    """Yield addresses: 0.7 when it names an account, 0.4 otherwise."""
    for match in _ADDRESS.finditer(text):
        written = _without_what_follows(match.group())
        if _EMPTY.fullmatch(written):
            continue
        score = 0.7 if _ACCOUNT.search(written) else 0.4
        start = match.start()
        yield Finding(
            start=start, end=start + len(written), entity=ENTITY, score=score, recognizer="url"
        )


def _without_what_follows(written: str) -> str:
    """Punctuation behind an address is the sentence's; so is a bracket not opened within."""
    while written:
        last = written[-1]
        opening = _BRACKETS.get(last)
        if last not in _TRAILING and not (opening and written.count(opening) < written.count(last)):
            break
        written = written[:-1]
    return written


RULE = Rule(
    name="url",
    entities=frozenset({ENTITY}),
    find=find,
    needs=Needs(marks=("://",), terms=("www",)),
    valid=(
        "https://example.com/a?b=c.",
        "see www.example.org/~anna",
        "(http://example.com/x_(y))",
        "ftp://files.example.net",
        "https://social.example/users/jane.doe",
    ),
    invalid=("web.App", "example.com", "params.me", "http://", "www.", "s3://bucket/key"),
)
