"""Spain: foreigner identity number, X, Y or Z, seven digits and a letter.

Source: Royal Decree 557/2011, article 206; the letter as for the DNI, remainder modulo 23.
"""

from stdnum.es import dni

from guardrail_gw.detection.rules.national.identifier import Identifier


def _valid(number: str) -> bool:
    """An extra zero in front of the digits, as older cards have it, changes nothing."""
    return dni.calc_check_digit(f"{'XYZ'.index(number[0])}{number[1:-1]}") == number[-1]


IDENTIFIER = Identifier(
    entity="ES_NIE",
    country="ES",
    shapes=("[XYZ]_#{7}_@", "[XYZ]_#{8}_@"),
    digits=7,
    check=_valid,
    chance=0.0435,
    words=(
        "nie, número de identificación de extranjero, número de identidad de extranjero, "
        "identidad de extranjero, extranjero, spanish foreigner number, foreigner identity "
        "number"
    ),
    valid=("NIE X-2482300-W", "X2482300W", "x-2482300w"),
    invalid=("X2482300A", "A2482300W", "X248230W"),
)
