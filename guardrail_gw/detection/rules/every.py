"""Every rule of our own: what exists everywhere, then what states issue."""

from guardrail_gw.detection.rules import (
    api_key,
    credit_card,
    email_address,
    iban,
    ip_address,
    jwt,
    password,
    phone_number,
    private_key,
)
from guardrail_gw.detection.rules.national.every import RULES as NATIONAL
from guardrail_gw.detection.rules.rule import Rule

RULES: tuple[Rule, ...] = (
    api_key.RULE,
    credit_card.RULE,
    email_address.RULE,
    iban.RULE,
    ip_address.RULE,
    jwt.RULE,
    password.RULE,
    phone_number.RULE,
    private_key.RULE,
    *NATIONAL,
)
