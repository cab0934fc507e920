"""Dates and times of day: in digits in the usual orders, and in words in the languages of the EU.

Source: ISO 8601-1:2019, RFC 3339, RFC 5322 section 3.3; Unicode CLDR dateFormats for the order of
the parts. Most dates are about no person: a date with a month's name scores 0.6, one in digits 0.5,
a day without a year, a month of one or a year alone by the words beside it 0.35, a time of day 0.3;
beside a word for birth any of them scores 0.85.
"""

import re
from collections.abc import Callable, Iterator

from guardrail_gw.core.text import Entity, Finding
from guardrail_gw.detection.rules.context import listed, near
from guardrail_gw.detection.rules.months import MONTHS
from guardrail_gw.detection.rules.rule import Needs, Rule
from guardrail_gw.detection.rules.spot import Spot
from guardrail_gw.detection.rules.window import at_numbers

ENTITY = Entity("DATE_TIME")

_NUMBER = re.compile(r"[0-9](?<!\w.)(?<![0-9][.,:/-].)(?<![#$€£].)[0-9]{0,3}(?=[^0-9]|$)")
_AT = Spot(
    r"(?<!\w)(?<!9[.,:/-])(?<![#$£])(?:"
    r"(?=9{1,4}[-/.:]9|9{1,4}[-/.] 9)"  # in digits
    r"|(?=9{1,2}(?:[^\W\d_]|\.?[ \u00a0]{1,2}[^\W\d_]|[./-][^\W\d_]))|(?=9{4}(?:[. -]|[^\W\d_]))"
    r"|(?<=[^\W\d_][ \u00a0,-])|(?<=[^\W\d_][ .\u00a0,-][ \u00a0,-])"  # behind a word
    r"|(?<=[^\W\d_].[ \u00a0,-][ \u00a0,-])"
    r")9{1,4}(?!9)"
)
_WORD = r"(?P<month>[^\W\d_]{3,15}(?: fómhair)?)"
_YEAR = r"(?P<year>(?:1[5-9]|20)[0-9]{2})(?![0-9])(?![.,][0-9])"
_DAY_FIRST = re.compile(
    r"(?P<day>[0-9]{1,2})(?:st|nd|rd|th|er|ère|[.ºª]|-?го)?(?:[ \u00a0]{1,2}|-|/)"  # noqa: RUF001 - the letters are meant
    rf"(?:of |de |di |d'|d\u2019|ta' |ta\u2019 |tas-|i )?{_WORD}\.?"
    rf"(?:(?:,? (?:de |del |of |anno |m\. |aasta )?|[ -]|/)(?P<year>(?:1[5-9]|"
    rf"20)[0-9]{{2}})(?![0-9])(?![.,][0-9]))?",
    re.IGNORECASE,
)
_YEAR_FIRST = re.compile(
    rf"{_YEAR}(?:\. gada |\.? ?(?:m\. )?|[ -])(?:(?P<first>[0-9]{{1,2}})\. )?{_WORD}\.?"
    r"(?:[ -](?P<day>[0-9]{1,2})(?![0-9])(?:\.| d\.)?)?",
    re.IGNORECASE,
)
_DAY_AFTER = re.compile(
    rf"(?P<day>[0-9]{{1,2}})(?:st|nd|rd|th)?(?![\w:])(?:,? {_YEAR})?", re.IGNORECASE
)
_YEAR_AFTER = re.compile(_YEAR)
_MONTH_BEFORE = re.compile(r"([^\W\d_](?<![^\W\d_].)[^\W\d_]{2,14})\.?[ \u00a0,-]{1,2}$")
_JOINTS = "., \u00a0-"
"""What may stand between a month and the number behind it."""
_MONTH_ENDS = frozenset(month[-3:] for month in MONTHS)
_IN_DIGITS = re.compile(
    r"(?:(?P<y>(?:1[5-9]|20)[0-9]{2})(?P<s>[-/.])(?P<m>[0-9]{1,2})(?P=s)(?P<d>[0-9]{1,2})"
    r"|(?P<a>[0-9]{1,2})(?P<t>[-/.] ?)(?P<b>[0-9]{1,2})(?P=t)(?P<c>(?:1[5-9]|20)[0-9]{2}|"
    r"[0-9]{2})\.?)"
    r"(?![0-9]|[.,/-][0-9]|[A-SU-Za-z_])"
)
_TIME = re.compile(
    r"(?P<h>[01]?[0-9]|2[0-3])[:.](?P<min>[0-5][0-9])(?:[:.][0-5][0-9](?:[.,][0-9]{1,9})?)?"
    r"(?![0-9:])(?![.,][0-9])(?P<half> ?[ap]\.?m\b\.?)?",
    re.IGNORECASE,
)
_TIME_BEHIND = re.compile(
    r"(?:T|,? (?:at |um |à |kl\.? ?|alle |a las |om |o |ore |klo |u )?)(?:[01][0-9]|2[0-3]|"
    r"[0-9])[:.h][0-5][0-9]"
    r"(?:[:.][0-5][0-9](?:[.,][0-9]{1,9})?)?(?: ?[ap]\.?m\b\.?)?(?: ?(?:Z|UTC|GMT|CES?T|"
    r"Uhr)\b|[+-][0-9]{2}:?[0-9]{2})?",
    re.IGNORECASE,
)
_ACT_OF = re.compile(
    r"\b(?:acts?|laws?|bill|treaty|statute|amendments?|agreement|regulations?|directive) of \Z",
    re.IGNORECASE,
)
_IN = re.compile(
    r"(?<!\w)(?:during|since|until|till|year|depuis|durant|en|desde|durante|dal|nel|im jahre?|seit|"
    r"anul|sinds|sedan|siden|roku|roce|vuonna|in) \Z",
    re.IGNORECASE,
)
_GOES_ON = re.compile(
    r"[,;.!?)](?![0-9])|[ ]{0,3}\Z|,? (?:and|when|but|after|he|she|it|they|the|was) "
)
_LOOK_BACK = 32
_LAST_DAY, _LAST_MONTH, _LAST_MINUTE = 31, 12, 59
_COMMON_WORDS = """
ago aib beal dec des dub ean elo fra gen iul jan jun kesä kol led lip lul luty mag mai maj mar
march may mei mej out pro ruj samh sep set stu svi syys tra
"""
_AMBIGUOUS = frozenset(_COMMON_WORDS.split())
_BIRTH = listed(
    "born, birth, birthday, birthdate, date of birth, dob, d o b, birth date, geboren, "
    "geburtsdatum, "
    "geb, geburtstag, né, née, naissance, nacido, nacida, nacimiento, nato, nata, nascita, "
    "geboortedatum, "
    "nascido, nascida, nascimento, urodzony, urodzona, urodzenia, ur, născut, născută, nașterii, "
    "naștere, født, fødselsdato, född, födelsedatum, fødselsdag, syntynyt, syntymäaika, született, "
    "születési, narozen, narozena, narození, narodený, narodená, narodenia, rojen, rojena, "
    "rojstva, "
    "rođen, rođena, rođenja, роден, родена, раждане, γεννήθηκε, γέννησης, sündinud, sünniaeg, "
    "dzimis, dzimusi, dzimšanas, gimęs, gimusi, gimimo, rugadh, breithe, twieled, twelid, "
    "fæddur, fædd"
)


