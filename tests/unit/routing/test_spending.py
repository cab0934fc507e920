"""What files and batches may cost, and when it is counted."""

from dataclasses import replace

import pytest

from guardrail_gw.core.exchange import Envelope, Kept
from guardrail_gw.routing.spending import Guess
from tests.support.routing_world import deployment, recorded


def guess(envelope: Envelope, makes: Kept = Kept.FILE) -> Guess:
    """Of a request with such a body."""
    redacted = recorded([deployment("a")], stream=False).placed.redacted
    question = replace(redacted.inbound.question, dialect="openai_files", makes=makes)
    inbound = replace(redacted.inbound, question=question)
    return Guess(replace(redacted, inbound=inbound, envelope=envelope), "/files", {})


def test_a_batch_may_cost_what_all_its_requests_may() -> None:
    """Every piece of the body is read, and each request is answered."""
    one = Envelope(before=b"x" * 400, after=b"y" * 400, lines=("a",))
    three = replace(one, between=(b"z" * 400,) * 2, lines=("a", "b", "c"))

    small, large = (guess(each).with_most(100) for each in (one, three))

    assert (small.written, large.written) == (100, 300)
    assert large.read > small.read


@pytest.mark.parametrize("makes", [Kept.FILE, Kept.BATCH])
def test_what_is_only_kept_costs_nothing(makes: Kept) -> None:
    """Nobody answers it, however long it is."""
    made = guess(Envelope(before=b"x" * 4000, after=b"", names_model=False), makes)

    assert (made.with_most(100).read, made.with_most(100).written) == (0, 0)
