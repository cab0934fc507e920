"""Numbers of identity cards, beside the card's name.

Source: PRADO, the Council of the EU's register of identity documents (numbering of the cards in
issue). A personal number that is printed on a card has a rule of its own.
"""

from guardrail_gw.detection.rules.documents import document_rule

SHAPES = {
    "AT": r"[A-Z]{2}\d{7}|\d{7,8}",
    "BE": r"\d{3}[- ]?\d{7}[- ]?\d{2}|[A-Z]\d{9}",
    "BG": r"[A-Z]{2}\d{7}|\d{9}",
    "CH": r"[A-Z]\d[A-Z0-9]{6}",
    "CY": r"\d{6,10}",
    "CZ": r"\d{9}",
    "DE": r"[CFGHJKLMNPRTVWXYZ][CFGHJKLMNPRTVWXYZ0-9]{7,8}\d",
    "EE": r"[A-Z]{2}\d{7}",
    "ES": r"[A-Z]{3}\d{6}",
    "FI": r"\d{9}|[A-Z]{2}\d{7}",
    "FR": r"\d{12}|[A-Z0-9]{3}[A-Z0-9]{4}\d{2}",
    "GR": r"[A-ZΑ-Ω]{1,2}[- ]?\d{6}",  # noqa: RUF001 - the letters are meant
    "HR": r"\d{9}",
    "HU": r"\d{6}[A-Z]{2}",
    "IE": r"[A-Z]\d{8}",
    "IS": r"[A-Z]\d{7}",
    "IT": r"[A-Z]{2} ?\d{5} ?[A-Z]{2}|[A-Z]{2} ?\d{7}",
    "LI": r"[A-Z]{2}\d{6}",
    "LT": r"\d{8}",
    "LU": r"[A-Z0-9]{2}\d{7}",
    "LV": r"[A-Z]{2}\d{7}",
    "MT": r"\d{3,7}[MGAPLHBZ]",
    "NL": r"I[A-Z0-9]{7}\d",
    "NO": r"[A-Z]{3}\d{5}",
    "PL": r"[A-Z]{3} ?\d{6}",
    "PT": r"\d{8} ?\d ?[A-Z]{2}\d",
    "RO": r"[A-Z]{2} ?\d{6}",
    "SE": r"[A-Z]{2}\d{6}",
    "SI": r"[A-Z]{2}\d{7}",
    "SK": r"[A-Z]{2} ?\d{6}",
}
_WORDS = (
    "id card,identity card,identity card number,id card number,national id,personalausweis,"
    "ausweisnummer,ausweis,carte d'identité,carte nationale,cni,documento de identidad,dni,"
    "carta d'identità,carta identità,identiteitskaart,id kaart,cartão de cidadão,"
    "bilhete de identidade,dowód osobisty,dowodu osobistego,nr dowodu,carte de identitate,"
    "buletin,seria,személyi igazolvány,személyi,občanský průkaz,občanského průkazu,"
    "občiansky preukaz,občianskeho preukazu,osebna izkaznica,osebne izkaznice,osobna iskaznica,"
    "osobne iskaznice,лична карта,личната карта,δελτίο ταυτότητας,ταυτότητα,ταυτότητας,adt,"
    "id kort,identitetskort,legitimation,henkilökortti,henkilökortin,isikutunnistus,"
    "id kaardi,asmens tapatybės,personas apliecība,apliecības,karta tal identità,karta tal id,"
    "nafnskírteini,lëtzebuerger identitéitskaart"
)

RULE = document_rule(
    name="id_card",
    entity="ID_CARD",
    shapes=SHAPES,
    words=_WORDS,
    examples=(
        (
            "Personalausweis L01X00T47",
            "Personalausweis L01X00T471",
            "dowód osobisty ABA 300000",
            "carte d'identité 880692310285",
            "carta d'identità CA00000AA",
            "ID card no. AB1234567",
            "občanský průkaz 123456789",
        ),
        ("invoice L01X00T47", "identity card required", "dowód"),
    ),
)
