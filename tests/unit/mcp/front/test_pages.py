"""Which hosts and web pages may ask."""

import pytest
from multidict import CIMultiDict

from guardrail_gw.errors import ForeignHost, ForeignOrigin
from guardrail_gw.mcp.front.pages import Pages

PAGES = Pages(
    hosts=frozenset({"gw.example"}), origins=frozenset({"https://chat.example"}), any_host=False
)


@pytest.mark.parametrize(
    "sent",
    [
        [("Host", "127.0.0.1:8080")],
        [("Host", "LOCALHOST:8080")],
        [("Host", "[::1]:8080")],
        [("Host", "gw.example")],
        [("Host", "localhost:8080"), ("Origin", "http://localhost:8080")],
        [("Host", "gw.example"), ("Origin", "https://chat.example")],
    ],
)
def test_programs_own_pages_and_allowed_pages_may_ask(sent: list[tuple[str, str]]) -> None:
    """A page that this very host serves is no stranger."""
    PAGES.visit(CIMultiDict(sent))


@pytest.mark.parametrize(
    "sent", [[("Host", "evil.example")], [], [("Host", "localhost"), ("Host", "gw.example")]]
)
def test_a_name_that_somebody_pointed_here_is_refused(sent: list[tuple[str, str]]) -> None:
    """DNS rebinding begins with a name of somebody else's."""
    with pytest.raises(ForeignHost):
        PAGES.visit(CIMultiDict(sent))


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://localhost:9", "https://chat.example.evil"]
)
def test_other_pages_are_refused(origin: str) -> None:
    """Whatever their name begins or ends with."""
    with pytest.raises(ForeignOrigin):
        PAGES.visit(CIMultiDict([("Host", "localhost:8080"), ("Origin", origin)]))


def test_a_page_on_an_unknown_name_of_ours_is_refused_even_where_any_host_may_be_named() -> None:
    """Where nobody said by which names the gateway is reached, a name proves nothing of a page."""
    pages = Pages(hosts=frozenset(), origins=frozenset(), any_host=True)

    pages.visit(CIMultiDict([("Host", "gw.internal:8080")]))
    with pytest.raises(ForeignOrigin):
        pages.visit(CIMultiDict([("Host", "a:1"), ("Origin", "http://a:1")]))
