"""National identifiers made up from a seed, beside the words that name them in their country.

An identifier here is a shape whose check is python-stdnum's, not a rule's: `#` is a digit, `@` a
capital letter, `[12]` one of these, `{d}`, `{m}`, `{y}` day, month and year, anything else itself.
Rules that this table does not know are measured all the same: their own valid examples are varied
until the rule takes them.
"""

import importlib
import re
import string
from collections.abc import Callable, Iterable, Iterator, Mapping
from random import Random
from types import MappingProxyType
from typing import NamedTuple

from guardrail_gw.detection.rules.rule import Rule

Check = Callable[[str], bool]


class Identifier(NamedTuple):
    """How one identifier is written and named."""

    country: str
    language: str
    stdnum: str
    """The module of python-stdnum that checks it; empty where there is none."""
    shapes: tuple[str, ...]
    label: str
    """What it is called where it is used."""


def _id(country: str, language: str, stdnum: str, shapes: str, label: str) -> Identifier:
    return Identifier(country, language, stdnum, tuple(shapes.split("~")), label)


KNOWN: Mapping[str, Identifier] = MappingProxyType(
    {
        "AT_SVNR": _id(
            "AT",
            "de",
            "at.vnr",
            "####-{d}{m}{y}~#### {d}{m}{y}~####{d}{m}{y}",
            "Sozialversicherungsnummer",
        ),
        "BE_NATIONAL_NUMBER": _id(
            "BE", "nl", "be.nn", "{y}.{m}.{d}-###.##~{y}{m}{d}#####", "rijksregisternummer"
        ),
        "BG_EGN": _id("BG", "bg", "bg.egn", "{y}{m}{d}####", "ЕГН"),
        "CH_AHV": _id("CH", "de", "ch.ssn", "756.####.####.##~756##########", "AHV-Nummer"),
        "CZ_BIRTH_NUMBER": _id(
            "CZ", "cs", "cz.rc", "{y}{m}{d}/####~{y}{f}{d}/####~{y}{m}{d}####", "rodné číslo"
        ),
        "DE_TAX_ID": _id("DE", "de", "de.idnr", "[1-9]# ### ### ###~[1-9]##########", "Steuer-ID"),
        "DK_CPR": _id("DK", "da", "dk.cpr", "{d}{m}{y}-####~{d}{m}{y}####", "CPR-nummer"),
        "EE_ISIKUKOOD": _id("EE", "et", "ee.ik", "[3456]{y}{m}{d}####", "isikukood"),
        "ES_NIE": _id("ES", "es", "es.nie", "[XYZ]#######@~[XYZ]-#######-@", "NIE"),
        "ES_NIF": _id("ES", "es", "es.dni", "########@~########-@", "DNI"),
        "FI_PERSONAL_IDENTITY_CODE": _id(
            "FI", "fi", "fi.hetu", "{d}{m}{y}-###@~{d}{m}{y}-####~{d}{m}[01]#A###@", "henkilötunnus"
        ),
        "FR_NIR": _id(
            "FR",
            "fr",
            "fr.nir",
            "[12] {y} {m} [1-8]# ### ### ##~[12]{y}{m}[1-8]#########",
            "numéro de sécurité sociale",
        ),
        "GR_AMKA": _id("GR", "el", "gr.amka", "{d}{m}{y}#####", "ΑΜΚΑ"),
        "HR_OIB": _id("HR", "hr", "hr.oib", "###########", "OIB"),
        "IE_PPS": _id("IE", "en", "ie.pps", "#######@~#######@A", "PPS number"),
        "IS_KENNITALA": _id(
            "IS", "en", "is_.kennitala", "{d}{m}{y}-####~{d}{m}{y}####", "kennitala"
        ),
        "LT_ASMENS": _id("LT", "lt", "lt.asmens", "[3456]{y}{m}{d}####", "asmens kodas"),
        "LV_PK": _id("LV", "lv", "lv.pvn", "{d}{m}{y}-[12]####~{d}{m}{y}[12]####", "personas kods"),
        "NL_BSN": _id("NL", "nl", "nl.bsn", "[1-9]########~[1-9]###.##.###", "BSN"),
        "NO_FODSELSNUMMER": _id(
            "NO", "da", "no.fodselsnummer", "{d}{m}{y}#####~{d}{m}{y} #####", "fødselsnummer"
        ),
        "PL_PESEL": _id("PL", "pl", "pl.pesel", "{y}{m}{d}#####", "PESEL"),
        "PT_NIF": _id("PT", "pt", "pt.nif", "[12]########~[12]## ### ###", "NIF"),
        "RO_CNP": _id("RO", "ro", "ro.cnp", "[1256]{y}{m}{d}[0123]#####", "CNP"),
        "SE_PERSONNUMMER": _id(
            "SE", "sv", "se.personnummer", "{y}{m}{d}-####~19{y}{m}{d}-####", "personnummer"
        ),
        "SI_EMSO": _id("SI", "sl", "si.emso", "{d}{m}9##50####", "EMŠO"),
        "SK_BIRTH_NUMBER": _id(
            "SK", "sk", "sk.rc", "{y}{m}{d}/####~{y}{f}{d}/####~{y}{m}{d}####", "rodné číslo"
        ),
        "UK_NHS": _id("GB", "en", "gb.nhs", "### ### ####~##########", "NHS number"),
    }
)
"""Entity -> how it is written; labels as forms print them."""

