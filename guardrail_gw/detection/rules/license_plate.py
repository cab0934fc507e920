"""Registration plates of vehicles, beside a word for the plate or the vehicle.

Source: the registration regulations of the states (for Germany FZV annex 1, for France the SIV);
shapes of the series in issue. A plate looks like a product code, hence never without context.
"""

from guardrail_gw.detection.rules.documents import document_rule

SHAPES = {
    "AT": r"[A-Z]{1,2}[- ]\d{1,5} ?[A-Z]{1,3}",
    "BE": r"\d[- ][A-Z]{3}[- ]\d{3}",
    "BG": r"[A-Z]{1,2} ?\d{4} ?[A-Z]{2}",
    "CH": r"(?:AG|A[IR]|B[ELS]|FR|G[ELR]|JU|LU|N[EW]|OW|S[GHOZ]|T[GI]|UR|V[DS]|Z[GH])[- ]?\d{3,6}",
    "CY": r"[A-Z]{3} ?\d{3}",
    "CZ": r"\d[A-Z]\d ?\d{4}",
    "DE": r"[A-ZÄÖÜ]{1,3}[- ][A-Z]{1,2} ?\d{1,4}[EH]?",
    "DK": r"[A-Z]{2} ?\d{2} ?\d{3}",
    "EE": r"\d{3} ?[A-Z]{3}",
    "ES": r"\d{4}[- ]?[BCDFGHJKLMNPRSTVWXYZ]{3}",
    "FI": r"[A-Z]{2,3}-\d{1,3}",
    "FR": r"[A-Z]{2}[- ]?\d{3}[- ]?[A-Z]{2}|\d{2,4} ?[A-Z]{2,3} ?\d{2}",
    "GB": r"[A-Z]{2}\d{2} ?[A-Z]{3}",
    "GR": r"[A-ZΑ-Ω]{3}[- ]?\d{4}",  # noqa: RUF001 - the letters are meant
    "HR": r"[A-ZČŠŽĐ]{2}[- ]?\d{3,4}[- ]?[A-Z]{1,2}",
    "HU": r"[A-Z]{2} ?[A-Z]{2}-\d{3}|[A-Z]{3}-\d{3}",
    "IE": r"\d{2,3}-[A-Z]{1,2}-\d{1,6}",
    "IS": r"[A-Z]{2}[- ]?[A-Z]?\d{2,3}",
    "IT": r"[A-Z]{2} ?\d{3} ?[A-Z]{2}",
    "LI": r"FL[- ]\d{3,5}",
    "LT": r"[A-Z]{3} ?\d{3}",
    "LU": r"[A-Z]{2} ?\d{4}",
    "LV": r"[A-Z]{2}-\d{1,4}",
    "MT": r"[A-Z]{3} ?\d{3}",
    "NL": r"[A-Z0-9]{1,3}-[A-Z0-9]{2,3}-[A-Z0-9]{1,2}",
    "NO": r"[A-Z]{2} ?\d{5}",
    "PL": r"[A-Z]{2,3} ?[A-Z0-9]{4,5}",
    "PT": r"[A-Z0-9]{2}-[A-Z0-9]{2}-[A-Z0-9]{2}",
    "RO": r"[A-Z]{1,2}[- ]?\d{2,3}[- ]?[A-Z]{3}",
    "SE": r"[A-Z]{3} ?\d{2}[A-Z0-9]",
    "SI": r"[A-Z]{2} [A-Z0-9]{2}-[A-Z0-9]{3}",
    "SK": r"[A-Z]{2}[- ]?\d{3}[A-Z]{2}",
}
_WORDS = (
    "license plate,licence plate,number plate,registration plate,plate number,vehicle registration,"
    "kennzeichen,nummernschild,autokennzeichen,kontrollschild,immatriculation,plaque,"
    "plaque d'immatriculation,matrícula,targa,kenteken,nummerplaat,nummerplade,nummerplåt,"
    "registreringsnummer,rejestracyjny,tablica rejestracyjna,numer rejestracyjny,"
    "număr de înmatriculare,înmatriculare,rendszám,rendszáma,rendszámú,spz,rz,poznávací značka,"
    "evidenčné číslo,registrska,registrska oznaka,registarska oznaka,registracija,"
    "регистрационен номер,рег номер,πινακίδα,πινακίδας,αριθμός κυκλοφορίας,rekisterinumero,"  # noqa: RUF001 - the letters are meant
    "rekisterikilpi,registreerimisnumber,numbrimärk,valstybinis numeris,numerzīme,"
    "reģistrācijas numurs,skiltnummer,bílnúmer,pjanċa"
)

RULE = document_rule(
    name="license_plate",
    entity="LICENSE_PLATE",
    shapes=SHAPES,
    words=_WORDS,
    examples=(
        (
            "Kennzeichen B-MW 1234",
            "immatriculation AB-123-CD",
            "number plate AB12 CDE",
            "matrícula 1234 BCD",
            "targa AB123CD",
            "kenteken GB-001-B",
        ),
        ("model B-MW 1234", "Kennzeichen fehlt", "the plate AB-123-CD"),
    ),
)
