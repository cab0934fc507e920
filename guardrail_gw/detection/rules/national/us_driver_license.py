"""United States: driver's license number of a state, a shape beside its name only.

Source: AAMVA, formats of the states: up to fourteen letters and digits, one to three letters in
front.
"""

from guardrail_gw.detection.rules.national.identifier import Identifier

IDENTIFIER = Identifier(
    entity="US_DRIVER_LICENSE",
    country="US",
    shapes=("@{1,3}#{4,14}", "#{7,12}", "@#{2,3}[ -]#{3,4}[ -]#{4,6}"),
    digits=4,
    words=(
        "driver license, drivers license, driver's license, driver's licence, driver license "
        "number, dl number, dl no, license number, driving license, dmv"
    ),
    valid=("driver's license D1234567", "DL number 12345678", "drivers license D123-4567-8901"),
    invalid=("D1234567", "license text D1234567", "driver's license 123456"),
)
