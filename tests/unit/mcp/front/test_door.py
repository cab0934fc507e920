"""The paths of the endpoint: who asks comes before anything of the protocol."""

import pytest

from guardrail_gw.mcp.front.pages import Pages
from tests.support.mcp_front import KEY, front, rpc


@pytest.mark.mcp_row(34)
@pytest.mark.parametrize(
    "body", [b"{", b"[]", b'{"jsonrpc":"2.0","id":1,"method":"tools/list"}', b"\xff" * 50]
)
async def test_nothing_is_read_of_somebody_nobody_knows(body: bytes) -> None:
    """Whatever the body is, the answer is 401 (jenkinsci/mcp-server-plugin#227)."""
    async with front() as at:
        none = await at.post(body, key=None)
        wrong = await at.post(body, key="ggw-wrong")

        assert [why.code for why in at.chain.refused] == ["auth.missing_key", "auth.unknown_key"]

    assert (none[0], wrong[0]) == (401, 401)
    assert none[2]["WWW-Authenticate"] == "Bearer"
    assert at.server.asks == []


async def test_an_unknown_server_is_unknown_only_to_those_who_are_known() -> None:
    """Nobody else can find out which servers there are."""
    async with front() as at:
        url = at.url.replace("/mcp/one", "/mcp/other")
        sent = {"Content-Type": "application/json"}
        stranger = await at.client.post(url, data=b"{}", headers=sent)
        known = await at.client.post(
            url, data=b"{}", headers={**sent, "Authorization": f"Bearer {KEY}"}
        )
        body = await known.json()

    assert stranger.status == 401
    assert (known.status, body["error"]["data"]["code"]) == (404, "tools.unknown")


async def test_a_page_of_elsewhere_is_refused_before_its_key_is_looked_at() -> None:
    """403, in every method."""
    async with front() as at:
        sent = {"Origin": "https://evil.example", "Authorization": f"Bearer {KEY}"}
        told = [
            await at.client.request(how, at.url, headers=sent) for how in ("POST", "GET", "DELETE")
        ]

        assert {why.code for why in at.chain.refused} == {"auth.foreign_origin"}

    assert [each.status for each in told] == [403, 403, 403]


async def test_a_page_that_was_allowed_is_served() -> None:
    """As configured, and exactly that one."""
    pages = Pages(hosts=frozenset(), origins=frozenset({"https://chat.example"}), any_host=False)
    async with front(pages=pages) as at:
        session = await at.begin()
        told = await at.post(rpc("ping"), {**session, "Origin": "https://chat.example"})

    assert told[0] == 200


@pytest.mark.parametrize("accept", ["application/json", "text/event-stream", "text/html"])
async def test_a_client_must_take_both_forms_of_an_answer(accept: str) -> None:
    """Else it could not read what may come."""
    async with front() as at:
        status, body, _ = await at.post(rpc("ping"), {"Accept": accept})

    assert (status, body["error"]["data"]["code"]) == (400, "header.malformed")


async def test_a_body_that_is_no_message_is_refused_and_recorded() -> None:
    """In the protocol's own form, with the gateway's code."""
    async with front() as at:
        broken = await at.post(b"{")
        batch = await at.post([rpc("ping")])

        assert [why.code for why in at.chain.refused] == ["body.not_json", "body.not_rpc"]

    assert (broken[0], broken[1]["error"]["code"], broken[1]["id"]) == (400, -32700, None)
    assert (batch[0], batch[1]["error"]["code"]) == (400, -32600)


async def test_a_preflight_is_granted_nothing() -> None:
    """It learns the methods, which are no secret, and no more."""
    async with front() as at:
        told = await at.client.options(at.url)

    assert told.status == 204
    assert "Access-Control-Allow-Origin" not in told.headers
