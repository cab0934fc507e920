"""Japan: My Number, twelve digits with a check digit.

Source: Act 27 of 2013, order 85 of 2014; weights 2 to 7 modulo 11.
"""

from stdnum.jp import in_

from guardrail_gw.detection.rules.national.identifier import Identifier

IDENTIFIER = Identifier(
    entity="JP_MY_NUMBER",
    country="JP",
    shapes=("####_####_####",),
    digits=12,
    check=in_.is_valid,
    chance=0.1,
    words="マイナンバー, 個人番号, my number, individual number, mynumber",
    valid=("My Number 6214 9832 0257", "個人番号 621498320257"),
    invalid=("My Number 6214 9832 0258", "621498320257"),
)
