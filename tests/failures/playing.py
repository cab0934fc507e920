"""What scenes of failures are made of: play one, and say what came of it."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from tests.failures.place import SERVED, Place, lost, place, recorded

Hurt = Callable[[Place], AbstractAsyncContextManager[None]]
REQUESTS: Final = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Came:
    """What came of one failure."""

    saw: Counter[str]
    """How the requests ended that were asked while it lasted."""
    records: Counter[str]
    """How outcomes of the whole run ended."""
    lost: list[str]
    """Anything that is not as it has to be."""
    recovered_s: float | None
    """From its end until requests are answered again; None: nothing starts in the first place."""
    noted: str = ""


async def played(  # noqa: PLR0913 - what a scene is made of, each by name
    folder: Path,
    hurt: Hurt,
    *,
    requests: int = REQUESTS,
    at_once: int = 4,
    strangers: bool = False,
    noted: Callable[[Place], str] = lambda _: "",
    until: Callable[[Place], Awaitable[None]] | None = None,
    missing: Callable[[Place], Iterable[str]] = lambda _: (),
    **more: Any,
) -> Came:
    """Ask before, while it lasts, and until it is over; then stop, and look at log and provider.

    Args:
        folder: of the gateway.
        hurt: what fails, and ends.
        requests: how many are asked while it lasts.
        at_once: how many of them.
        strangers: they are of callers who never asked before.
        noted: what else is printed.
        until: waits for what is to recover beside requests.
        missing: what is lost elsewhere, once the gateway has stopped.
        more: as `place` says.
    """
    async with place(folder, **more) as there:
        before = await there.ask_many(4)
        assert before == {SERVED: 4}, before
        async with hurt(there):
            there.as_strangers = strangers
            saw = await there.ask_many(requests, at_once)
        recovered_s = await there.recovered_s()
        if until is not None:
            begun_s = time.monotonic()
            await until(there)
            recovered_s += time.monotonic() - begun_s
        said = noted(there)
    came = await asyncio.to_thread(judged, there, saw, recovered_s, said)
    return replace(came, lost=[*came.lost, *await asyncio.to_thread(lambda: [*missing(there)])])


def judged(there: Place, saw: Counter[str], recovered_s: float, noted: str) -> Came:
    """What came of it, when the gateway has stopped: by its log and its provider."""
    return Came(
        saw=saw,
        records=recorded(there),
        lost=lost(there),
        recovered_s=recovered_s,
        noted=noted,
    )