def find(text: str) -> Iterator[Finding]:
    """Yield dates and times, each with what follows it (time, zone)."""
    done = 0
    for number in at_numbers(_NUMBER, text, _AT):
        if number.start() < done:
            continue
        for reading in _READINGS:
            if found := reading(text, number.start()):
                start, end, score = found
                if score < 0.85 and near(text, start, end, _BIRTH):  # noqa: PLR2004 - nothing to add
                    score = 0.85 if score > _TIME_SCORE else score
                yield Finding(
                    start=start, end=end, entity=ENTITY, score=score, recognizer="date_time"
                )
                done = end
                break


_Reading = tuple[int, int, float]
"""Where a date begins and ends, and its score."""
_TIME_SCORE, _DOUBTFUL = 0.3, 0.35
"""Below what overrules the language model, which reads the sentence around a date."""


def _in_digits(text: str, at: int) -> _Reading | None:
    """12.03.2026, 3/12/26, 2026-03-12, each with a time behind it."""
    match = _IN_DIGITS.match(text, at)
    if not match:
        return None
    if match["y"]:
        plausible = _is_date(int(match["d"]), int(match["m"]))
        if match["s"] == ".":  # 2026.9.1 is a version
            plausible = plausible and len(match["m"]) == len(match["d"]) == 2  # noqa: PLR2004 - digits of a short form
    else:
        one, two = int(match["a"]), int(match["b"])
        plausible = _is_date(one, two) or (match["t"][0] != "." and _is_date(two, one))
        if len(match["c"]) == 2 and match["t"] != "/":  # noqa: PLR2004 - 1.2.34 is a version
            plausible = plausible and len(match["a"]) == len(match["b"]) == 2  # noqa: PLR2004 - digits of a short form
    if not plausible:
        return None
    has_century = match["y"] or len(match["c"]) == 4  # noqa: PLR2004 - digits of a short form
    end = match.end() - (text[match.end() - 1] == ".")
    return at, _with_time(text, end), 0.5 if has_century else _DOUBTFUL


def _is_date(day: int, month: int) -> bool:
    return 1 <= day <= _LAST_DAY and 1 <= month <= _LAST_MONTH


