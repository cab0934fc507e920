"""Where requests go, told by who was contacted."""

from tests.support.world import World

PERSONAL = "My name is Anna Schmidt, anna.schmidt@example.org."


async def test_the_cheapest_deployment_serves_what_is_not_personal(here: World) -> None:
    """Without personal data the US deployment, being cheapest, answers."""
    status, _ = await here.ask("Name three good habits.")

    assert status == 200
    assert (len(here.us.received), len(here.eu.received)) == (1, 0)


async def test_personal_data_goes_to_the_eu_though_it_costs_more(here: World) -> None:
    """With personal data the US deployment is not contacted."""
    status, _ = await here.ask(PERSONAL)

    assert status == 200
    assert (len(here.us.received), len(here.eu.received)) == (0, 1)


async def test_failover_stays_within_the_allowed_regions(here: World) -> None:
    """When both EU providers fail, the US one is still not tried."""
    here.eu.script.extend(["status-500"] * 9)
    here.eu2.script.extend(["status-500"] * 9)

    status, answer = await here.ask(PERSONAL)

    assert (status, answer["error"]["code"]) == (502, "upstream.failed")
    assert here.eu.received
    assert here.eu2.received
    assert here.us.received == []


async def test_the_second_eu_provider_takes_over(here: World) -> None:
    """When the first EU provider fails, the second answers and the reply is restored."""
    here.eu.script.extend(["status-500"] * 9)

    status, answer = await here.ask(PERSONAL)

    assert status == 200
    assert answer["choices"][0]["message"]["content"] == PERSONAL
    assert here.us.received == []


async def test_no_lawful_deployment_means_451_and_silence(here: World) -> None:
    """A model that only the US serves is refused for personal data, and the record says why."""
    status, answer = await here.ask(PERSONAL, model="american")

    assert (status, answer["error"]["code"]) == (451, "residency.no_lawful_upstream")
    assert here.sent == []
    rejected = next(r.meta for r in here.records() if r.kind == "intent" and r.meta)
    assert rejected["decision"] == "blocked"
    assert rejected["facts"]["rejected"][0]["deployment"] == "us-0"
