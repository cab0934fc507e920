"""The gateway as a resource server, over sockets: issuer, challenges, callers."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from guardrail_gw.mcp.front.identities import Claim, Identities
from guardrail_gw.mcp.front.key_sets import KeySets
from guardrail_gw.mcp.front.oauth import WELL_KNOWN, Oauth
from guardrail_gw.server.access import KeyAccess, VirtualKey, digest
from tests.support.issuer import Signer, issuing, key_set
from tests.support.mcp_front import KEY, ME, Front, front, rpc

HERE = "https://gw.example/mcp/one"
SIGNER = Signer.ec("k1")


class HandClock:
    """Time by hand."""

    def __init__(self) -> None:
        self.s = 1_700_000_000.0

    def now_us(self) -> int:
        return int(self.s * 1e6)

    def monotonic_s(self) -> float:
        return self.s

    async def sleep(self, seconds: float) -> None:
        self.s += seconds


def _claims(**more: Any) -> dict[str, Any]:
    own = {"iss": "https://login.example", "aud": HERE, "sub": "jo", "exp": 1_700_000_600}
    return own | {"tid": "acme", "scope": "mcp:tools"} | more


@asynccontextmanager
async def _resource(
    *, clock: HandClock | None = None, url: str | None = None, file: Path | None = None
) -> AsyncIterator[tuple[Front, Oauth]]:
    at = clock or HandClock()
    oauth = Oauth(
        access=KeyAccess([VirtualKey(sha256=digest(KEY), principal=ME)]),
        clock=at,
        public_url="https://gw.example",
        issuer="https://login.example",
        audiences=frozenset(),
        algorithms=frozenset({"ES256"}),
        leeway_s=30,
        scopes=("mcp:tools",),
        key_sets=KeySets(clock=at, file=file, url=url, refresh_s=300),
        identities=Identities(
            tenant=Claim(path=("tid",)), team=Claim(fixed="web"), user=Claim(path=("sub",))
        ),
    )
    async with front(admission=oauth) as running:
        yield running, oauth


async def _ask(at: Front, text: str) -> tuple[int, str, str]:
    """Status, the gateway's code, and the challenge."""
    status, body, headers = await at.post(rpc("tools/list"), key=text)
    code = body.get("error", {}).get("data", {}).get("code", "")
    return status, code, headers.get("WWW-Authenticate", "")


async def test_a_token_for_this_server_lets_its_subject_in() -> None:
    """Its session is bound to it; nothing of the token reaches the server or the record's names."""
    async with issuing(key_set(SIGNER)) as issuer, _resource(url=issuer.url) as (at, _):
        token = SIGNER.token(_claims(), "ES256")
        params: dict[str, Any] = {"protocolVersion": "2025-11-25", "capabilities": {}}
        _, _, headers = await at.post(rpc("initialize", **params), key=token)
        session = {"Mcp-Session-Id": headers["Mcp-Session-Id"]}
        call = rpc("tools/call", name="echo", arguments={})
        told = await at.post(call, session, key=token)
        other = await at.post(call, session, key=SIGNER.token(_claims(sub="mo"), "ES256"))
        keys = await at.post(call, session)

        principal = at.server.asks[-1].peer.principal

    assert told[0] == 200
    assert (principal.tenant, principal.team, principal.user) == ("acme", "web", "jo")
    assert (other[0], keys[0]) == (404, 404)
    assert token not in repr(at.server.asks)


async def test_who_has_none_is_told_where_to_get_one() -> None:
    """RFC 9728: the address of the metadata, and the scope that is needed."""
    metadata = f'resource_metadata="https://gw.example{WELL_KNOWN}/mcp/one"'
    async with issuing(key_set(SIGNER)) as issuer, _resource(url=issuer.url) as (at, _):
        status, body, headers = await at.post(rpc("tools/list"), key=None)
        wrong = await _ask(at, SIGNER.token(_claims(aud="https://other.example"), "ES256"))

    assert (status, body["error"]["data"]["code"]) == (401, "auth.missing_key")
    assert headers["WWW-Authenticate"] == f'Bearer {metadata}, scope="mcp:tools"'
    assert wrong == (
        401,
        "auth.token",
        f'Bearer error="invalid_token", {metadata}, scope="mcp:tools"',
    )


async def test_a_token_without_the_scope_is_told_all_that_it_needs() -> None:
    """403, one challenge."""
    async with issuing(key_set(SIGNER)) as issuer, _resource(url=issuer.url) as (at, _):
        status, code, challenge = await _ask(at, SIGNER.token(_claims(scope="x"), "ES256"))

    assert (status, code) == (403, "auth.scope")
    assert challenge.startswith('Bearer error="insufficient_scope", resource_metadata=')
    assert challenge.endswith('scope="mcp:tools"')


