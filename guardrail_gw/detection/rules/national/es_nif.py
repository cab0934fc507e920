"""Spain: DNI and tax number of a person, eight digits (or K, L, M and seven) and a letter.

Source: Royal Decree 1553/2005, article 11: the letter follows from the remainder modulo 23.
"""

from stdnum.es import dni

from guardrail_gw.detection.rules.national.identifier import TAX, Identifier


def _valid(number: str) -> bool:
    """The letters K, L and M in front stand for persons without a DNI."""
    return dni.calc_check_digit(number[:-1].lstrip("KLM")) == number[-1]


IDENTIFIER = Identifier(
    entity="ES_NIF",
    country="ES",
    shapes=("#{7,8}_@", "##_###_###_@", "[KLM]_#{7}_@"),
    digits=7,
    check=_valid,
    chance=0.0435,
    words=(
        "dni, nif, d.n.i., n.i.f., documento nacional de identidad, número de identificación "
        f"fiscal, identificación, identificación fiscal, spanish id, spanish tax number, {TAX}"
    ),
    valid=("DNI 54362315K", "54362315-K", "54.362.315-k", "12345678Z"),
    invalid=("54362315Z", "DNI 54362315", "543623156K1"),
)
