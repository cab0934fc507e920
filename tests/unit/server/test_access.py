"""Who may ask: programs with a key, or any program on this machine, but no web page."""

import pytest
from multidict import CIMultiDict

from guardrail_gw.core.identity import Principal
from guardrail_gw.errors import ForeignHost, ForeignOrigin, Refusal, Unauthenticated
from guardrail_gw.server.access import KeyAccess, SingleTenant, VirtualKey, digest, issue

WHO = Principal(tenant="acme", team="web", user="bot", key_id="k1")
ALONE = SingleTenant(
    only=WHO, hosts=frozenset({"gateway.internal"}), origins=frozenset({"https://chat.example"})
)


def headers(*pairs: tuple[str, str]) -> CIMultiDict[str]:
    """Headers as sent."""
    return CIMultiDict(pairs)


def test_a_key_names_its_principal() -> None:
    """An issued key is known by its hash; another one, or none, is refused."""
    key = issue()
    access = KeyAccess([VirtualKey(sha256=digest(key), principal=WHO)])

    assert access.principal(headers(("authorization", f"bearer {key}"))) is WHO
    for sent in ("", "Bearer", "Bearer ", f"Basic {key}", f"Bearer {key}x", f"Bearer {issue()}"):
        with pytest.raises(Unauthenticated):
            access.principal(headers(("Authorization", sent)))


@pytest.mark.parametrize(
    "host",
    [
        *("localhost", "LocalHost:8080", "127.0.0.1:8080", "127.9.9.9", "[::1]:8080", "[::1]"),
        *("gateway.internal", "Gateway.Internal:443", "localhost.:1"),
    ],
)
def test_a_program_on_this_machine_is_the_tenant(host: str) -> None:
    """Loopback's names and those configured are this host, with any port."""
    assert ALONE.principal(headers(("Host", host))) is WHO


@pytest.mark.parametrize(
    "host",
    [
        *("evil.example", "evil.example:8080", "0.0.0.0:8080", "localhost.evil.example", ""),
        *("127.0.0.1.evil.example", "10.0.0.1", "[", "gateway.internal.evil.example", "127.1"),
        "[::2]",
    ],
)
def test_a_name_that_somebody_pointed_here_is_refused(host: str) -> None:
    """A rebound name, an address of another interface or no name at all is not this host."""
    with pytest.raises(ForeignHost) as caught:
        ALONE.principal(headers(("Host", host)))

    assert "evil" not in caught.value.detail


@pytest.mark.parametrize("hosts", [(), ("localhost", "localhost"), ("localhost", "evil.example")])
def test_one_host_is_named(hosts: tuple[str, ...]) -> None:
    """No Host header, or several, is refused: two readers could read two hosts."""
    with pytest.raises(ForeignHost):
        ALONE.visit(headers(*(("Host", host) for host in hosts)))


@pytest.mark.parametrize(
    ("origins", "refusal"),
    [
        ((), None),
        (("https://chat.example",), None),
        (("https://evil.example",), ForeignOrigin),
        (("http://localhost:8080",), ForeignOrigin),
        (("null",), ForeignOrigin),
        (("",), ForeignOrigin),
        (("https://chat.example", "https://evil.example"), ForeignOrigin),
        (("https://chat.example.evil.example",), ForeignOrigin),
    ],
)
def test_a_web_page_is_refused_unless_configured(
    origins: tuple[str, ...], refusal: type[Refusal] | None
) -> None:
    """An Origin header is a page's; only those under `origins` pass, probes included."""
    sent = headers(("Host", "localhost"), *(("Origin", origin) for origin in origins))

    if refusal is None:
        assert ALONE.principal(sent) is WHO
        return
    for door in (ALONE.principal, ALONE.visit):
        with pytest.raises(refusal):
            door(sent)


def test_a_key_may_come_in_either_header() -> None:
    """`x-api-key` is read where no bearer is sent; a bearer that is wrong is not made up for."""
    key = issue()
    access = KeyAccess([VirtualKey(sha256=digest(key), principal=WHO)])

    assert access.principal(headers(("X-Api-Key", key))) is WHO
    assert access.principal(headers(("authorization", f"Bearer {key}"), ("x-api-key", "x"))) is WHO
    for scheme in ("Bearer wrong", f"Basic {key}"):
        with pytest.raises(Unauthenticated):
            access.principal(headers(("authorization", scheme), ("x-api-key", key)))


def test_a_key_may_come_as_googles_clients_send_it() -> None:
    """In their header or, where the dialect has it there, in the query; a header counts first."""
    key = issue()
    access = KeyAccess([VirtualKey(sha256=digest(key), principal=WHO)])

    assert access.principal(headers(("X-Goog-Api-Key", key))) is WHO
    assert access.principal(headers(("x-api-key", ""), ("x-goog-api-key", key))) is WHO
    assert access.principal(headers(), key) is WHO
    assert ALONE.principal(headers(("Host", "localhost")), "anything") is WHO
    for sent in (("x-goog-api-key", "wrong"), ("Authorization", "Bearer wrong")):
        with pytest.raises(Unauthenticated):
            access.principal(headers(sent), key)
