"""Value-added-tax numbers of the EU, the United Kingdom, Switzerland and Norway.

Source: Council Directive 2006/112/EC, article 215 (prefix); VIES, structure of the numbers; check
digits as python-stdnum has them. A sole trader's number is personal data. With the prefix one in
ten random numbers passes; without it a number is one only beside a word for it.
"""

import functools
import re

from stdnum.at import uid
from stdnum.be import vat as be_vat
from stdnum.bg import vat as bg_vat
from stdnum.ch import vat as ch_vat
from stdnum.cy import vat as cy_vat
from stdnum.cz import dic
from stdnum.de import vat as de_vat
from stdnum.dk import cvr
from stdnum.ee import kmkr
from stdnum.es import nif as es_nif
from stdnum.fi import alv
from stdnum.fr import tva as fr_tva
from stdnum.gb import vat as gb_vat
from stdnum.gr import vat as gr_vat
from stdnum.hr import oib
from stdnum.hu import anum
from stdnum.ie import vat as ie_vat
from stdnum.it import iva
from stdnum.lt import pvm
from stdnum.lu import tva as lu_tva
from stdnum.lv import pvn
from stdnum.mt import vat as mt_vat
from stdnum.nl import btw
from stdnum.no import mva
from stdnum.pl import nip
from stdnum.pt import nif as pt_nif
from stdnum.ro import cf
from stdnum.se import vat as se_vat
from stdnum.si import ddv
from stdnum.sk import dph

from guardrail_gw.core.text import Entity, Finding
from guardrail_gw.detection.rules.context import listed, near
from guardrail_gw.detection.rules.national.identifier import (
    REACH,
    Check,
    compact,
    expanded,
    find_forms,
)
from guardrail_gw.detection.rules.rule import Accept, Form, Needs, Rule

ENTITY = Entity("VAT_ID")

NUMBERS: dict[str, tuple[str, Check]] = {
    "AT": ("U_########", uid.is_valid),
    "BE": ("[01]?_?###_###_###", be_vat.is_valid),
    "BG": ("###_###_###_#?", bg_vat.is_valid),
    "CHE": ("_###_###_###_(?:MWST|TVA|IVA|VAT)", ch_vat.is_valid),
    "CY": ("########_@", cy_vat.is_valid),
    "CZ": ("#{8,10}", dic.is_valid),
    "DE": ("###_###_###", de_vat.is_valid),
    "DK": ("##_##_##_##", cvr.is_valid),
    "EE": ("###_###_###", kmkr.is_valid),
    "EL": ("###_###_###", gr_vat.is_valid),
    "ES": ("~_#{7}_~", es_nif.is_valid),
    "FI": ("#######_#", alv.is_valid),
    "FR": ("~~_###_###_###", fr_tva.is_valid),
    "GB": ("###_####_##(?:_###)?", gb_vat.is_valid),
    "HR": ("#{11}", oib.is_valid),
    "HU": ("########", anum.is_valid),
    "IE": ("#[0-9A-Z+*]#####_@{1,2}", ie_vat.is_valid),
    "IT": ("#{11}", iva.is_valid),
    "LT": ("#{12}|#{9}", pvm.is_valid),
    "LU": ("###_###_##", lu_tva.is_valid),
    "LV": ("#{11}", pvn.is_valid),
    "MT": ("####_####", mt_vat.is_valid),
    "NL": ("####_?#####_?B_?##|###_###_###_B_##", btw.is_valid),
    "NO": ("_###_###_###_MVA", mva.is_valid),
    "PL": ("###_###_##_##|###_##_##_###", nip.is_valid),
    "PT": ("###_###_###", pt_nif.is_valid),
    "RO": ("#{2,10}", cf.is_valid),
    "SE": ("######_####_?01", se_vat.is_valid),
    "SI": ("####_####", ddv.is_valid),
    "SK": ("#{10}", dph.is_valid),
}
"""Prefix -> what stands behind it, and the check of the number without the prefix."""

