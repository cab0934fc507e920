"""Words for numbers that institutions give to persons and their affairs.

Source: forms of hospitals, insurers, schools, courts and authorities in the languages of the EU.
"""

import re
from collections.abc import Iterator

NUMBER = (
    r"numbers?|no\.?|nos\.?|n[°º]\.?|nrs?\.?|num(?:ber)?\.?|id|ids|identifier|#|numéro|nº|número|"
    r"numero|nummer|numer|număr(?:ul)?|číslo|broj|številka|szám(?:a)?|numurs|numeris|номер|"
    r"αριθμό[ςσ]|uimhir|numru|numero"
)
WHOSE = (
    r"patients?|medical records?|health records?|hospital|chart|members?|membership|customer|"
    r"client|subscriber|employee|staff|personnel|payroll|student|pupil|matriculation|enrolment|"
    r"enrollment|insurance|policy ?holder|insured|social security|social insurance|"
    r"national insurance|health insurance|tax(?:payer)?|claim|case|file|docket|complaint|"
    r"application|petition|applicant|beneficiary|driver'?s? licen[cs]e|driving licen[cs]e|"
    r"residence permit|visa|badge|library card|loyalty|frequent flyer|voter|licen[cs]e|"
    r"bank account|identity card|identity|identification|"
    # fr
    r"de (?:client|dossier|patient|sécurité sociale|salarié|adhérent|matricule|contrat|"
    r"sinistre|étudiant|permis|compte|requête|séjour)|requêtes?|dossier|"
    # es, pt
    r"de (?:cliente|expediente|historia(?: clínica)?|paciente|seguridad social|afiliación|"
    r"afiliado|socio|colegiado|empleado|alumno|matrícula|póliza|utente|beneficiário|processo|"
    r"segurança social|aluno|sócio|contrato|permiso)|demandas?|expediente|historia|episodio|"
    # it
    r"(?:di )?(?:cliente|paziente|pratica|cartella|tessera|polizza|matricola|socio|"
    r"iscrizione|protocollo)|ricorso|"
    # pl, cs, sk, hr, sl
    r"klienta|pacjenta|pacienta|ubezpieczenia|sprawy|albumu|zákazníka|zákazníku|pojištěnce|"
    r"spisu|poistenca|bolesnika|osiguranika|predmeta|pacijenta|stranke|zavarovanca|zadeve|"
    # ro, bg, el
    r"de (?:client|pacient|dosar|asigurat)|dosar(?:ul)?|клиентски|на пациент|на дело|πελάτη|"
    r"ασθενού[ςσ]|υπόθεση[ςσ]|μητρώου"
)
ENDINGS = r"nummern?|nr\.?|numero|szám|number|id|zeichen"
"""What each of the compounds ends with."""
COMPOUNDS = (
    r"(?:kunden|patienten|mitglieds|versicherten|versicherungs|personal|mitarbeiter|matrikel|"
    r"vertrags|akten|fall|vorgangs|kassen|schüler|konto|führerschein|ausweis|beschwerde|antrags|"
    r"klant|patiënt|lid(?:maatschaps)?|dossier|zaak|polis|verzekerden|personeels|student(?:en)?|"
    r"kund|patient|medlems|anställnings|ärende|försäkrings|kunde|medlems|sags|journal|"
    r"forsikrings|ansatt|saks|asiakas|potilas|jäsen|henkilöstö|ügyfél|beteg|tag(?:sági)?|"
    rf"kliendi|patsiendi|toimiku)[- ]?(?:{ENDINGS})"
)
ABBREVIATIONS = (
    r"ssn|mrn|nhc|nass|nss|cipa?|nuhsa|n[ºo°]? ?col(?:egiado)?\.?|matricule|aktenzeichen|"
    r"geschäftszeichen|az\.|sygn\. akt|sygnatura|spis\. zn\.|č\. ?j\.|zaaknummer|rolnummer|"
    r"episodio|iktatószám|numéro fiscal|n° ?dossier|application nos?\.?|requête nos?|kennziffer"
)
VERBS = "is|ist|est|es|è|jest|lautet"
"""What may stand between a label and its number."""


def ends(longest: int) -> frozenset[str]:
    """The last characters, so many at most, of everything that can stand before a number.

    A sign for a number (`#`) is none: before it stands whose it is.
    """
    written = f"{NUMBER}|{WHOSE}|{ENDINGS}|{ABBREVIATIONS}|{VERBS}"
    forms = (form for each in _alternatives(written) for form in _forms(each))
    return frozenset(form[-longest:] for form in forms) - {"#"}


def _alternatives(pattern: str) -> Iterator[str]:
    """What stands between the bars that are in no group."""
    start = depth = 0
    for at, sign in enumerate(pattern):
        depth += (sign == "(") - (sign == ")")
        if sign == "|" and not depth:
            yield pattern[start:at]
            start = at + 1
    yield pattern[start:]


_CHOICE = re.compile(r"\(\?:([^()]*)\)(\??)|\[([^\]]*)\](\??)|(\\.|[^\\(])\?")


def _forms(pattern: str) -> Iterator[str]:
    """All that a pattern of letters, groups, classes and question marks matches."""
    choice = _CHOICE.search(pattern)
    if choice is None:
        yield pattern.replace("\\", "")
        return
    group, maybe, letters, perhaps, single = choice.groups()
    options = [single] if single else list(letters) if letters else group.split("|")
    for option in (*options, "") if single or maybe or perhaps else options:
        yield from _forms(pattern[: choice.start()] + option + pattern[choice.end() :])
