"""Germany: Steuernummer of a tax office, ten to thirteen digits, a shape only.

Source: BMF, Steuernummern of the states, formats as listed; their check digits differ by state.
"""

from stdnum.de import stnr

from guardrail_gw.detection.rules.national.identifier import Identifier

IDENTIFIER = Identifier(
    entity="DE_TAX_NUMBER",
    country="DE",
    shapes=("#{2,3}/#{3,4}/#{4,5}", "#{10,11}", "#{13}"),
    digits=10,
    check=stnr.is_valid,
    words=("steuernummer, steuer-nr, steuernr, st.-nr, stnr, st-nr, finanzamt, german tax number"),
    valid=("Steuernummer 181/815/08155", "St.-Nr. 4151081508156"),
    invalid=("181/815/08155", "Steuernummer 181/815"),
)