_MARK = re.compile(r"\{[dmfy]\}|\[[^\]]*\]|[#@]")
_SETS = {"#": string.digits, "@": string.ascii_uppercase, "[1-8]": "12345678", "[1-9]": "123456789"}
_TRIES = 200_000


def numbers(entity: str, dice: Random) -> Iterator[str]:
    """Yield valid numbers of a known entity, for ever."""
    identifier = KNOWN[entity]
    check = importlib.import_module(f"stdnum.{identifier.stdnum}").is_valid
    while True:
        shape = dice.choice(identifier.shapes)
        # some modules take a number with its separators only, some only without
        yield next(v for v in _candidates(shape, dice) if check(v) or check(re.sub(r"\W", "", v)))


def varied(rule: Rule, dice: Random) -> Iterator[tuple[str, str]]:
    """Yield for ever a number like those in a rule's examples, and the words before it there.

    The rule itself says what is valid, so this measures writing and context, not the check.
    """
    samples = [(text, f.start, f.end) for text in rule.valid for f in rule.find(text)]
    named = [s for s in samples if re.search(r"[^\W\d]{2}", s[0][: s[1]])] or samples
    while True:
        text, start, end = dice.choice(named)
        value = next(v for v in _variations(text[start:end], dice) if _takes(rule, text, start, v))
        yield value, text[:start].strip()


def shapes_of(values: Iterable[str]) -> list[str]:
    """The shapes of some numbers: digits and letters left open."""
    return sorted({re.sub("[A-Za-z]", "@", re.sub(r"\d", "#", value)) for value in values})


def filled(shape: str, dice: Random) -> str:
    """A random value of a shape."""
    return _MARK.sub(lambda mark: _one(mark.group(), dice), shape)


def _one(mark: str, dice: Random) -> str:
    match mark:
        case "{d}":
            return f"{dice.randrange(1, 29):02d}"
        case "{m}":
            return f"{dice.randrange(1, 13):02d}"
        case "{f}":  # a woman's month in Czechia and Slovakia
            return f"{dice.randrange(51, 63)}"
        case "{y}":
            return f"{dice.randrange(100):02d}"
        case _:
            return dice.choice(_SETS.get(mark, mark.strip("[]")))


def _candidates(shape: str, dice: Random) -> Iterator[str]:
    for _ in range(_TRIES):
        yield filled(shape, dice)
    raise AssertionError(f"no valid number of shape {shape}")


def _variations(value: str, dice: Random) -> Iterator[str]:
    """Yield values with a few other digits, the example itself at last."""
    places = [i for i, mark in enumerate(value) if mark in string.digits]
    for _ in range(400 if places else 0):
        changed = list(value)
        for place in dice.sample(places, min(len(places), dice.choice((1, 2, 2, 3)))):
            changed[place] = dice.choice(string.digits)
        yield "".join(changed)
    yield value


def _takes(rule: Rule, text: str, start: int, value: str) -> bool:
    whole = f"{text[:start]}{value}"
    return any((f.start, f.end) == (start, len(whole)) for f in rule.find(whole))
