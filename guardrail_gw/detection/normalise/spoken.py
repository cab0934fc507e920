"""E-mail addresses whose signs are written as words: `anna (at) example (dot) com`.

A bare word for the sign (`anna at example dot com`) counts only with a word for the dot behind it;
a word in brackets, or a spaced `@`, also with a real dot. `write to anna at example.com` stays.

Source: the everyday names of the signs in the languages of the EU.
"""

import re
from collections.abc import Iterator

from guardrail_gw.detection.normalise.layer import Edit, Layer, rewritten
from guardrail_gw.detection.rules.window import Whole

_AT_WORDS = (
    "at arroba arobase arobas chiocciola chez klammeraffe affenschwanz ät apenstaartje małpa "
    "zavináč zavinac kukac snabel-a snabela miukumauku afna eta παπάκι кльомба manki"
)
_DOT_WORDS = (
    "dot punkt point punto ponto punt kropka punctum punct tečka tecka bodka pont piste pika točka "
    "tocka taškas punkts τελεία точка punktum"
)
_AT = "|".join(map(re.escape, _AT_WORDS.split()))
_DOT = "|".join(map(re.escape, _DOT_WORDS.split()))
_SAYS_AT = frozenset(word.partition("-")[0] for word in _AT_WORDS.split())
_SAYS_DOT = frozenset(_DOT_WORDS.split())
_GAP = r"[ \t_]{0,3}"
_IN_BRACKETS = r"[(\[{{<]{gap}(?:{words}){gap}[)\]}}>]"
_BRACKETED_AT = _IN_BRACKETS.format(gap=_GAP, words=_AT + "|@")
_BRACKETED_DOT = _IN_BRACKETS.format(gap=_GAP, words=_DOT + r"|\.")
_SIGN_AT = re.compile(
    rf"{_GAP}(?P<bracketed>{_BRACKETED_AT}){_GAP}"
    rf"|[ \t_]{{1,3}}(?P<bare>{_AT})[ \t_]{{1,3}}"
    rf"|{_GAP}(?P<real>@){_GAP}",
    re.IGNORECASE,
)
_SIGN_DOT = re.compile(
    rf"{_GAP}(?P<bracketed>{_BRACKETED_DOT}){_GAP}"
    rf"|[ \t_]{{1,3}}(?P<bare>{_DOT})[ \t_]{{1,3}}"
    r"|(?P<spaced>[ \t]\.[ \t])"
    r"|(?P<real>\.)",
    re.IGNORECASE,
)
_LABEL = re.compile(r"[^\W_](?:[\w-]{0,61}?[^\W_])??(?=[\s.,;:!?()\[\]{}<>_\"']|$)")
_DOT_IN_LOCAL = re.compile(
    rf"{_GAP}{_BRACKETED_DOT}{_GAP}|[ \t_]{{1,3}}(?:{_DOT})[ \t_]{{1,3}}", re.IGNORECASE
)
_WORD = r"[^\W_](?:[\w.+-]{0,62}[^\W_])?"
_LOCAL = re.compile(rf"{_WORD}(?:(?:{_DOT_IN_LOCAL.pattern}){_WORD}){{0,3}}\Z", re.IGNORECASE)
_BRACKET_AND_AT = re.compile(rf"[(\[{{<][ \t_]{{0,3}}(?:{_AT}|@)")
_AT_SIGNS = (_BRACKET_AND_AT, re.compile(rf"[ \t_](?=(?:{_AT})[ \t_])"), re.compile("@"))
"""In lower case, what `_SIGN_AT` begins with but for a gap."""
_APART = re.compile(r"@(?!\S)(?<!\S.)")
_WIDEST_GAP = 3
_LOCAL_REACH = 96
_LABELS = 6
_COMMON = (
    "com org net info edu gov eu at be bg hr cy cz dk ee fi fr de gr hu ie it lv lt lu mt nl pl pt "
    "ro sk si es se is li no ch uk io ai app biz cloud co dev email health me online shop site "
    "tech example"
)
_TOP_LEVEL = frozenset(_COMMON.split())
"""Last labels that make an address of what else may be a sentence or a product (`a @ b.T`)."""
_DETERMINERS = "a an the this that these those one some any each every which"
_NO_DOMAIN = frozenset(_DETERMINERS.split())
"""`look at the dot it makes`"""
_AMBIGUOUS = frozenset({"point", "pont"})
"""Behind a bare `at` these are words of the sentence."""


