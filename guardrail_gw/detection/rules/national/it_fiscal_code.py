"""Italy: codice fiscale, names, date and place of birth, and a check letter.

Source: Ministerial Decree of 23 December 1976: odd characters translated, sum modulo 26.
"""

from stdnum.it import codicefiscale

from guardrail_gw.detection.rules.national.identifier import TAX, Identifier


def _valid(number: str) -> bool:
    """Where two persons have the same code, letters replace digits, but never all of them."""
    return any(map(str.isdecimal, number)) and bool(codicefiscale.is_valid(number))


IDENTIFIER = Identifier(
    entity="IT_FISCAL_CODE",
    country="IT",
    shapes=(
        "@{6}[0-9LMNP-V]{2}[ABCDEHLMPRST][0-9LMNP-V]{2}[A-Z][0-9LMNP-V]{3}@",
        "@{3} @{3} ##[ABCDEHLMPRST]## @#{3}@",
    ),
    digits=1,
    check=_valid,
    chance=0.028,
    alone=0.85,
    beside=0.95,
    words=(
        f"codice fiscale, cod. fisc, cod fiscale, c.f., cf, italian tax code, fiscal code, {TAX}"
    ),
    valid=("RSSMRA85T10A562S", "codice fiscale rss mra 85t10 a562s", "CF: RSSMRA85T10A562S"),
    invalid=("RSSMRA85T10A562T", "RSSMRA85G10A562S", "XRSSMRA85T10A562S"),
)
