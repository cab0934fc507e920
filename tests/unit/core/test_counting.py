"""What reservations say of themselves."""

import pytest

from guardrail_gw.core.counting import BudgetClaim, Claim, Denied, RateClaim, Reservation, SlotClaim

BUDGET = BudgetClaim(name="b", amount=5, limit=9, ttl_s=600)
SLOT = SlotClaim(name="s", limit=1)


def test_a_reservation_can_be_settled_as_long_as_its_longest_counter_is_kept() -> None:
    """Without a budget, longer than any request is under way."""
    both = Reservation(id="1", home="h", claims=(SLOT, BUDGET), lease_s=30)
    slot = Reservation(id="1", home="h", claims=(SLOT,), lease_s=30)

    assert (both.keep_s, slot.keep_s) == (600, 7200)
    assert (both.budgets, both.slots) == ([BUDGET], [SLOT])


@pytest.mark.parametrize(
    ("claim", "never"),
    [
        (BUDGET, False),
        (BudgetClaim(name="b", amount=10, limit=9, ttl_s=1), True),
        (RateClaim(name="r", amount=2, limit=2, period_s=60), False),
        (RateClaim(name="r", amount=3, limit=2, period_s=60), True),
        (SLOT, False),
    ],
)
def test_what_asks_for_more_than_there_is_fits_never(claim: Claim, *, never: bool) -> None:
    """However long it waits."""
    assert Denied(claim=claim).fits_never is never
