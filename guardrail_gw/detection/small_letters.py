"""What a model takes for a name although its writer would have written a capital.

Who begins words with capitals begins names with them. On the training corpora one in eight of the
persons and places that the model finds in small letters beside such words is one, and one in four
where there are none; what a list knows as a name stays one in either case.
"""

import re

from guardrail_gw.core.text import Entity, Finding
from guardrail_gw.detection.rules.lists import names, places

_NAMES = frozenset(map(Entity, ("PERSON", "LOCATION")))
"""Of these; dates, ages and nationalities are written in small letters in many languages, and so
are brands and clubs by those who write capitals elsewhere."""
_HANDLE = ("#", "@")
"""Behind these everybody writes as they like."""
_WORD = re.compile(r"[^\W\d_]+")
_ENDS = ".!?\n"
_WIDTH = 200
"""Code points on either side in which a sentence begins and ends."""
_LISTS = ("forenames", "other_forenames", "surnames")


def warm() -> None:
    """Read the lists, which takes some tens of milliseconds."""
    places()
    for file in _LISTS:
        names(file)


def is_unlikely(text: str, finding: Finding) -> bool:
    """Whether what a model found in `text` stands in small letters among words with capitals."""
    written = text[finding.start : finding.end]
    return (
        finding.entity in _NAMES
        and written.islower()
        and not text.startswith(_HANDLE, max(0, finding.start - 1))
        and _writes_capitals(text, finding)
        and not _is_listed(written)
    )


def _writes_capitals(text: str, finding: Finding) -> bool:
    """Whether a word of the sentence begins with a capital and goes on in small letters."""
    least = max(0, finding.start - _WIDTH)
    start = max(text.rfind(sign, least, finding.start) for sign in _ENDS)
    rest = text[finding.end : finding.end + _WIDTH]
    behind = re.split(f"[{re.escape(_ENDS)}]", rest, maxsplit=1)[0]
    before = text[max(least, start + 1) : finding.start]
    return any(len(word) > 1 and word.istitle() for word in _WORD.findall(f"{before} {behind}"))


def _is_listed(written: str) -> bool:
    """Whether it is a place, or one of its words a forename or a surname."""
    words = map(str.title, _WORD.findall(written))
    return written.title() in places() or any(
        word in names(file) or word in places() for word in words for file in _LISTS
    )
