"""Ukraine: tax number of a person (RNTRC), ten digits with a check digit.

Source: State Tax Service; weights -1 5 7 9 4 6 10 5 7 modulo 11 modulo 10.
"""

from stdnum.ua import rntrc

from guardrail_gw.detection.rules.national.identifier import Identifier

IDENTIFIER = Identifier(
    entity="UA_RNTRC",
    country="UA",
    shapes=("#{10}",),
    digits=10,
    check=rntrc.is_valid,
    chance=0.1,
    words=("рнокпп, іпн, ідентифікаційний номер, податковий номер, rntrc, ukrainian tax number"),
    valid=("РНОКПП 1759013776", "ІПН: 1759013776"),
    invalid=("ІПН 1759013777", "1759013776"),
)
