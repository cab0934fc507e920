"""Finland: henkilötunnus, a date of birth, a sign of the century, a serial, a check.

Source: Act 661/2009; Decree 128/2010 and its change 690/2022: remainder of the nine digits modulo
31.
"""

from stdnum.fi import hetu

from guardrail_gw.detection.rules.national.identifier import Identifier


def _valid(number: str) -> bool:
    """Temporary codes, whose serial is 900 or more, count too."""
    return hetu.is_valid(number, allow_temporary=True)


IDENTIFIER = Identifier(
    entity="FI_PERSONAL_IDENTITY_CODE",
    country="FI",
    shapes=("######[-+A-FU-Y]###~",),
    digits=9,
    check=_valid,
    chance=0.0008,
    separators="",
    words=(
        "hetu, henkilötunnus, henkilötunnuksen, henkilötunnukseni, henkilötunnuksesi, "
        "personbeteckning, personbeteckningen, sotu, sosiaaliturvatunnus, personal identity "
        "code, finnish personal identity code"
    ),
    valid=("131052-308T", "hetu 131052-308t", "henkilötunnus: 010594Y9032"),
    invalid=("131052-308U", "310252-308Y", "1131052-308T"),
)