def _in_words(text: str, at: int) -> _Reading | None:
    """12 March 2026, 12. März, 2026. gada 12. martā, 2026 m. kovo 12 d."""
    if (match := _DAY_FIRST.match(text, at)) and (month := _month(match["month"])):
        if not 1 <= int(match["day"]) <= _LAST_DAY:
            return None
        if match["year"]:
            return at, _with_time(text, match.end()), 0.6
        return (at, match.start("month") + len(month), _DOUBTFUL) if _is_name(month) else None
    if (match := _YEAR_FIRST.match(text, at)) and _month(match["month"]):
        if not (match["day"] or match["first"]):
            return None
        return at, _with_time(text, match.end()), 0.6
    return None


def _month_before(text: str, at: int) -> _Reading | None:
    """March 12, 2026; Mar 12; March 2026."""
    least = max(0, at - 18)
    if text[least:at].rstrip(_JOINTS)[-3:].lower() not in _MONTH_ENDS:
        return None
    before = _MONTH_BEFORE.search(text, least, at)
    if not before or before.group(1).lower() not in MONTHS:
        return None
    start, name = before.start(1), before.group(1)
    if year := _YEAR_AFTER.match(text, at):
        return (start, year.end(), _DOUBTFUL) if _is_name(name) else None
    match = _DAY_AFTER.match(text, at)
    if not match or not 1 <= int(match["day"]) <= _LAST_DAY:
        return None
    if match["year"]:
        return start, _with_time(text, match.end()), 0.6
    return (start, match.end(), _DOUBTFUL) if _is_name(name) else None


def _time(text: str, at: int) -> _Reading | None:
    """14:30, 2.30 pm; a full stop between needs am or pm."""
    match = _TIME.match(text, at)
    if not match or (text[match.start("min") - 1] == "." and not match["half"]):
        return None
    return at, match.end(), _TIME_SCORE


def _year_alone(text: str, at: int) -> _Reading | None:
    """Act of 1974; during 1974, on."""
    year = _YEAR_AFTER.match(text, at)
    if year is None:
        return None
    before = text[max(0, at - _LOOK_BACK) : at]
    is_dated = _ACT_OF.search(before) or (_IN.search(before) and _GOES_ON.match(text, year.end()))
    return (at, year.end(), _DOUBTFUL) if is_dated else None


def _month(written: str) -> str | None:
    """The month's name that `written` is, or begins with."""
    if written.lower() in MONTHS:
        return written
    first = written.split(" ", 1)[0]
    return first if first.lower() in MONTHS else None


def _is_name(written: str) -> bool:
    """Whether it stands for a month without a year beside it: no common word in lower case."""
    return written.lower() not in _AMBIGUOUS or written[0].isupper()


def _with_time(text: str, end: int) -> int:
    match = _TIME_BEHIND.match(text, end)
    return match.end() if match else end


_READINGS: tuple[Callable[[str, int], _Reading | None], ...] = (
    _in_digits,
    _in_words,
    _month_before,
    _time,
    _year_alone,
)

RULE = Rule(
    name="date_time",
    entities=frozenset({ENTITY}),
    find=find,
    needs=Needs(digits=1, is_led=True, spot=_AT),
    valid=(
        "2012-10-01 00:46:43",
        "2026-03-12T14:00:00Z",
        "12.03.2026",
        "3/13/1956",
        "12. 3. 2026",
        "12/03/26",
        "12 March 2026",
        "Mar 12, 2026",
        "March 12th",
        "March 2026",
        "12 mars 2026",
        "1er mars 2026",
        "12. März 2026",
        "12 de marzo de 2026",
        "12 marzo 2026",
        "12 de março de 2026",
        "12 maart 2026",
        "12 marca 2026",
        "12 martie 2026",
        "12. marts 2026",
        "12. maaliskuuta 2026",
        "12. märts 2026",
        "2026. március 12.",
        "12. března 2026",
        "12. ožujka 2026.",
        "12 март 2026",
        "12 Μαρτίου 2026",
        "2026. gada 12. martā",
        "2026 m. kovo 12 d.",
        "12 Márta 2026",
        "12 ta' Marzu 2026",
        "12-Mar-2026",
        "at 14:30",
        "2.30 pm",
        "the Companies Act of 1974",
        "during 1974, it grew",
    ),
    invalid=(
        "32 March",
        "13/13/2026",
        "1.2.3",
        "version 10.20.30",
        "192.168.1.1",
        "12 months",
        "3 of 4",
        "ratio 3:2",
        "2026.9.1",
        "5.1.2600",
        "2026-03-12-1234",
        "2026",
        "from 2 to 3 may 5 people",
        "a crowd of 2000 people",
        "in 2000 cases",
    ),
)
