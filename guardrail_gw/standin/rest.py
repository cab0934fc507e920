"""A stand-in that goes on with what it said, as a model does that is asked to.

It is given the beginning of its answer, behind which it writes, or asked in words to begin with the
last words between two lines of dashes.
"""

import re
from typing import Final

from guardrail_gw.standin.asked import Asked

_ASKED: Final = re.compile(r"\n-----\n(.*)\n-----\Z", re.DOTALL)


def rest(ask: Asked, whole: str | None) -> str:
    """What is left of an answer to say.

    Args:
        ask: the request.
        whole: all of the answer; None: what the user said last, but for the wish to go on.
    """
    *before, (is_model, last) = ask.turns or ((False, ""),)
    if is_model:
        return _behind(last, _whole(before, whole))
    words = _ASKED.search(last)
    if words is None or not before or not before[-1][0]:
        return _whole(ask.turns, whole)
    return words[1] + _behind(before[-1][1], _whole(before, whole))


def _whole(turns: tuple[tuple[bool, str], ...] | list[tuple[bool, str]], whole: str | None) -> str:
    said = [text for is_model, text in turns if not is_model]
    return whole if whole is not None else (said or [""])[-1]


def _behind(begun: str, whole: str) -> str:
    return whole.removeprefix(begun)
