r"""Escapes that stand for characters: `%40`, `\u0040`, `\x40`, `&#64;`, `&commat;`, `\n`.

What decodes to nothing readable stays as it is written. A run of bytes is read as UTF-8, each byte
that is none by itself, so that a broken byte in front hides nothing behind it.

Source: RFC 3986 section 2.1 (%XX); ECMA-262 annex B.2.1 (%uXXXX) and 12.9.4; the Python language
reference, 2.4.1; RFC 8259 section 7; the HTML standard, 13.5 (named character references);
RFC 2045 section 6.7 (quoted-printable).
"""

import re
import unicodedata
from collections.abc import Iterator
from html.entities import html5

from guardrail_gw.detection.normalise.layer import Edit, Layer, rewritten
from guardrail_gw.detection.rules.window import Whole

_HEX = "[0-9A-Fa-f]"
_ESCAPED = re.compile(
    rf"(?P<percent>(?:%{_HEX}{{2}})+)"
    rf"|(?P<utf16>(?:\\u{_HEX}{{4}}|%u{_HEX}{{4}})+)"
    rf"|(?P<bytes>(?:\\x{_HEX}{{2}})+)"
    rf"|\\u\{{(?P<braced>{_HEX}{{1,6}})\}}|\\U(?P<long>{_HEX}{{8}})"
    r"|\\N\{(?P<name>[A-Za-z0-9 -]{1,60})\}"
    r"|\\(?P<space>[nrt])"
    rf"|&#(?:(?P<decimal>[0-9]{{1,7}})|[xX](?P<hex>{_HEX}{{1,6}}));?"
    r"|&(?P<entity>[A-Za-z][A-Za-z0-9]{1,31};)"
)
_PRINTABLE = re.compile(
    r"(?P<soft>=[ \t]{0,4}\r?\n)|(?P<quoted>(?:=[0-9A-F]{2})+)|\\(?P<octal>[01][0-7]{2})"
)
_LONGEST_UTF8 = 4
_SPACES = {"n": "\n", "r": "\r", "t": "\t"}
_HIGH, _LOW, _BEHIND, _LAST = 0xD800, 0xDC00, 0xE000, 0x10FFFF
"""Surrogates: the first halves, the second halves, what follows them; the last code point."""
_UNIT_CHARS = 6
"""How long `\\uXXXX` is."""


def unescaped(text: str) -> Layer | None:
    """Make the copy with escapes decoded once; None when there are none."""
    return rewritten(text, _edits(text)) if may_be_escaped(text) else None


def may_be_escaped(text: str) -> bool:
    """Whether it has a character with which escapes begin."""
    return "%" in text or "\\" in text or "&" in text


def unprinted(whole: Whole) -> Layer | None:
    r"""Make the copy with quoted-printable and octal escapes decoded.

    `=40` and `\100` are ordinary in code and in addresses, so this is a second reading only.
    """
    text = whole.text
    if "=" not in text and "\\" not in text:
        return None
    return rewritten(text, _printed(text))


def _edits(text: str) -> Iterator[Edit]:
    for match in _ESCAPED.finditer(text):
        kind, start = str(match.lastgroup), match.start()
        if kind in ("percent", "bytes"):
            width = 3 if kind == "percent" else 4
            yield from _bytes(match.group(), start, width=width, latin=kind == "bytes")
        elif kind == "utf16":
            yield from _units(match.group(), start)
        elif (new := _single(kind, match.group(kind))) and readable(new):
            yield Edit(start, match.end(), new)


def _printed(text: str) -> Iterator[Edit]:
    for match in _PRINTABLE.finditer(text):
        if match.lastgroup == "soft":
            yield Edit(match.start(), match.end(), "")
        elif match.lastgroup == "quoted":
            yield from _bytes(match.group(), match.start(), width=3, latin=False)
        elif readable(new := chr(int(match.group("octal"), 8))):
            yield Edit(match.start(), match.end(), new)


def _single(kind: str, written: str) -> str:
    if kind == "space":
        return _SPACES[written]
    if kind == "entity":
        return html5.get(written, "")
    if kind == "name":
        try:
            return unicodedata.lookup(written)
        except KeyError:
            return ""
    code = int(written, 10 if kind == "decimal" else 16)
    return "" if _HIGH <= code < _BEHIND or code > _LAST else chr(code)


def _units(run: str, start: int) -> Iterator[Edit]:
    """UTF-16 code units of six characters each; half a surrogate pair stays as it is."""
    codes = [int(run[at + 2 : at + _UNIT_CHARS], 16) for at in range(0, len(run), _UNIT_CHARS)]
    index = 0
    while index < len(codes):
        width = 2 if _HIGH <= codes[index] < _LOW and index + 1 < len(codes) else 1
        raw = b"".join(code.to_bytes(2, "big") for code in codes[index : index + width])
        try:
            new = raw.decode("utf-16-be")
        except UnicodeDecodeError:
            new, width = "", 1
        begins = start + index * _UNIT_CHARS
        if new and readable(new):
            yield Edit(begins, begins + width * _UNIT_CHARS, new)
        index += width


def _bytes(run: str, start: int, *, width: int, latin: bool) -> Iterator[Edit]:
    """Bytes of `width` characters each, the last two of them hexadecimal digits."""
    raw = bytes(int(run[at - 2 : at], 16) for at in range(width, len(run) + 1, width))
    index = 0
    while index < len(raw):
        new, count = _character(raw, index, latin=latin)
        begins = start + index * width
        if new and readable(new):
            yield Edit(begins, begins + count * width, new)
        index += count


def _character(raw: bytes, index: int, *, latin: bool) -> tuple[str, int]:
    """The character that begins at a byte, and how many bytes it has; none if it is broken."""
    if raw[index] < 0x80:  # noqa: PLR2004 - ASCII
        return chr(raw[index]), 1
    for count in range(2, _LONGEST_UTF8 + 1):
        try:
            return raw[index : index + count].decode(), count
        except UnicodeDecodeError:
            continue
    return (chr(raw[index]) if latin else ""), 1


def readable(text: str) -> bool:
    """Whether it holds no control character but white space."""
    return not any((c < " " and c not in "\t\r\n") or "\x7f" <= c < "\xa0" for c in text)
