"""Strings that a provider made and a client only carries: ids, and texts that it alone can read.

An id is taken for one if it has a provider's form to the letter, and looks as if dice had made it:
what a person chose (a name, a number, an address) does not, whatever stands before it. Everything
else in the place of an id is scanned like a text, short ids and those of small letters among it.

Sources: ids in recorded traffic of the providers; the SDKs openai 3.57.0 and anthropic 2.14.0.
"""

import re
from itertools import pairwise
from typing import Any, Final

from guardrail_gw.core.body import Path
from guardrail_gw.core.kept import Kept, Recall
from guardrail_gw.dialects.foreign import is_foreign, is_ours
from guardrail_gw.dialects.media import is_sealed
from guardrail_gw.dialects.walk import Walk, free, name
from guardrail_gw.errors import BodyRefused

_ANYBODY: Final = (
    *("call", "msg", "fc", "rs", "ctc", "ws", "fs", "ci", "ig", "tsc", "tso", "cmp", "cntr"),
    *("resp", "conv", "mcp", "mcpl", "mcpr", "cu", "lsh", "sh", "apc", "prog", "chatcmpl", "cmpl"),
    *("chatcmpl-tool", "tooluse", "toolu", "srvtoolu", "mcptoolu"),
)
"""What ids of several providers begin with."""
_NUMBERED: Final = re.compile(
    rf"(?:{'|'.join(_ANYBODY)})[_-](?P<rest>[0-9a-f]{{16,64}}|[0-9a-z]{{40,64}})"
)
_UUID: Final = re.compile(
    rf"(?:{'|'.join(_ANYBODY)})[_-](?P<rest>[0-9a-f]{{8}}(?:-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}})"
)
_LONG: Final = re.compile(r"[a-z]{2,6}_(?P<rest>[0-9a-f]{48,64})")
"""Of every kind, those that are only named later among them."""
_MIXED: Final = re.compile(
    r"(?:msg|toolu|srvtoolu|mcptoolu|container|toolu_(?:bdrk|vrtx))_01(?P<anthropic>[1-9A-HJ-NP-Za-km-z]{22})"
    r"|(?:call|ctc|fc)_(?P<openai>[A-Za-z0-9]{24})"
    r"|call_00_(?P<deepseek>[A-Za-z0-9]{24})"
    r"|tooluse_(?P<bedrock>[A-Za-z0-9_-]{22})"
    r"|(?:chatcmpl|cmpl)-(?P<answer>[A-Za-z0-9]{29})"
)
"""Forms of capitals, small letters and digits: how many there are is a part of each."""
_HEX: Final = re.compile("[0-9a-f]+")
_DIGITS: Final = re.compile(r"[0-9]{7}")
"""A number of somebody's may be within."""
_TOKEN: Final = re.compile(r"[A-Z]?[a-z]{3,}")
_YEARS: Final = re.compile(r"[0-9]{4,}")
_VOWEL: Final = re.compile("[aeiouy]", re.IGNORECASE)
_UNSPEAKABLE: Final = re.compile("[b-df-hj-np-tv-xz]{5}", re.IGNORECASE)
_MOST_WORDS: Final = 0.65
"""Of all signs, those of what could be spoken, or be a year; few ids of dice have more."""
_LONG_HEX: Final = 32
"""No number of somebody's has so many hexadecimal digits."""
_MIDDLE_HEX: Final = 24
_MANY_DIGITS: Final = re.compile(r"[0-9]{9}")
_FEWEST_KINDS: Final = 8
_FEWEST_EACH: Final = 3
_FEWEST_CHANGES: Final = 0.25
"""Of all signs, those behind which a digit follows a letter or a letter a digit."""
_FILE_ID: Final = re.compile("[A-Za-z0-9_-]{1,128}")


def issued_id(walk: Walk, value: Any, path: Path, place: str) -> None:  # noqa: ANN401 - JSON
    """An id that a provider made; one that could be somebody's own words is scanned."""
    if type(value) is str and is_issued(value):
        walk.fixed.append((value, place))
    else:
        name(walk, value, path, place)


def kept_file(walk: Walk, value: Any, path: Path, place: str) -> None:  # noqa: ANN401 - JSON
    """The name of a file at a provider; before all else it is looked up whose that is.

    What cannot be such a name is scanned as well.
    """
    if type(value) is str and value:
        walk.files.append(Recall(kind=Kept.FILE, id=value, place=place))
    if type(value) is str and _FILE_ID.fullmatch(value):
        walk.fixed.append((value, place))
    else:
        name(walk, value, path, place)


def is_issued(value: str) -> bool:
    """Whether a text is an id that a provider made, and could be nothing else."""
    found = _LONG.fullmatch(value) or _UUID.fullmatch(value) or _NUMBERED.fullmatch(value)
    if found is not None:
        rest = found["rest"].replace("-", "")
        if _is_hex(rest) or (not _HEX.fullmatch(rest) and _is_numbered(rest)):
            return True
    mixed = _MIXED.fullmatch(value)
    return mixed is not None and _is_mixed(mixed[mixed.lastgroup or 0])


def _is_hex(text: str) -> bool:
    """Whether hexadecimal digits are those of dice: letters and digits, many of them different."""
    if not _HEX.fullmatch(text):
        return False
    letters = set(text) - set("0123456789")
    digits = sum(sign.isdigit() for sign in text)
    if min(digits, len(letters)) < _FEWEST_EACH or len(set(text)) < _FEWEST_KINDS:
        return False
    number = _DIGITS if len(text) < _MIDDLE_HEX else _MANY_DIGITS
    return len(text) >= _LONG_HEX or not number.search(text)


def _is_numbered(text: str) -> bool:
    """Whether small letters and digits change as those of dice do, and not as words and years."""
    changes = sum(one.isdigit() is not other.isdigit() for one, other in pairwise(text))
    return changes >= _FEWEST_CHANGES * len(text) and not _DIGITS.search(text)


def _is_mixed(text: str) -> bool:
    """Whether letters of both sizes, and digits, are those of dice and not of words."""
    words = sum(len(token) for token in _TOKEN.findall(text) if _is_spoken(token))
    words += sum(map(len, _YEARS.findall(text)))
    has_both = text.upper() != text and text.lower() != text
    return has_both and words <= _MOST_WORDS * len(text) and not _DIGITS.search(text)


def _is_spoken(token: str) -> bool:
    """Whether letters could be a word."""
    return _VOWEL.search(token) is not None and not _UNSPEAKABLE.search(token)


def sealed(walk: Walk, value: Any, path: Path, place: str) -> None:  # noqa: ANN401 - JSON
    """A signature or an encrypted text: only the provider can read it, and nobody may change it.

    What can be read all the same is free-form.

    Raises:
        BodyRefused: it has the mark of a seal of ours, and is none.
    """
    if is_foreign(value) and not is_ours(value):
        raise BodyRefused(
            f"the thought at {place!r} is not as it was told; leave it out, or send it unchanged",
            code="body.wrong_type",
        )
    if type(value) is not str or not is_sealed(value):
        free(walk, value, path, place)
