"""Greece: AFM, the tax number, nine digits with a check digit.

Source: AADE; powers of two modulo 11 modulo 10.
"""

from stdnum.gr import vat

from guardrail_gw.detection.rules.national.identifier import TAX, Identifier

IDENTIFIER = Identifier(
    entity="GR_AFM",
    country="GR",
    shapes=("###_###_###",),
    digits=9,
    check=vat.is_valid,
    chance=0.1,
    words=f"αφμ, α.φ.μ., αριθμός φορολογικού μητρώου, afm, greek tax number, {TAX}",
    valid=("ΑΦΜ 094259216", "AFM: 094 259 216", "Α.Φ.Μ.: 094259216"),
    invalid=("ΑΦΜ 123456781", "094259216"),
)