async def test_virtual_keys_work_beside_tokens() -> None:
    """A key is no token."""
    async with issuing(key_set(SIGNER)) as issuer, _resource(url=issuer.url) as (at, _):
        status, _, _ = await at.post(rpc("initialize", protocolVersion="2025-11-25"))

    assert status == 200


async def test_a_token_in_the_query_is_none() -> None:
    """Addresses end up in logs (RFC 9700)."""
    async with issuing(key_set(SIGNER)) as issuer, _resource(url=issuer.url) as (at, _):
        token = SIGNER.token(_claims(), "ES256")
        url = f"{at.url}?access_token={token}"
        answer = await at.client.post(url, json=rpc("ping"))

    assert answer.status == 401


@pytest.mark.mcp_row(23)
async def test_the_metadata_say_what_this_resource_is() -> None:
    """By the address clients reach it at, not by the one it listens on."""
    async with issuing(key_set(SIGNER)) as issuer, _resource(url=issuer.url) as (_, oauth):
        one, every = oauth.metadata("one"), oauth.metadata("")

    assert one == {
        "resource": "https://gw.example/mcp/one",
        "authorization_servers": ["https://login.example"],
        "bearer_methods_supported": ["header"],
        "resource_name": "guardrail-gw",
        "scopes_supported": ["mcp:tools"],
    }
    assert every["resource"] == "https://gw.example/mcp"


async def test_a_new_key_of_the_issuer_is_found_and_a_withdrawn_one_forgotten() -> None:
    """An unknown key is a reason to ask again, but not more often than so."""
    clock, newer = HandClock(), Signer.ec("k2")
    async with (
        issuing(key_set(SIGNER)) as issuer,
        _resource(clock=clock, url=issuer.url) as (at, _),
    ):
        old, new = SIGNER.token(_claims(), "ES256"), newer.token(_claims(), "ES256")
        first = await _ask(at, old)
        early = [(await _ask(at, new))[0] for _ in range(3)]
        asked_early = issuer.asked
        issuer.body = key_set(newer)
        clock.s += 11
        found = await _ask(at, new)
        withdrawn = await _ask(at, old)

    assert (first[0], found[0]) == (400, 400)  # known, and without a session
    assert early == [401] * 3
    assert asked_early == 1
    assert withdrawn[:2] == (401, "auth.token")


async def test_without_keys_nobody_is_let_in() -> None:
    """The issuer is down, sends elsewhere, or answers nonsense; what is known is kept."""
    clock = HandClock()
    async with issuing(b"{}") as issuer, _resource(clock=clock, url=issuer.url) as (at, _):
        token = SIGNER.token(_claims(exp=1_800_000_000), "ES256")
        nonsense = await _ask(at, token)
        clock.s += 11
        issuer.status, issuer.headers = 302, {"Location": "http://169.254.169.254/"}
        redirected = await _ask(at, token)
        clock.s += 11
        issuer.status, issuer.body, issuer.headers = 200, key_set(SIGNER), {}
        known = await _ask(at, token)
        clock.s += 301
        issuer.status = 500
        kept = await _ask(at, token)

    assert (nonsense[0], redirected[0]) == (401, 401)
    assert (known[0], kept[0]) == (400, 400)


@pytest.mark.parametrize("size", [300 << 10, 50 << 20])
async def test_a_set_of_keys_without_end_is_not_read(size: int) -> None:
    """What an address answers is bounded."""

    async def flood(request: web.Request) -> web.StreamResponse:
        stream = web.StreamResponse()
        await stream.prepare(request)
        for _ in range(size >> 16):
            await stream.write(b" " * (1 << 16))
        return stream

    app = web.Application()
    app.router.add_get("/keys", flood)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/keys"
    try:
        async with _resource(url=url) as (at, _):
            status, _, _ = await _ask(at, SIGNER.token(_claims(), "ES256"))
    finally:
        await runner.cleanup()

    assert status == 401


async def test_keys_are_read_from_a_file(tmp_path: Path) -> None:
    """Where the gateway may not reach its issuer."""
    file = tmp_path / "keys.json"
    file.write_bytes(key_set(SIGNER))
    async with _resource(file=file) as (at, _):
        status, _, _ = await _ask(at, SIGNER.token(_claims(), "ES256"))

    assert status == 400  # known, and without a session
