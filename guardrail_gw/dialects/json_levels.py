"""How deep a place in streamed JSON source stands in strings: JSON may hold JSON in a string.

What is put into a string within JSON that itself stands in a string must be escaped twice.
A string counts as JSON as long as what has been read of it is the beginning of a JSON object or
array; prose that only starts with a bracket soon is not.

Source: RFC 8259, sections 2 to 7.
"""

import re
from dataclasses import dataclass, field
from typing import Final

from guardrail_gw.core.body import MAX_DEPTH

MAX_LEVELS: Final = 6
"""One more than `walk.MAX_NESTING` allows a request, and one for the source itself."""

_SPACE: Final = " \t\r\n"
_SCALAR: Final = frozenset("+-.0123456789EINaefilnrstuy")
"""What numbers, `true`, `false`, `null`, and the `NaN` and `Infinity` of some are made of."""
_PLAIN: Final = re.compile(r'[^"\\]+')
_SHORT: Final = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_HEX: Final = 4


@dataclass(slots=True)
class JsonLevels:
    """Reads JSON source piece by piece; `level` is that of the place reached."""

    depth: int = 1
    """Of this reader; those of inner strings are deeper."""
    _expected: str = "value"
    """`value`, `item` (or `]`), `key`, `member` (a key or `}`), `:`, `,`, `scalar`; empty when
    this is not JSON."""
    _open: list[str] = field(default_factory=list)
    _in_string: bool = False
    _escape: str | None = field(default=None, repr=False)
    """What follows a backslash, as far as it is here."""
    _inner: "JsonLevels | None" = None

    @property
    def level(self) -> int:
        """How many strings of JSON the place is within, at least 1."""
        if self._inner is not None and self._inner.is_in_string:
            return self._inner.level
        return self.depth

    @property
    def is_in_string(self) -> bool:
        """Whether the place is in a string of this reader's JSON."""
        return self._in_string and bool(self._expected)

    def feed(self, text: str) -> None:
        """Read on; neither the cuts nor what follows a fault change anything."""
        at = 0
        while at < len(text) and self._expected:
            if not self._in_string:
                self._outside(text[at])
            elif self._escape is None and (plain := _PLAIN.match(text, at)) is not None:
                self._decoded(plain.group())
                at = plain.end()
                continue
            else:
                self._special(text[at])
            at += 1

    def _outside(self, char: str) -> None:
        if char in _SPACE:
            self._expected = "," if self._expected == "scalar" else self._expected
        elif char in _SCALAR and self._expected in {"value", "item", "scalar"}:
            self._expected = "scalar"
        elif char == '"' and self._expected in {"value", "item", "key", "member"}:
            self._in_string = True
            self._inner = None
        elif char in "{[" and self._expected in {"value", "item"} and len(self._open) < MAX_DEPTH:
            self._open.append(char)
            self._expected = "member" if char == "{" else "item"
        else:
            self._punctuation(char)

    def _punctuation(self, char: str) -> None:
        within = self._open[-1] if self._open else ""
        after = self._expected in {",", "scalar"}
        if char == ":" and self._expected == ":":
            self._expected = "value"
        elif char == "," and after and within:
            self._expected = "key" if within == "{" else "value"
        elif char in "}]" and within + char in {"{}", "[]"} and (after or self._is_empty()):
            self._open.pop()
            self._expected = ","
        else:
            self._expected = ""

    def _is_empty(self) -> bool:
        return self._expected in {"member", "item"}

    def _special(self, char: str) -> None:
        """A quote, a backslash or what follows one, within a string."""
        if self._escape is not None:
            self._escaped(self._escape + char)
        elif char == "\\":
            self._escape = ""
        elif char == '"':
            self._in_string = False
            self._inner = None
            self._expected = ":" if self._is_key() else ","
        else:
            self._decoded(char)

    def _is_key(self) -> bool:
        return self._expected in {"key", "member"}

    def _escaped(self, escape: str) -> None:
        if escape[0] != "u":
            self._escape = None
            self._decoded(_SHORT.get(escape, escape))
        elif len(escape) <= _HEX:
            self._escape = escape
        else:
            self._escape = None
            self._decoded(_character(escape[1:]))

    def _decoded(self, text: str) -> None:
        """Pass on what the string says, as long as that may be JSON."""
        if self._inner is None:
            begun = text.lstrip(_SPACE)
            if not begun or self.depth == MAX_LEVELS:
                return
            self._inner = JsonLevels(self.depth + 1, "value" if begun[0] in "{[" else "")
        self._inner.feed(text)


def _character(digits: str) -> str:
    try:
        return chr(int(digits, 16))
    except ValueError:
        return "\N{REPLACEMENT CHARACTER}"
