"""Whether an epoch is sealed to those who are supposed to open it (FORMAT.md, 4 and 12). Pure."""

from collections.abc import Mapping
from typing import Any

from guardrail_gw.audit.findings import Code
from guardrail_gw.audit.record import RecordError, parse_json
from guardrail_gw.keys.audit_keys import PublicMaterial
from guardrail_gw.keys.recipients import names


def sealed_wrongly(
    leaf: Mapping[str, Any], wrap: bytes, before: Mapping[str, Any], public: PublicMaterial
) -> Code | None:
    """What is wrong with whom an epoch is sealed to; None if nothing is.

    Args:
        leaf: the epoch record's.
        wrap: its wrap section.
        before: the leaf of the epoch before; empty for the first.
        public: the recipients of every text that governors have signed.
    """
    known = {(each.name, key) for each in public.recipients for key in each.fingerprints}
    try:
        sealed_to = parse_json(wrap).get("to")
    except RecordError:
        return Code.RECIPIENTS_MALFORMED
    if not isinstance(sealed_to, dict) or not sealed_to.items() <= known:
        return Code.RECIPIENTS_SWAPPED
    if leaf.get("rn", 0) < before.get("rn", 0):
        return Code.RECIPIENTS_ROLLED_BACK
    return _other_than_signed(leaf, sealed_to, public)


def _other_than_signed(
    leaf: Mapping[str, Any], sealed_to: Mapping[str, Any], public: PublicMaterial
) -> Code | None:
    serial, texts = leaf.get("rn", 0), public.versions
    if not serial or not texts:
        return None
    if serial > len(texts) or texts[serial - 1].digest != leaf["rd"]:
        return Code.RECIPIENTS_UNSIGNED
    signed = names(texts[serial - 1].content.recipients, leaf["suite"])
    return None if sealed_to == signed else Code.RECIPIENTS_OTHER
