"""Whether an epoch is sealed to those who are supposed to open it (FORMAT.md, 4 and 12). Pure."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from guardrail_gw.audit.findings import Code
from guardrail_gw.audit.record import RecordError, parse_json
from guardrail_gw.audit.seal import sealed_sizes
from guardrail_gw.keys.audit_keys import PublicMaterial
from guardrail_gw.keys.recipients import MIN_RECIPIENTS, Recipient, names

_PAIR = 2


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
    try:
        return _wrongly(leaf, parse_json(wrap), before, public)
    except (RecordError, KeyError, TypeError, AttributeError):  # of another form
        return Code.RECIPIENTS_MALFORMED


def _wrongly(
    leaf: Mapping[str, Any],
    sealed: Mapping[str, Any],
    before: Mapping[str, Any],
    public: PublicMaterial,
) -> Code | None:
    known = {(each.name, key) for each in public.recipients for key in each.fingerprints}
    sealed_to = sealed.get("to")
    if not isinstance(sealed_to, dict) or not sealed_to.items() <= known:
        return Code.RECIPIENTS_SWAPPED
    if leaf.get("rn", 0) < before.get("rn", 0):
        return Code.RECIPIENTS_ROLLED_BACK
    other = _other_than_signed(leaf, sealed_to, public)
    if other is None and not _in_their_ways(leaf, sealed, public):
        return Code.RECIPIENTS_QUORUM
    return other


def _other_than_signed(
    leaf: Mapping[str, Any], sealed_to: Mapping[str, Any], public: PublicMaterial
) -> Code | None:
    signed, serial = _signed(leaf, public), leaf.get("rn", 0)
    if signed is None:
        return Code.RECIPIENTS_UNSIGNED if serial and public.versions else None
    return None if sealed_to == names(signed, leaf["suite"]) else Code.RECIPIENTS_OTHER


def _signed(leaf: Mapping[str, Any], public: PublicMaterial) -> tuple[Recipient, ...] | None:
    """Whom the text names that the epoch names; None if there is no such text."""
    serial, texts = leaf.get("rn", 0), public.versions
    if not 0 < serial <= len(texts) or texts[serial - 1].digest != leaf["rd"]:
        return None
    signed: tuple[Recipient, ...] = texts[serial - 1].content.recipients
    return signed


def _in_their_ways(
    leaf: Mapping[str, Any], sealed: Mapping[str, Any], public: PublicMaterial
) -> bool:
    """Whether each chain is sealed to each reader, or each pair, and to nobody else.

    What is within a seal only its readers see; how many layers it has shows in its length.
    """
    signed = _signed(leaf, public)
    if signed is None and leaf.get("rn"):  # the text is not at hand: who is of which group?
        pairs = [who.split("+") for who in sealed["full"]]
        return all(len(set(pair)) == len(pair) == _PAIR for pair in pairs)
    # Without a text everyone opens everything, `full` with anyone else.
    each = [replace(r, group="") for r in public.recipients if r.name in sealed["to"]]
    expected = sealed_sizes(signed or tuple(each), leaf["suite"])
    return len(sealed["to"]) >= MIN_RECIPIENTS and expected == {
        chain: {who: len(seal) for who, seal in sealed[chain].items()}
        for chain in sealed
        if chain != "to"
    }
