"""Persons by their place in a dialogue: `Anna: Did you call?`, line by line.

Source: how plays, interviews, chats and minutes are written down. That it is a dialogue shows in
one speaker at least whose forename a list knows, and in two who say something. What stands before
the colon on the other lines is then who says it, if it is in a list, says it in quotes or says more
than once something.
"""

import re
from collections import Counter
from collections.abc import Iterator

from guardrail_gw.core.text import Entity, Finding
from guardrail_gw.detection.rules.lists import names, places
from guardrail_gw.detection.rules.name_shapes import UPPER
from guardrail_gw.detection.rules.rule import Needs, Rule

ENTITY = Entity("PERSON")
SCORE = 0.55

_WORD = rf"{UPPER}(?:['\u2019]{UPPER})?[^\W\d_]{{1,24}}(?:-{UPPER}?[^\W\d_]{{1,24}})?"
_SPEECH = (
    r"(?:[\"'\u201c\u201e\u201a\u2018\u00ab\u2013\u2014*_][^\n]{2}"
    r"|[^\W\d_][^\n]{0,400}[^\n/][.?!\u2026][\"'\u201d\u2019\u00bb*_)]{0,2}[ \t]*$)"
)
"""What somebody says: in quotes, or a sentence with its sign at the end."""
_LINE = re.compile(
    rf"[ \t>*\u2022-]{{0,8}}(?:[\[(][0-9:. ]{{4,12}}[\])] ?)?[*_]{{0,2}}"
    rf"(?P<name>{_WORD}(?: {_WORD}){{0,2}})[*_]{{0,2}} ?:[*_]{{0,2}}[ \t]{{0,2}}"
    rf"(?P<speech>{_SPEECH})",
    re.MULTILINE,
)
_QUOTES = ('"', "'", "\u201c", "\u201e", "\u201a", "\u2018", "\u00ab", "\u2013", "\u2014")
_LONGEST = 100
"""Code points from the beginning of a line to its colon."""
_SIGN = re.compile(r":[*_]{0,2}[ \t]{0,2}[\"'\u201c\u201e\u201a\u2018\u00ab\u2013\u2014*_\w]")
_NO_SPEAKERS_WORDS = """
A Q An The User Users Assistant System Human Bot Agent Admin Model Moderator Operator Customer
Client Interviewer Narrator Host Guest Speaker Teacher Student Doctor Patient Judge Witness Police
Officer Answer Question Answers Questions Note Notes Nota Notiz Hinweis Remark Remarks Warning
Achtung Important Wichtig Tip Tips Hint Example Examples Beispiel Exemple Ejemplo Esempio Summary
Context Background Goal Goals Task Tasks Step Steps Result Results Conclusion Problem Solution
Reason Why How What When Where Who Which Name Names Title Titel Titre Subject Betreff Objet Asunto
From To Cc Bcc Date Datum Fecha Data Time Place Address Email Phone Tel Fax Mobile Website
Description Details Input Output Prompt Response Reply Message Comment Comments Instructions
Instruction Text Body Header Footer Language Tone Style Format Length Topic Theme Audience Role
Type Status Version Author Authors Source Sources Reference References Introduction Overview
Objective Objectives Requirements Requirement Skills Experience Education Profile Pros Cons
Advantages Disadvantages Strengths Weaknesses Features Benefits Action Actions Next Today Tomorrow
Yesterday Monday Tuesday Wednesday Thursday Friday Saturday Sunday Day Week Month Year Chapter
Section Part Scene Act Page Table Figure Item Items Total Error Errors Exception Fix Fixed Added
Changed Removed Deprecated Security Todo Update Updates News Me You He She They We I It Everyone
All Both Man Woman Boy Girl Mother Father Mom Dad
"""
_NO_SPEAKERS = frozenset(word.lower() for word in _NO_SPEAKERS_WORDS.split())
_LEAST = 2


def find(text: str) -> Iterator[Finding]:
    """Yield who speaks on each line of a dialogue, 0.55."""
    lines = [line for line in _lines(text) if _may_speak(line["name"])]
    if len(lines) < _LEAST or not any(_is_known(line["name"]) for line in lines):
        return
    often = Counter(line["name"] for line in lines)
    for line in lines:
        if often[line["name"]] == 1 and not (_is_quoted(line) or _is_listed(line["name"])):
            continue
        start, end = line.span("name")
        yield Finding(start=start, end=end, entity=ENTITY, score=SCORE, recognizer="speaker")


def _lines(text: str) -> Iterator[re.Match[str]]:
    """The lines that begin like those of a dialogue."""
    done = 0
    for sign in _SIGN.finditer(text):
        start = text.rfind("\n", max(done, sign.start() - _LONGEST), sign.start()) + 1
        if (start or sign.start() < _LONGEST) and start >= done:
            done = sign.end()
            if line := _LINE.match(text, start):
                yield line


def _may_speak(name: str) -> bool:
    words = name.lower().split()
    return _NO_SPEAKERS.isdisjoint(words) and name not in places()


def _is_quoted(line: re.Match[str]) -> bool:
    return line.string.startswith(_QUOTES, line.start("speech"))


def _is_listed(name: str) -> bool:
    first = name.split(maxsplit=1)[0]
    return any(first in names(file) for file in ("forenames", "other_forenames", "surnames"))


def _is_known(name: str) -> bool:
    return name.split(maxsplit=1)[0] in names("forenames")


RULE = Rule(
    name="speaker",
    entities=frozenset({ENTITY}),
    adds=frozenset({ENTITY}),
    find=find,
    needs=Needs(signs=(_SIGN.pattern,)),
    valid=(
        "Here:\nKatarzyna: Did you call?\nQuill: I did, and twice.\nWobb: When?",
        'So:\nWobb: "Who is there?"\nKatarzyna: "It is me."\n- and so on',
        "Log\n[10:32] Katarzyna: Are you in?\n[10:33] Ostermere: No.\n[10:34] Ostermere: Now.\nEnd",
        "Chat\n**Katarzyna:** Did you call?\n**Thornby:** No.\nEnd",
    ),
    invalid=(
        "Quill: Did you call?\nWobb: I did, and twice.",
        "Katarzyna: 34\nGrade: B",
        "Name: Katarzyna\nCity: Leeds",
        "Katarzyna: Did you call?",
        "Note: Katarzyna called.\nWarning: She calls again!",
    ),
)
