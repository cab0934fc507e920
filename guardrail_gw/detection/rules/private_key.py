"""Private keys in PEM and PuTTY's format: from the first line to the last, or as far as they reach.

Source: RFC 7468 section 2 (labels ending in PRIVATE KEY), RFC 4880 section 6.2 (OpenPGP armour),
appendix C of PuTTY's manual (PPK). age's secret keys have a prefix and belong to `api_key`. A
key that is cut off is still a key: without its end the base64 behind the first line counts, without
its beginning the base64 before the last.
"""

import re
from collections.abc import Iterator

from guardrail_gw.core.text import Entity, Finding
from guardrail_gw.detection.rules.rule import Needs, Rule

ENTITY = Entity("PRIVATE_KEY")

_MARK = re.compile(r"-----(BEGIN|END) [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
_BODY = re.compile(r"(?:[ \t]*(?:\\[nr]|[\r\n])+(?:[A-Za-z0-9-]+: [^\r\n]*|[A-Za-z0-9+/=]*))*")
_BODY_REVERSED = re.compile(r"[A-Za-z0-9+/=\s\\]*")
_PUTTY = re.compile(
    r"PuTTY-User-Key-File-[0-9]: [^\r\n]{1,40}(?:(?:\\[nr]|[\r\n])+(?:[A-Za-z0-9-]{1,24}: "
    r"[^\r\n\\]{0,200}|[A-Za-z0-9+/=]{1,80})){1,400}"
)
_LONGEST = 16_384


def find(text: str) -> Iterator[Finding]:
    """Yield each key, with score 1.0."""
    begin = None
    for mark in _MARK.finditer(text):
        if mark.group(1) == "BEGIN":
            if begin:
                yield _finding(begin.start(), _reach(text, begin.end()))
            begin = mark
        elif begin:
            yield _finding(begin.start(), mark.end())
            begin = None
        else:
            yield _finding(_reach_back(text, mark.start()), mark.end())
    if begin:
        yield _finding(begin.start(), _reach(text, begin.end()))
    for putty in _PUTTY.finditer(text):
        yield _finding(*putty.span())


def _reach(text: str, start: int) -> int:
    body = _BODY.match(text, start, start + _LONGEST)
    return body.end() if body else start


def _reach_back(text: str, end: int) -> int:
    body = _BODY_REVERSED.match(text[max(0, end - _LONGEST) : end][::-1])
    return end - len(body.group()) if body else end


def _finding(start: int, end: int) -> Finding:
    return Finding(start=start, end=end, entity=ENTITY, score=1.0, recognizer="private_key")


_SAMPLE = "MC4CAQAwBQYDK2VwBCIEIJ+DYvh6SEqVTm50DFtMDoQikTmiCqirVv9mWG9qfSnF"

RULE = Rule(
    name="private_key",
    entities=frozenset({ENTITY}),
    find=find,
    needs=Needs(marks=("-----", "putty-user-key-file-")),
    valid=(
        f"-----BEGIN PRIVATE KEY-----\n{_SAMPLE}\n-----END PRIVATE KEY-----",
        f"-----BEGIN EC PRIVATE KEY-----\n{_SAMPLE}",
        f"{_SAMPLE}\n-----END RSA PRIVATE KEY-----",
        f"-----BEGIN OPENSSH PRIVATE KEY-----\\n{_SAMPLE}\\n-----END OPENSSH PRIVATE KEY-----",
        f"PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\nPrivate-Lines: 1\n{_SAMPLE}",
    ),
    invalid=("-----BEGIN PUBLIC KEY-----", "-----BEGIN CERTIFICATE-----", "BEGIN PRIVATE KEY"),
)