_DIGITS = "#(?:_#){7,11}"
_CONTEXT = listed(
    "vat, vat number, vat no, vat id, vat reg, ust-idnr, ust-id, ustid, umsatzsteuer, uid, uid-nr, "
    "mwst, mwst-nr, tva, n° tva, tva intracommunautaire, partita iva, p.iva, p. iva, iva, btw, "
    "btw-nummer, btw-nr, btw-id, dič, ič dph, dph, moms, momsnr, momsregistreringsnummer, alv, "
    "alv-numero, kmkr, pvm, pvm kodas, pvn, áfa, áfaszám, adószám, φπα, αφμ, ддс, идент. номер, "
    "cui, cif, cod tva, ddv, id za ddv, pdv, pdv id, mva, vat nr, numer vat"
)


def _prefixed(prefix: str) -> Accept:
    """Accept numbers with their prefix: 0.6, beside a word 0.95."""

    def accept(text: str, start: int, end: int) -> Finding | None:
        written = text[start:end]
        if not _checked(prefix, written):
            return None
        is_near = near(text, start, end, _CONTEXT)
        if not is_near and _is_word(written[: len(prefix)], written):
            return None
        return _finding(start, end, 0.95 if is_near else 0.6)

    return accept


def _bare_digits(text: str, start: int, end: int) -> Finding | None:
    """Accept numbers without a prefix beside a word: 0.6."""
    if near(text, start, end, _CONTEXT) and _of_some_country(text[start:end]):
        return _finding(start, end, 0.6)
    return None


def _finding(start: int, end: int, score: float) -> Finding:
    return Finding(start=start, end=end, entity=ENTITY, score=score, recognizer="vat_id")


def _is_word(prefix: str, written: str) -> bool:
    """`de 123456789` is French or Spanish prose as often as a number."""
    return prefix.islower() and not written[len(prefix)].isalnum()


def _checked(prefix: str, written: str) -> bool:
    start = 0 if prefix.upper() == "CHE" else len(prefix)
    return bool(NUMBERS[prefix.upper()][1](compact(written[start:])))


def _of_some_country(written: str) -> bool:
    number = compact(written)
    return any(
        _bare(shape).fullmatch(number) and check(number) for shape, check in NUMBERS.values()
    )


@functools.cache
def _bare(shape: str) -> re.Pattern[str]:
    return re.compile(expanded(shape))


_BEFORE_DIGITS = 4
"""Characters between a prefix and the first digit: a letter or two, and separators."""
FORMS = (
    *(
        Form(
            shape=f"{prefix}_(?:{shape})",
            accept=_prefixed(prefix),
            until_digit=len(prefix) + _BEFORE_DIGITS,
        )
        for prefix, (shape, _) in NUMBERS.items()
    ),
    Form(shape=_DIGITS, accept=_bare_digits),
)

RULE = Rule(
    name="vat_id",
    entities=frozenset({ENTITY}),
    find=functools.partial(find_forms, FORMS),
    needs=Needs(digits=2, reach=REACH),
    forms=FORMS,
    chance=0.1,
    valid=(
        "ATU13585627",
        "BE 0428.759.497",
        "BG 175 074 752",
        "CHE-107.787.577 IVA",
        "CY-10259033P",
        "CZ25123891",
        "DE 136 695 976",
        "DK13585628",
        "EE 100931558",
        "EL094259216",
        "ES X-5910266-W",
        "FI 20774740",
        "FR 40 303 265 045",
        "GB 980 7806 84",
        "HR33392005961",
        "HU12892312",
        "IE 6433435F",
        "IT00743110157",
        "LT119511515",
        "LU 150 274 42",
        "LV40003521600",
        "MT 1167-9112",
        "NL004495445B01",
        "NO 995 525 828 MVA",
        "PL 8567346215",
        "PT 501 964 843",
        "RO18547290",
        "SE123456789701",
        "SI 5022 3054",
        "SK2022749619",
        "VAT number 100931558",
        "USt-IdNr.: de136695976",
    ),
    invalid=(
        "DE136695977",
        "100931558",
        "numéro de 136695976",
        "AT13585627",
        "XDE136695976",
        "FR 40 303 265 046",
    ),
)
