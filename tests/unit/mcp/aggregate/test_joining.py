"""Lists of many servers as one."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given, strategies as st

from guardrail_gw.errors import BodyRefused
from guardrail_gw.mcp.aggregate.cursors import Cursor, read, written
from guardrail_gw.mcp.aggregate.joining import PARTIAL, Joined, joined
from guardrail_gw.mcp.aggregate.kinds import Kind
from guardrail_gw.mcp.aggregate.paging import Lack, Listing, Paging
from guardrail_gw.mcp_errors import ServerFailed

ORDER = ["b", "a", "c"]


def listing(*names: str, lacks: tuple[Lack, ...] = ()) -> Listing:
    """A list of tools with these names."""
    return Listing(kind=Kind.TOOLS, entries=tuple({"name": name} for name in names), lacks=lacks)


def join(listings: Mapping[str, Listing | Lack]) -> Joined:
    """Joined, with the server in front of each name."""

    def tell(server: str, entry: Mapping[str, Any]) -> dict[str, Any]:
        return {**entry, "name": f"{server}__{entry['name']}"}

    return joined(Kind.TOOLS, listings, ORDER, tell)


@pytest.mark.mcp_row(13)
def test_the_order_is_stable() -> None:
    """Servers in the order of the configuration, entries in their server's, whoever was first."""
    listings = {"a": listing("y", "x"), "c": listing("z"), "b": listing("x")}

    page = join(listings).page()

    assert [tool["name"] for tool in page["tools"]] == ["b__x", "a__y", "a__x", "c__z"]
    assert page == join(dict(reversed(listings.items()))).page()


def test_what_is_missing_is_said() -> None:
    """A server that does not answer, or whose list is cut, is named; nobody keeps such a list."""
    partial = join({"b": Lack.TIMEOUT, "a": listing("x", lacks=(Lack.PAGES,))})

    page = partial.page(ttl_s=60)

    assert page["_meta"] == {PARTIAL: {"b": ["timeout"], "a": ["pages"]}}
    assert page["ttlMs"] == 0


def test_a_list_is_for_its_caller_alone() -> None:
    """What policy filters is private, and says for how long it holds."""
    page = join({"a": listing("x")}).page(ttl_s=60)

    assert (page["cacheScope"], page["ttlMs"]) == ("private", 60_000)
    assert "_meta" not in page
    assert "nextCursor" not in page


@given(
    listings=st.dictionaries(
        st.sampled_from(ORDER),
        st.lists(st.text(max_size=3), unique=True, max_size=7).map(lambda n: listing(*n)),
    ),
    size=st.integers(1, 4),
)
def test_pages_are_the_whole(listings: Mapping[str, Listing], size: int) -> None:
    """Whatever the size of a page, the pages in a row are the list, each entry once."""
    whole = join(listings)
    told, cursor = list[Any](), None
    while True:
        page = whole.page(cursor, size=size)
        told += page["tools"]
        cursor = page.get("nextCursor")
        if cursor is None:
            break

    assert told == [entry.told for entry in whole.entries]


def test_a_cursor_survives_what_is_added() -> None:
    """A server that comes late changes nothing of where the next page begins."""
    cursor = join({"a": listing("x", "y")}).page(size=1)["nextCursor"]

    page = join({"b": listing("new"), "a": listing("x", "y")}).page(cursor)

    assert [tool["name"] for tool in page["tools"]] == ["a__y"]


@pytest.mark.parametrize("cursor", ["", "é", "abc", 1, "bnVsbA", written(Cursor("a", "gone"))])
def test_a_cursor_that_leads_nowhere_is_refused(cursor: object) -> None:
    """A cursor nobody was told, or whose entry is gone, is an error and not the first page."""
    with pytest.raises(BodyRefused):
        join({"a": listing("x")}).page(cursor)


@given(server=st.text(), key=st.text())
def test_cursors_are_read_as_written(server: str, key: str) -> None:
    """Any name of an entry can be in a cursor."""
    assert read(written(Cursor(server, key))) == (server, key)


def pages(*results: Mapping[str, Any], most_pages: int = 5, most_entries: int = 9) -> Listing:
    """A list that is read page by page; more results than are asked for fail the test."""
    paging, left = Paging(Kind.TOOLS, most_pages=most_pages, most_entries=most_entries), [*results]
    asked: list[Any] = []
    while (params := paging.params) is not None:
        asked.append(params.get("cursor"))
        paging.feed(left.pop(0))
    assert asked == [None, *(r.get("nextCursor") for r in results)][: len(asked)]
    return paging.listing()


def tools(*names: str, **more: object) -> dict[str, Any]:
    """A page."""
    return {"tools": [{"name": name} for name in names], **more}


def test_pages_of_a_server_are_read_to_the_end() -> None:
    """Cursors are followed as given, the shortest time of any page holds for all."""
    read_ = pages(
        tools("a", nextCursor="1", ttlMs=9000), tools("b", nextCursor="", ttlMs=2000), tools()
    )

    assert [each["name"] for each in read_.entries] == ["a", "b"]
    assert (read_.lacks, read_.ttl_s) == ((), 2.0)


@pytest.mark.parametrize(
    ("results", "kept", "lack"),
    [
        ([tools("a", nextCursor="1"), tools("b", nextCursor="1")], "ab", Lack.CIRCLE),
        ([tools(str(n), nextCursor=str(n)) for n in range(5)], "01234", Lack.PAGES),
        ([tools(*map(str, range(12)))], "012345678", Lack.ENTRIES),
        ([{"tools": [{"name": "a", "x": 1}, {"name": "a"}, {"name": "b"}]}], "b", Lack.TWICE),
        ([{"tools": [{"nome": "a"}, 3, {"name": "b"}]}], "b", Lack.MALFORMED),
    ],
)
def test_a_server_cannot_go_on_forever(
    results: Sequence[Mapping[str, Any]], kept: str, lack: Lack
) -> None:
    """Circles, too many pages or entries, and entries nobody can tell apart end with the reason."""
    read_ = pages(*results)

    assert [each["name"] for each in read_.entries] == [*kept]
    assert read_.lacks[0] == lack


def test_the_same_entry_twice_is_one() -> None:
    """An entry that is repeated word for word is harmless."""
    assert pages(tools("a", "a")).lacks == ()


def test_what_is_no_list_is_a_failure() -> None:
    """An answer without the list is not an empty list."""
    with pytest.raises(ServerFailed):
        Paging(Kind.TOOLS).feed({"resources": []})
