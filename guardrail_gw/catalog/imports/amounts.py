"""US dollars per token, as catalogues write them, into dollars per million tokens, exact."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

from guardrail_gw.catalog.model_facts import RateFact

_MILLION = Decimal(1_000_000)
_LEAST = Decimal("0.000001")
"""Finer digits are what is left of somebody's floating point."""


def dollars(value: object, *, per: Decimal = _MILLION) -> Decimal | None:
    """A positive amount; None for nothing, zero and whatever is not a number.

    A zero says in some catalogues that nothing is known, in others that it is free: unknown, then.

    Args:
        value: as the JSON has it: a number, read as Decimal, or text.
        per: what to multiply by.
    """
    if isinstance(value, bool) or not isinstance(value, Decimal | int | str):
        return None
    try:
        amount = (Decimal(value) * per).quantize(_LEAST)
    except InvalidOperation:
        return None
    return _plain(amount) if amount > 0 else None


def rates(row: Mapping[str, object], names: Mapping[str, str], *, per: Decimal) -> RateFact:
    """The rates of a row: our name for a class of tokens -> theirs."""
    found = {ours: dollars(row.get(theirs), per=per) for ours, theirs in names.items()}
    read, written = found.get("cached_input"), found.get("cache_write")
    if read is not None and written is not None and written < read:
        # No provider writes for less than it reads: the row means something else by it.
        found |= {"cache_write": None, "cache_write_long": None}
    return RateFact(**found)


def _plain(amount: Decimal) -> Decimal:
    """Without the zeros at the end, and without an exponent."""
    short = amount.normalize()
    return short.quantize(Decimal(1)) if short == short.to_integral_value() else short
