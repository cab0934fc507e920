"""Why nobody answered, in the words of fallbacks."""

import pytest

from guardrail_gw.core.fallback import Cause
from guardrail_gw.routing.causes import causes_of


@pytest.mark.parametrize(
    ("results", "reasons", "causes"),
    [
        ([], ["routing.budget"], {Cause.BUDGET}),
        ([], ["routing.rate", "routing.breaker_open"], {Cause.RATE_LIMIT, Cause.ERROR}),
        (["http_429", "timeout"], [], {Cause.RATE_LIMIT, Cause.TIMEOUT}),
        (["connect"], ["residency.unlawful"], {Cause.ERROR}),
        ([], ["residency.unlawful", "routing.untranslatable"], set()),
        ([], ["routing.image", "routing.context"], {Cause.UNFIT}),
    ],
)
def test_what_stood_in_the_way_has_a_cause(
    results: list[str], reasons: list[str], causes: set[Cause]
) -> None:
    """What is unlawful, or cannot be said, calls for no other model."""
    assert causes_of(results, reasons) == causes
