"""Spain: número de la Seguridad Social, province, serial and two check digits.

Source: TGSS: the first ten digits modulo 97; a serial below ten million counts with seven digits.
"""

from guardrail_gw.detection.rules.national.identifier import Identifier

_PROVINCES = (*range(1, 54), 66)
_SHORT = 10_000_000


def _valid(number: str) -> bool:
    province, serial = int(number[:2]), int(number[2:10])
    whole = int(number[:2] + (f"{serial:07}" if serial < _SHORT else f"{serial:08}"))
    return province in _PROVINCES and whole % 97 == int(number[10:])


IDENTIFIER = Identifier(
    entity="ES_SOCIAL_SECURITY",
    country="ES",
    shapes=("##_########_##",),
    digits=12,
    check=_valid,
    chance=0.006,
    words=(
        "número de la seguridad social, seguridad social, nuss, naf, nss, n.s.s., afiliación, "
        "número de afiliación, spanish social security number"
    ),
    valid=("NSS 28/12345678/40", "281234567840"),
    invalid=("28/12345678/41", "99/12345678/40"),
)
