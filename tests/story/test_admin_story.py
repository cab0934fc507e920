"""What operators see of routing while the gateway runs, and where nobody sees it."""

import json
from pathlib import Path
from typing import Any

import pytest

from guardrail_gw.errors import ConfigError
from tests.support.world import World, world

PERSONAL = "My name is Anna Schmidt, anna.schmidt@example.org."
MODELS = [{"name": "assistant", "deployments": ["eu-0", "eu2-0"], "objective": "latency"}]


async def look(here: World, **headers: str) -> tuple[int, Any]:
    """Ask the operators' listener."""
    admin = here.gateway.admin
    assert admin is not None
    url = f"http://127.0.0.1:{admin.port}/admin/routing"
    async with here.client.get(url, headers=headers) as response:
        return response.status, json.loads(await response.read())


async def test_operators_see_breakers_times_and_who_is_busy(tmp_path: Path) -> None:
    """Of every deployment, with nothing that a person wrote; the same is in the metrics."""
    async with world(tmp_path, models=MODELS, admin={"port": 0}) as here:
        here.eu.script.append("status-401")
        for _ in range(3):
            assert (await here.ask(PERSONAL, stream=True))[0] == 200

        status, told = await look(here)

        assert status == 200
        assert told["models"]["assistant"] == {
            "objective": "latency",
            "deployments": ["eu-0", "eu2-0"],
        }
        left, well, never = (told["deployments"][name] for name in ("eu-0", "eu2-0", "us-0"))
        assert (left["breaker"], left["changes"], left["in_flight"]) == ("open", {"open": 1}, 0)
        assert left["blocked_s"] > 0
        assert (well["breaker"], well["in_flight"]) == ("closed", 0)
        assert well["first_token_s"] > 0
        assert never is None
        assert "Anna" not in json.dumps(told)
        assert (
            await here.metric('guardrail_gw_breaker_changes{deployment="eu-0",state="open"}') == 1
        )
        assert await here.metric('guardrail_gw_attempts_in_flight{deployment="eu2-0"}') == 0
        assert await here.metric('guardrail_gw_first_token_seconds{deployment="eu2-0"}') > 0


async def test_nobody_else_sees_it(tmp_path: Path) -> None:
    """Not where clients are, not without `admin`, and no web page."""
    async with world(tmp_path, models=MODELS, admin={"port": 0, "hosts": ["gw.internal"]}) as here:
        assert (await here.get("/admin/routing"))[0] == 404
        assert (await look(here, Host="gw.internal:9000"))[0] == 200
        assert (await look(here, Host="[::1]:9000"))[0] == 200
        for headers in ({"Host": "evil.example"}, {"Origin": "http://evil.example"}):
            status, told = await look(here, **headers)
            assert (status, told["error"]["code"]) == (421, "auth.foreign_host")

    other = tmp_path / "other"
    other.mkdir()
    async with world(other, models=MODELS) as here:
        assert here.gateway.admin is None


async def test_the_clients_port_is_no_place_for_operators(tmp_path: Path) -> None:
    """One port for both is refused at start."""
    listen = {"host": "127.0.0.1", "port": 18080}

    with pytest.raises(ConfigError, match=r"admin\.port"):
        async with world(tmp_path, models=MODELS, listen=listen, admin={"port": 18080}):
            pass
