"""What is done to the providers: scenes of three deployments each, lawful all, and one abroad.

In each scene at least one of the three is well enough to serve every request. The one abroad is
the cheapest and never lawful, because every request has an address of mail in it.
"""

import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from guardrail_gw.standin.dropping import Dropping
from guardrail_gw.standin.plan import Plan
from guardrail_gw.standin.server import StandIn

WELL: Final = ()
REFUSED, TLS_RESET, NO_NAME = "refused", "tls-reset", "no-name"
NOWHERE: Final = ".".join(["nowhere" * 8] * 5) + ".invalid"
"""Longer than a name may be (RFC 1035, 2.3.4): it does not resolve, and nobody is asked for it."""
MIXED: Final = (
    *("0.5%:stall", "0.5%:cut", "0.5%:reset", "1%:status-429", "1%:status-500"),
    *("0.5%:wrong-json", "0.5%:garbage", "0.5%:error-in-stream", "2%:echo?gap_ms=2"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """How three deployments of one model fare."""

    name: str
    fare: tuple[tuple[str, ...] | str, ...]
    """Of each deployment, the dearest last: faults of a plan, or one of the ways not to be there"""
    wave: str | None = None
    """When the faults come."""
    at_least: float
    """Share of the requests that has to be served: answered, or begun and then broken off."""
    opens: int
    """How often a breaker of one gateway may open in a minute, of each deployment."""
    breaks: float = 0.0
    """Share of the streams that may break off after content has been seen, and say so."""
    resumes: bool = False
    """Streams that break off are gone on with elsewhere."""


SCENES: Final = (  # the first one meets gateways that know of nobody yet
    Scene(name="refused", fare=(REFUSED, WELL, WELL), at_least=0.999, opens=1),
    Scene(name="mixed", fare=(MIXED, MIXED, WELL), at_least=0.999, opens=0),
    Scene(name="tls-reset", fare=(TLS_RESET, WELL, WELL), at_least=0.999, opens=1),
    Scene(name="no-name", fare=(NO_NAME, WELL, WELL), at_least=0.999, opens=1),
    Scene(name="errors", fare=(("100%:status-500",), WELL, WELL), at_least=0.999, opens=1),
    Scene(name="silent", fare=(("100%:stall",), WELL, WELL), at_least=0.999, opens=1),
    Scene(
        name="limited",
        fare=(("20%:status-429?retry_after=1",), ("10%:status-429",), WELL),
        at_least=0.999,
        opens=0,
    ),
    Scene(
        name="flapping",
        fare=(("100%:status-500",), ("50%:reset", "50%:status-503"), WELL),
        wave="1/3",
        at_least=0.99,
        opens=7,
    ),
    Scene(
        name="breaking",
        fare=(("3%:cut?after=2", "2%:reset?after=3"), ("5%:stall?after=2",), WELL),
        at_least=0.999,
        opens=0,
        breaks=0.06,
    ),
    Scene(
        name="resumed",
        fare=(
            ("3%:cut?after=9&says=go-on", "2%:reset?after=12&says=go-on"),
            ("5%:stall?after=9&says=go-on",),
            WELL,
        ),
        at_least=0.999,
        opens=0,
        resumes=True,
    ),
)


@dataclass(slots=True, kw_only=True)
class Stage:
    """The providers of all scenes."""

    providers: dict[str, StandIn] = field(default_factory=dict)
    """By deployment; those that are there at all."""
    deployments: list[dict[str, Any]] = field(default_factory=list)
    models: list[dict[str, Any]] = field(default_factory=list)

    @property
    def abroad(self) -> StandIn:
        """The one that nobody may ask."""
        return self.providers["abroad"]


@asynccontextmanager
async def staged(scenes: tuple[Scene, ...], seed: int) -> AsyncIterator[Stage]:
    """Start the providers of these scenes; the seed says which requests meet their faults."""
    stage = Stage()
    async with AsyncExitStack() as stack:
        dropping = await stack.enter_async_context(Dropping())
        places = {
            REFUSED: f"http://127.0.0.1:{_nobodys_port()}/v1",
            TLS_RESET: f"https://127.0.0.1:{dropping.port}/v1",
            NO_NAME: f"http://{NOWHERE}/v1",
        }
        abroad = stage.providers["abroad"] = await stack.enter_async_context(StandIn())
        stage.deployments.append(_deployment("abroad", abroad.base_url, "0.1", "US"))
        for scene in scenes:
            names = [f"{scene.name}-{number}" for number in range(1, len(scene.fare) + 1)]
            ends = "resume" if scene.resumes else "error"
            stage.models.append(
                {
                    "name": scene.name,
                    "deployments": ["abroad", *names],
                    "on_stream_failure": ends,
                }
            )
            for number, (name, fare) in enumerate(zip(names, scene.fare, strict=True)):
                if isinstance(fare, str):
                    url = places[fare]
                else:
                    plan = Plan.read(fare, seed=seed + number, wave=scene.wave)
                    provider = await stack.enter_async_context(StandIn(plan=plan))
                    stage.providers[name], url = provider, provider.base_url
                deployment = _deployment(name, url, f"0.{number + 2}", "DE")
                deployment["model"] = "go-on" if scene.resumes else "echo"
                stage.deployments.append(deployment)
        yield stage


def _deployment(id_: str, base_url: str, price: str, country: str) -> dict[str, Any]:
    return {
        "id": id_,
        "provider": "openai-compatible",
        "model": "echo",
        "base_url": base_url,
        "inference": [country],
        "storage": [country],
        "price": {"input": price, "output": price},
    }


def _nobodys_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])
