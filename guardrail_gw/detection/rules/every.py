"""Every rule of our own, in the order of their entities' names."""

from guardrail_gw.detection.rules import (
    api_key,
    be_national_number,
    credit_card,
    email_address,
    fr_nir,
    iban,
    ip_address,
    jwt,
    nl_bsn,
    password,
    phone_number,
    private_key,
    ro_cnp,
    us_ssn,
)
from guardrail_gw.detection.rules.rule import Rule

RULES: tuple[Rule, ...] = (
    api_key.RULE,
    be_national_number.RULE,
    credit_card.RULE,
    email_address.RULE,
    fr_nir.RULE,
    iban.RULE,
    ip_address.RULE,
    jwt.RULE,
    nl_bsn.RULE,
    password.RULE,
    phone_number.RULE,
    private_key.RULE,
    ro_cnp.RULE,
    us_ssn.RULE,
)
