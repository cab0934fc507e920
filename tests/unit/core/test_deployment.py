from dataclasses import replace
from decimal import Decimal

from guardrail_gw.core.amounts import Price, Tier, Unit, Usage
from guardrail_gw.core.deployment import Form
from tests.support.routing_world import deployment


def test_a_deployment_speaks_its_dialects_and_no_other() -> None:
    """The first one counts, and those that it answers at the same address."""
    one = replace(deployment("a", dialect="letters"), also_speaks=frozenset({"digits"}))

    spoken = [name for name in ("letters", "digits", "words", "") if one.speaks(name)]

    assert spoken == ["letters", "digits"]


def test_a_form_says_where_a_provider_takes_a_dialect() -> None:
    """The model is quoted, so that no name leads elsewhere; streams may have their own path."""
    form = Form(
        dialect="d",
        path="/models/{model}:ask",
        stream_path="/models/{model}{operation}?v=1",
        operations=("/messages",),
    )

    assert form.address("/messages", "a b/../c?x#y", stream=False) == (
        "/models/a%20b%2F..%2Fc%3Fx%23y:ask"
    )
    assert form.address("/messages", "{operation}", stream=True) == (
        "/models/%7Boperation%7D/messages?v=1"
    )
    assert form.has("/messages?beta=true")
    assert not form.has("/messages/count_tokens")
    assert replace(form, operations=()).has("/anything")


def test_the_query_of_an_operation_stands_behind_that_of_its_form() -> None:
    """Where the form has the operation in its path; else neither goes on."""
    form = Form(dialect="d", path="{operation}?v=1", stream_path="/{model}:ask")

    assert form.address("/responses/r?limit=1", "m", stream=False) == "/responses/r?v=1&limit=1"
    assert form.address("/messages?beta=true", "m", stream=True) == "/m:ask"


def test_an_operation_may_be_taken_in_a_way_of_its_own() -> None:
    """The first form that has it; where none has it, the first of the dialect says so."""
    asks = Form(dialect="d", path="/ask", operations=("/messages",))
    counts = Form(dialect="d", path="/count", operations=("/messages/count_tokens",))
    both = replace(deployment("a"), forms=(asks, counts))

    assert both.form("d", "/messages?beta=true") is asks
    assert both.form("d", "/messages/count_tokens") is counts
    assert both.form("d", "/other") is asks
    assert both.form("e", "/messages") is None


def test_units_go_before_tokens() -> None:
    """What is sold by the piece costs that, whatever tokens are counted; else tokens are priced."""
    price = Price(input=Decimal(1), output=Decimal(2), cached_input=Decimal(1))
    to = replace(deployment("a"), price=price, units=((Unit.IMAGE, Decimal("0.04")),))
    usage, image = Usage(input=1_000_000, output=0), ((Unit.IMAGE, Decimal(2)),)

    assert to.cost_usd(usage, image) == Decimal("0.08")
    assert to.cost_usd(usage, ()) == Decimal(1)
    assert to.cost_usd(usage, ((Unit.SECOND, Decimal(2)),)) == Decimal(1)
    assert to.cost_usd(None, ()) is None
    assert replace(to, price=None).cost_usd(usage, ()) is None


def test_a_batch_has_a_price_of_its_own() -> None:
    """A share of the usual one where that is known, for requests whose size does not count."""
    price = Price(input=Decimal(2), output=Decimal(4), cached_input=Decimal(1))
    usual = replace(deployment("a"), price=price)
    known = replace(usual, batch_share=Decimal("0.5"))
    rising = replace(known, price=replace(price, above=((1000, price),)))
    usage = Usage(input=1_000_000, output=1_000_000)

    assert known.priced(None) is price
    assert usual.priced(Tier.BATCH) is None
    assert rising.priced(Tier.BATCH) is None
    halved = known.priced(Tier.BATCH)
    assert halved is not None
    assert halved.cost_usd(usage) == Decimal(3)


def test_a_tier_has_a_price_of_its_own_or_none() -> None:
    """The usual price is not taken for another; what nobody knows may cost the most of all."""
    cheap, plain, dear = (
        Price(input=Decimal(n), output=Decimal(n), cached_input=Decimal(n)) for n in (1, 2, 4)
    )
    usual = replace(deployment("a"), price=plain)
    tiers = ((Tier.FLEX, cheap), (Tier.PRIORITY, dear))
    known = replace(usual, price=replace(plain, tiers=tiers))

    assert known.priced(Tier.STANDARD) == known.priced(None) == known.price
    assert known.priced(Tier.FLEX) is cheap
    assert known.priced(Tier.OTHER) is None
    assert usual.priced(Tier.PRIORITY) is None
    assert known.dearest(Tier.FLEX) == (known.price, cheap)
    assert known.dearest(Tier.OTHER) == (known.price, cheap, dear)
    assert known.dearest(Tier.BATCH) == known.dearest(None) == (known.price,)
    assert replace(usual, price=None).dearest(Tier.PRIORITY) == ()
    assert known.unsaid(Tier.PRIORITY) is Tier.PRIORITY
    assert [known.unsaid(tier) for tier in (None, Tier.FLEX, Tier.OTHER)] == [None] * 3