def spelt(whole: Whole) -> Layer | None:
    """Make the copy with such addresses in their usual form; None when there are none."""
    text, lower, said = whole.text, whole.lower, whole.vocabulary
    if "@" not in text and said.isdisjoint(_SAYS_AT):
        return None
    if said.isdisjoint(_SAYS_DOT) and not _is_set_apart(whole):
        return None
    return rewritten(text, _edits(text, lower))


def _is_set_apart(whole: Whole) -> bool:
    """Whether a sign for `@` stands in brackets or between white space."""
    lower = whole.lower
    if "@" in lower and _APART.search(lower):
        return True
    has_bracket = "(" in lower or "[" in lower or "<" in lower or "{" in lower
    return has_bracket and _BRACKET_AND_AT.search(lower) is not None


def _signs(text: str, lower: str) -> Iterator[re.Match[str]]:
    """All matches of `_SIGN_AT`, which are tried for only where they can begin."""
    done = 0
    for begins in sorted(place for sign in _AT_SIGNS for place in _places(sign, lower)):
        for at in range(max(done, begins - _WIDEST_GAP), begins + 1):
            if match := _SIGN_AT.match(text, at):
                yield match
                done = match.end()
                break


def _places(sign: re.Pattern[str], lower: str) -> Iterator[int]:
    return (match.start() for match in sign.finditer(lower))


def _edits(text: str, lower: str) -> Iterator[Edit]:
    done = 0
    for at in _signs(text, lower):
        dots = _domain(text, at)
        if not dots:
            continue
        begins = max(done, at.start() - _LOCAL_REACH)
        local = _LOCAL.search(text[begins : at.start()])
        if not local:
            continue
        written = [
            Edit(begins + dot.start(), begins + dot.end(), ".")
            for dot in _DOT_IN_LOCAL.finditer(text[begins : at.start()], local.start())
        ]
        edits = [*written, Edit(at.start(), at.end(), "@"), *dots]
        yield from (edit for edit in edits if text[edit.start : edit.end] != edit.new)
        done = dots[-1].end


def _domain(text: str, at: re.Match[str]) -> list[Edit]:
    """The dots of the domain behind a sign for `@`; none if there is no domain."""
    edits: list[Edit] = []
    kinds: set[str] = set()
    first = label = _LABEL.match(text, at.end())
    while label and len(edits) < _LABELS:
        dot = _SIGN_DOT.match(text, label.end())
        after = _LABEL.match(text, dot.end()) if dot else None
        if not dot or not after:
            break
        edits.append(Edit(dot.start(), dot.end(), "."))
        kinds.add(str(dot.lastgroup))
        if dot.lastgroup == "bare" and dot.group("bare").lower() in _AMBIGUOUS:
            kinds.add("ambiguous")
        label = after
    if not first or not label or not edits or first.group().lower() in _NO_DOMAIN:
        return []
    return edits if _is_meant(at, kinds, label.group().lower()) else []


def _is_meant(at: re.Match[str], dots: set[str], last: str) -> bool:
    if at.lastgroup == "bracketed":
        return last.isalpha()
    if last not in _TOP_LEVEL:
        return False
    if at.lastgroup == "bare":
        word = at.group("bare").lower()
        return bool(dots & {"bracketed", "bare"}) and not (word == "at" and "ambiguous" in dots)
    return at.group() != "@" or bool(dots - {"real"})
