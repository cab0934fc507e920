"""United States: bank account number, eight to seventeen digits, a shape only.

Source: ABA, check and ACH formats (Nacha): up to seventeen digits, no check digit.
"""

from guardrail_gw.detection.rules.national.identifier import Identifier

IDENTIFIER = Identifier(
    entity="US_BANK_NUMBER",
    country="US",
    shapes=("#{8,17}",),
    digits=8,
    words=(
        "account number, bank account, bank account number, account no, acct, acct no, "
        "checking account, savings account, debit account, bank#"
    ),
    valid=("bank account number 945456787654", "acct: 12345678"),
    invalid=("945456787654", "account number 1234567"),
)
