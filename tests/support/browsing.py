"""Somebody with a session at the review console, without a real browser."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp

from guardrail_gw.audit.access import Access, AccessLog, accesses
from guardrail_gw.console.app import application
from guardrail_gw.console.desk import Checked, Desk, Review
from guardrail_gw.console.serving import Serving
from guardrail_gw.console.session import Door
from tests.support.audit_world import SteadyClock, World
from tests.support.review_index import LAW, indexed, log_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Browser:
    """Speaks HTTP with the console."""

    client: aiohttp.ClientSession
    base: str
    desk: Desk
    door: Door

    async def get(self, path: str, **more: Any) -> tuple[int, str]:
        async with self.client.get(self.base + path, **more) as response:
            return response.status, await response.text()

    async def post(self, path: str, **form: str) -> tuple[int, str]:
        data = {"token": self.door.form_token(), **form}
        async with self.client.post(self.base + path, data=data) as response:
            return response.status, await response.text()

    async def looks(self) -> list[Access]:
        """What is written down of the looks so far."""
        path: Path = self.desk.review.access.path
        return await self.desk.ask(lambda _: list(accesses(path)))


@asynccontextmanager
async def browsing(review: Review, checked: Checked) -> AsyncIterator[Browser]:
    """A browser that came in by the link."""
    desk, door = Desk(review, checked), Door(review.clock)
    jar = aiohttp.CookieJar(unsafe=True)
    pages = partial(application, desk, door)
    async with Serving(pages, door) as serving, aiohttp.ClientSession(cookie_jar=jar) as client:
        async with client.get(serving.link) as response:
            assert response.status == 200
        base = f"http://127.0.0.1:{serving.port}"
        yield Browser(client=client, base=base, desk=desk, door=door)
    await asyncio.to_thread(desk.close)


def review(keyed: World, home: Path) -> tuple[Review, Checked]:
    """A review of the keyed log, verified and indexed."""
    clock = SteadyClock()
    with indexed(keyed, home / "index.sqlite") as (_, report):
        made = Review(
            log=log_of(keyed),
            index=home / "index.sqlite",
            access=AccessLog(home / "log.access", keyed.auditor, clock),
            law=LAW,
            clock=clock,
            groups=("auditor", "escrow"),
        )
        return made, Checked(report=report, at_us=clock.now_us())
