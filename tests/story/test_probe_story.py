"""Probes, metrics and operators have a port of their own, and clients may have a path."""

import json
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from guardrail_gw.errors import ConfigError
from guardrail_gw.server.listener import Listener
from tests.support.redis import free_port
from tests.support.world import World, world

PATHS = ("/livez", "/readyz", "/metrics", "/admin/routing", "/admin/workers")


async def look(here: World, path: str, *, method: str = "GET", **headers: str) -> tuple[int, bytes]:
    """Ask the probes' listener."""
    probe = here.gateway.admin
    assert probe is not None
    url = f"http://127.0.0.1:{probe.port}{path}"
    async with here.client.request(method, url, headers=headers) as response:
        return response.status, await response.read()


async def test_clients_and_probes_do_not_meet(tmp_path: Path) -> None:
    """What the one port answers, the other does not; only `/healthz` is at both."""
    async with world(tmp_path, probe={"port": 0}) as here:
        assert [(await look(here, path))[0] for path in PATHS] == [200] * 5
        assert [(await here.get(path))[0] for path in PATHS] == [404] * 5
        assert (await here.get("/healthz"))[0] == (await look(here, "/healthz"))[0] == 200
        assert (await look(here, "/v1/models"))[0] == 404
        assert (await look(here, "/livez", method="POST"))[0] == 405


async def test_readiness_says_what_is_loaded(tmp_path: Path) -> None:
    """Safeguards, policies, configuration and keys; a detector that is down shows."""
    async with world(tmp_path, probe={"port": 0}) as here:
        status, said = await look(here, "/readyz")
        here.detectors.broken = True
        down, checks = await look(here, "/readyz")
        metrics = (await look(here, "/metrics"))[1].decode()

    told: dict[str, Any] = json.loads(said)
    assert (status, told["status"], down) == (200, "ready", 503)
    assert json.loads(checks)["checks"]["detection"] is False
    assert told["config_digest"] == here.gateway.settings.digest
    assert told["secrets_generation"] == 1
    assert f'guardrail_gw_config_info{{digest="{told["config_digest"]}"}} 1.0' in metrics
    assert f'guardrail_gw_secrets_info{{digest="{told["secrets_digest"]}"}} 1.0' in metrics


async def test_ready_means_that_clients_can_connect(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The probes answer before clients can connect, and say so until they can."""
    port, listen, before = free_port(), Listener.start, list[tuple[int, bool]]()

    async def start(listener: Listener) -> None:
        url = f"http://127.0.0.1:{port}/readyz"
        if listener.port != port:  # it is the clients'; the probes' answers already
            async with aiohttp.ClientSession() as client, client.get(url) as response:
                before.append((response.status, (await response.json())["checks"]["accepting"]))
        await listen(listener)

    monkeypatch.setattr(Listener, "start", start)
    async with world(tmp_path, probe={"port": port}) as here:
        after = (await look(here, "/readyz"))[0]
        connected = (await here.get("/healthz"))[0]

    assert (before, after, connected) == ([(503, False)], 200, 200)


async def test_no_web_page_reads_it(tmp_path: Path) -> None:
    """A foreign `Host`, or any `Origin`, is refused on every path."""
    async with world(tmp_path, probe={"port": 0, "hosts": ["gw.internal"]}) as here:
        for path in PATHS:
            assert (await look(here, path, Host="gw.internal:9000"))[0] == 200
            assert (await look(here, path, Host="evil.example"))[0] == 421
            assert (await look(here, path, Origin="http://evil.example"))[0] == 421


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"probe": {"port": 18080}, "listen": {"port": 18080}}, r"probe\.port"),
        ({"probe": {"port": 0}, "admin": {"port": 0}}, "admin"),
        ({"workers": 2}, "workers"),
        ({"listen": {"unix": "a.sock", "port": 80}}, "listen"),
    ],
)
async def test_what_cannot_be_meant_is_refused(
    tmp_path: Path, fields: dict[str, Any], where: str
) -> None:
    """One port for both, two listeners for operators, workers that nobody answers for."""
    with pytest.raises(ConfigError, match=where):
        async with world(tmp_path, **fields):
            pass


async def test_clients_reach_it_through_a_path(tmp_path: Path) -> None:
    """As through a port; a single tenant may be served there, and no port is open."""
    who = {"single_tenant": {"tenant": "acme", "team": "crm", "user": "app"}}
    listen = {"unix": "gateway.sock", "unix_mode": "0600"}
    async with world(tmp_path, listen=listen, access=who) as here:
        path = tmp_path / "gateway.sock"
        mode = path.stat().st_mode & 0o777
        body = {"model": "assistant", "messages": [{"role": "user", "content": "hello"}]}
        async with (
            aiohttp.ClientSession(connector=aiohttp.UnixConnector(str(path))) as client,
            client.post("http://localhost/v1/chat/completions", json=body) as response,
        ):
            answer = await response.json()

    assert (mode, response.status, here.gateway.port) == (0o600, 200, 8080)
    assert answer["choices"][0]["message"]["content"] == "hello"
    assert not path.exists()
