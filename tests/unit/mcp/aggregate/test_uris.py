"""URIs of many servers at one endpoint: valid, and the way back exact."""

from urllib.parse import urlsplit

import pytest
from hypothesis import given, strategies as st

from guardrail_gw.mcp.aggregate.uris import inward, is_valid, outward, outward_template

SERVERS = st.sampled_from(["github", "a-b", "1st", "x", "s"])
ALL = {"github", "a-b", "1st", "x", "s"}
WILD = st.text(max_size=40)
LIKELY = st.text(alphabet="ab:/+?#[]@%{}. ~é-0", max_size=24).flatmap(
    lambda rest: st.sampled_from(
        ["file:///", "ui://", "ui:", "urn:", "x-raw:", "x-rel:", "ui://x-raw/", "UI://", "//", ""]
    ).map(lambda start: start + rest)
)


@pytest.mark.mcp_row(19)
@given(server=SERVERS, uri=WILD | LIKELY)
def test_every_uri_leads_back(server: str, uri: str) -> None:
    """Whatever a server calls a thing, what clients are told is a URI that leads back to it."""
    told = outward(server, uri)

    assert is_valid(told)
    assert inward(told, ALL) == (server, uri)


@pytest.mark.mcp_row(19)
@given(server=SERVERS, uri=WILD | LIKELY)
def test_apps_stay_apps(server: str, uri: str) -> None:
    """What begins with `ui://` does so for clients, and nothing else begins to."""
    assert outward(server, uri).startswith("ui://") == uri.startswith("ui://")


@given(one=st.tuples(SERVERS, WILD | LIKELY), other=st.tuples(SERVERS, WILD | LIKELY))
def test_two_things_are_never_called_alike(one: tuple[str, str], other: tuple[str, str]) -> None:
    """Different things of different servers have different URIs."""
    assert (outward(*one) == outward(*other)) == (one == other)


@pytest.mark.parametrize(
    ("template", "values", "made"),
    [
        ("file:///{path}", {"{path}": "a%20b"}, "file:///a%20b"),
        ("ui://{app}/form", {"{app}": "x"}, "ui://x/form"),
        ("{+uri}", {"{+uri}": "file:///a"}, "file:///a"),
        ("notes/{id}", {"{id}": "a%20b"}, "notes/a%20b"),
    ],
)
def test_what_is_made_of_a_template_leads_back(
    template: str, values: dict[str, str], made: str
) -> None:
    """A client that fills a template in gets a URI of which the server gets its own form."""
    told = outward_template("github", template)
    for name, value in values.items():
        told = told.replace(name, value)

    assert inward(told, ALL) == ("github", made)


@pytest.mark.parametrize(
    "uri",
    [
        "file:///a",
        "other+file:///a",
        "s.github+file:///a",
        "github",
        "ui://github/x",
        "github+x-raw:%FF",
        "",
        "+",
        "1st+file:///a",
    ],
)
def test_what_nobody_was_told_is_nobodys(uri: str) -> None:
    """A URI that names no server, or not as servers are named here, leads nowhere."""
    assert inward(uri, ALL) is None


@pytest.mark.parametrize(
    ("uri", "told"),
    [
        ("file:///home/a.txt?x=1#y", "github+file:///home/a.txt?x=1#y"),
        ("ui://form/x", "ui://github+form/x"),
        ("notes/5", "github+x-rel:notes/5"),
        ("file:///a b", "github+x-raw:file:///a%20b"),
    ],
)
def test_forms_are_as_documented(uri: str, told: str) -> None:
    """The four forms, for people who read them."""
    assert outward("github", uri) == told
    assert urlsplit(told).scheme  # another implementation of the same grammar reads it
