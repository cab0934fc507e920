"""Sweden: personnummer and samordningsnummer, a date of birth, a serial and a check digit.

Source: Folkbokföringslagen (1991:481), section 18; Luhn over ten digits; day plus 60 for
samordningsnummer.
"""

from guardrail_gw.detection.rules.checksums import dated, digits, luhn
from guardrail_gw.detection.rules.national.identifier import Identifier

_COORDINATED = 60
_CENTURIES = ("", "16", "18", "19", "20")
"""16 marks other numbers that are written in the same way."""


def _valid(number: str) -> bool:
    short = number[-10:]
    if number[:-10] not in _CENTURIES:
        return False
    day = int(short[4:6])
    born = day - _COORDINATED if day > _COORDINATED else day
    return dated(born, short[2:4]) and luhn(digits(short))


IDENTIFIER = Identifier(
    entity="SE_PERSONNUMMER",
    country="SE",
    shapes=("######[ +-]?####", "[12][0689]######[ +-]?####"),
    digits=10,
    check=_valid,
    chance=0.0075,
    unbroken=0.75,
    separators=" +-",
    words=(
        "personnummer, personnumret, pnr, personnr, samordningsnummer, svenskt personnummer, "
        "svensk id, swedish personal identity number, swedish personal number, personal "
        "identity number"
    ),
    valid=("personnummer 880320-0016", "19880320-0016", "8803200016", "880380-0013"),
    invalid=("880320-0018", "881320-0016", "18880320-00161"),
)
