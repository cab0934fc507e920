"""Postcodes: what marks them as such without a word beside them, and what only a place can.

Source: UPU S42 and the postal operators' definitions; for the United Kingdom BS 7666.
"""

MARKED = (
    r"(?:GIR ?0AA|(?:[A-PR-UWYZ][0-9]{1,2}|[A-PR-UWYZ][A-HK-Y][0-9]{1,2}|"
    r"[A-PR-UWYZ][0-9][A-HJKSTUW]|"
    r"[A-PR-UWYZ][A-HK-Y][0-9][ABEHMNPRVWXY]) [0-9][ABD-HJLNP-UW-Z]{2})"  # GB
    r"|[AC-FHKNPRTV-Y][0-9]{2} [0-9AC-FHKNPRTV-Y]{4}|D6W [0-9AC-FHKNPRTV-Y]{4}"  # IE
    r"|(?:A|AT|B|BE|BG|CH|CY|CZ|D|DE|DK|E|EE|ES|F|FI|FR|GR|H|HR|HU|I|IS|IT|L|LI|LT|LU|LV|N|"
    r"NL|NO|PT|RO|S|SE|SI|SK)"
    r"-[0-9]{3} ?[0-9]{1,3}"  # with the country's mark
    r"|[A-CEGHJ-NPR-TVXY][0-9][A-CEGHJ-NPR-TV-Z] [0-9][A-CEGHJ-NPR-TV-Z][0-9]"  # CA
    r"|MD-?[0-9]{4}"  # MD
)
WITH_TOWN = (
    r"[0-9]{2}-[0-9]{3}"  # PL
    r"|[0-9]{4}-[0-9]{3}"  # PT
    r"|[1-9][0-9]{3} ?[A-Z]{2}"  # NL
    r"|[0-9]{3} [0-9]{2}"  # SE, CZ, SK, GR
    r"|[0-9]{5,6}(?:-[0-9]{4})?"  # DE, FR, IT, ES, FI, EE, LT, HR, US; RO
    r"|[0-9]{4}"  # AT, BE, BG, CH, CY, DK, HU, LU, NO, SI, LV
    r"|[A-Z]{3} [0-9]{4}"  # MT
    r"|[0-9]{3}"  # IS
)
"""Digits that are a postcode only where one is expected: beside a town, in an address."""
