"""What of a text named-entity recognition is shown: a text as long, so that places stay the same.

Code is blank. Of JSON the names of members and bare identifiers are blank, and what a person may
have written is not: values of several words, and single names under a member that is about people.
A file's name is shown as words: `anna_schmidt_cv.pdf` reads `Anna Schmidt Cv.pdf`.

Source: RFC 8259 (members of objects, strings).
"""

import re
from collections.abc import Iterable, Sequence

from guardrail_gw.detection.regions import Region

_MEMBER = re.compile(
    r"(?P<key>[\"'][\w .$@/:-]{1,64}[\"'])\s{0,4}:\s{0,4}(?P<value>\"(?:[^\"\\\n]|\\.){0,4000}\")?"
)
_ITEM = re.compile(r"\"[^\"\s\\]{1,200}\"(?=\s{0,4}[,\]\n])")
_NEIGHBOUR = 80
_ITEM_BEFORE = re.compile(r"\"([^\"\s\\]{1,60})\"\s{0,8},\s{0,8}$")
_ITEM_BEHIND = re.compile(r"\s{0,8},\s{0,8}\"([^\"\s\\]{1,60})\"")
_IDENTIFIER = re.compile(r"[A-Z]{2,}|(?=\S*[0-9])(?=\S*[A-Za-z])[^@\s]+")
_JSON_MARKS = ('":', "':", '" :', '["', "[\n")
_JOINT = re.compile("['\u2019-]")
_ABOUT_PEOPLE = re.compile(
    r"name|nom\b|nombre|apellid|nome|naam|imi[eę]|nazwisko|jm[eé]no|p[rř]ijmen|person|customer"
    r"|client|kunde|patient|author|owner|contact|employee|sender|recipient|user|member|doctor|arzt"
    r"|manager|city|town|stadt|ort\b|ville|ciudad|citt|street|stra(?:ss|ß)e|rue|calle|add?ress"
    r"|country|land\b|pays|birthplace",
    re.IGNORECASE,
)
_ENDINGS = r"\.(?:pdf|docx?|odt|rtf|txt|xlsx?|csv|pptx?|jpe?g|png|eml|msg|zip)(?!\w)"
_FILE_END = re.compile(_ENDINGS, re.IGNORECASE)
_FILE = re.compile(
    rf"(?<![\w/.-])[^\W\d_]{{2,20}}(?:[_-][^\W_]{{1,20}}){{1,6}}{_ENDINGS}", re.IGNORECASE
)
_FILE_JOINT = re.compile(r"[_-]")


def shown(text: str, regions: Sequence[Region]) -> str:
    """The text for named-entity recognition; `regions` are code."""
    if regions:
        text = _blanked(text, regions)
    if any(mark in text for mark in _JSON_MARKS):
        text = _ITEM.sub(_item, _MEMBER.sub(_member, text))
    return _FILE.sub(_opened, text) if _FILE_END.search(text) else text


def _blanked(text: str, regions: Iterable[Region]) -> str:
    """Code of several lines as line ends: the sentence before it ends, and a name in it is seen."""
    parts: list[str] = []
    at = 0
    for start, end in regions:
        blank = "\n" if "\n" in text[start:end] else " "
        parts += (text[at:start], blank * (end - start))
        at = end
    return "".join([*parts, text[at:]])


def _member(match: re.Match[str]) -> str:
    value = match["value"]
    written = match.group()
    if value is None:
        return " " * len(written)
    is_read = " " in value.strip('" ') or (
        _ABOUT_PEOPLE.search(match["key"]) and all(map(_is_capitalised, _JOINT.split(value[1:-1])))
    )
    return " " * (len(written) - len(value)) + (value if is_read else " " * len(value))


def _item(match: re.Match[str]) -> str:
    written = match.group()
    is_read = _is_capitalised(written[1:-1]) and not _is_among_identifiers(match)
    return written if is_read else " " * len(written)


def _is_among_identifiers(item: re.Match[str]) -> bool:
    """Whether the item before or behind is one: `["AFL-3.0", "Aladdin"]` names licences."""
    text = item.string
    before = _ITEM_BEFORE.search(text, max(0, item.start() - _NEIGHBOUR), item.start())
    behind = _ITEM_BEHIND.match(text, item.end(), item.end() + _NEIGHBOUR)
    return any(n is not None and _IDENTIFIER.fullmatch(n[1]) for n in (before, behind))


def _is_capitalised(word: str) -> bool:
    return word.isalpha() and word[0].isupper() and not any(map(str.isupper, word[1:]))


def _opened(match: re.Match[str]) -> str:
    """A file's name as words: `anna_schmidt_cv.pdf` reads `Anna Schmidt Cv.pdf`."""
    written = match.group()
    dot = written.rindex(".")
    words = _FILE_JOINT.sub(" ", written[:dot]).title()
    return words + written[dot:] if len(words) == dot else written
