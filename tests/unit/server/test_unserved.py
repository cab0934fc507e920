"""Surfaces that are not passed on, in front of a chain that may be down."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
import pytest

from guardrail_gw.chain import Answer
from guardrail_gw.core.exchange import Arrival, Inbound
from guardrail_gw.core.identity import Principal
from guardrail_gw.dialects.every import BY_NAME
from guardrail_gw.errors import AuditDown
from guardrail_gw.observability.clock import SystemClock
from guardrail_gw.server.access import SingleTenant
from guardrail_gw.server.application import Health, application
from guardrail_gw.server.chat import Load
from guardrail_gw.server.listener import Address, Listener
from guardrail_gw.server.strangers import Strangers
from guardrail_gw.server.unserved import Unserved
from tests.support.health import no_metrics

WHO = Principal(tenant="acme", team="web", user="bot", key_id="k1")


@dataclass(slots=True)
class Recording:
    """A chain that notes which surfaces were asked, unless it cannot record."""

    surfaces: list[str] = field(default_factory=list)
    down: bool = False

    @asynccontextmanager
    async def exchange(
        self, arrival: Arrival, admit: Callable[[], Awaitable[Inbound]]
    ) -> AsyncIterator[Answer]:
        if self.down:
            raise AuditDown("the disk is full")
        self.surfaces.append(arrival.surface)
        yield await self._admitted(admit)

    async def _admitted(self, admit: Callable[[], Awaitable[Inbound]]) -> Answer:
        await admit()
        raise AssertionError("somebody was let in")


async def told(chain: Recording, *, limit: int = 4) -> tuple[int, str]:
    """Status and code of the answer to somebody who uploads a file."""
    clock, access = SystemClock(), SingleTenant(only=WHO)
    load = Load(limit=limit)
    app = application(
        surfaces=(),
        models=(),
        access=access,
        health=Health(ready=dict, generation=dict, metrics=no_metrics),
        defect=lambda _: None,
        unserved=Unserved(
            forms=BY_NAME,
            chain=chain,
            access=access,
            strangers=Strangers(chain=chain, clock=clock, counted=lambda _: None),
            clock=clock,
            load=load,
        ),
    )
    served = Listener(app, Address(host="127.0.0.1", port=0), drain_s=1)
    await served.start()
    async with (
        aiohttp.ClientSession(f"http://127.0.0.1:{served.port}") as client,
        client.post("/v1/files", data=b"Anna") as response,
    ):
        answer = await response.json()
    await served.close()
    assert load.in_flight == 0
    return response.status, answer["error"]["code"]


async def test_a_refusal_is_recorded_by_the_surface_s_name() -> None:
    """Before it is told."""
    chain = Recording()

    assert await told(chain) == (403, "surface.not_served")
    assert chain.surfaces == ["files"]


@pytest.mark.parametrize(
    ("chain", "limit", "expected"),
    [
        (Recording(down=True), 4, (503, "audit.unavailable")),
        (Recording(), 0, (503, "server.overloaded")),
    ],
    ids=["audit down", "overloaded"],
)
async def test_what_stands_in_the_way_of_a_record_is_told(
    chain: Recording, limit: int, expected: tuple[int, str]
) -> None:
    """As on every other surface."""
    assert await told(chain, limit=limit) == expected
