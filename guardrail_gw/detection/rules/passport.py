"""Passport numbers, beside the word for a passport.

Source: PRADO, the Council of the EU's register of travel documents (numbering of the documents in
issue), for the shapes; ICAO Doc 9303 part 4 for nine characters at most.
"""

from guardrail_gw.detection.rules.documents import document_rule

SHAPES = {
    "AT": r"[A-Z]{1,2} ?\d{7}",
    "BE": r"[A-Z]{2}\d{6}",
    "BG": r"\d{9}",
    "CH": r"[A-Z]\d[A-Z0-9]{6}",
    "CY": r"[A-Z]\d{6,8}",
    "CZ": r"\d{8}",
    "DE": r"[CFGHJKLMNPRTVWXYZ][CFGHJKLMNPRTVWXYZ0-9]{7,8}\d",
    "DK": r"\d{9}",
    "EE": r"[A-Z]{1,2}\d{7}",
    "ES": r"[A-Z]{3}\d{6}",
    "FI": r"[A-Z]{2}\d{7}",
    "FR": r"\d{2} ?[A-Z]{2} ?\d{5}",
    "GB": r"\d{9}",
    "GR": r"[A-Z]{2} ?\d{7}",
    "HR": r"\d{9}",
    "HU": r"[A-Z]{2} ?\d{6,7}",
    "IE": r"[A-Z]{1,2}\d{7}|[A-Z0-9]{2}\d{7}",
    "IS": r"[A-Z]\d{7}",
    "IT": r"[A-Z]{2} ?\d{7}",
    "LI": r"[A-Z]\d{5}",
    "LT": r"[A-Z0-9]{2}\d{6}",
    "LU": r"[A-Z][A-Z0-9]{7}",
    "LV": r"[A-Z]{2} ?\d{7}",
    "MT": r"\d{7}",
    "NL": r"[A-Z]{2}[A-Z0-9]{6}\d",
    "NO": r"[A-Z]{3}\d{5}|\d{8}",
    "PL": r"[A-Z]{2} ?\d{7}",
    "PT": r"[A-Z]{1,2}\d{6}",
    "RO": r"\d{8,9}",
    "SE": r"[A-Z]{2}\d{6}|\d{8}",
    "SI": r"[A-Z]{2}\d{7}",
    "SK": r"[A-Z0-9]{2}\d{7}",
    "US": r"[A-Z]\d{8}|\d{9}",
}
_WORDS = (
    "passport,passports,passport no,reisepass,reisepassnummer,passnummer,pass nr,passeport,"
    "pasaporte,passaporto,paspoort,paspoortnummer,passaporte,paszport,paszportu,pasu,"
    "pașaport,pașaportul,pașaportului,pasaport,útlevél,útlevélszám,cestovní pas,pasu,"
    "cestovný pas,potni list,putovnica,putovnice,паспорт,паспорта,διαβατήριο,διαβατηρίου,pas nr,"
    "pasnummer,pass,passi number,passi,pass number,passinumero,passin,vegabréf,pasas,paso,pase,"
    "pases,passaport,passapporti,pas,uimhir phas"
)

RULE = document_rule(
    name="passport",
    entity="PASSPORT",
    shapes=SHAPES,
    words=_WORDS,
    examples=(
        (
            "passport C01X00T47",
            "Reisepass Nr. C01X00T47",
            "Reisepass C01X00T478",
            "passeport 12AB34567",
            "numer paszportu: EH1234567",
            "My passport number is 533380006",
            "αριθμός διαβατηρίου AE1234567",
        ),
        ("order C01X00T47", "passport renewal", "passport 12345", "passports: abcdefghi"),
    ),
)
