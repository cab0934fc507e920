"""What is asked of that which is kept: nothing of a path or query that a person wrote goes on."""

import pytest

from guardrail_gw.core.exchange import Head
from guardrail_gw.core.kept import Kept
from guardrail_gw.dialects.batches.anthropic import AnthropicBatches
from guardrail_gw.dialects.batches.openai import OpenAIBatches
from guardrail_gw.dialects.files.dialect import FILES, OpenAIFiles
from guardrail_gw.errors import QueryRefused, SurfaceNotServed

VERSION = {"anthropic-version": "2023-06-01"}


@pytest.mark.parametrize("prefix", ["/v1", "", "/openai/v1", "/openai"])
@pytest.mark.parametrize(
    ("method", "path", "ends"),
    [
        ("GET", "/files/file-abc", False),
        ("GET", "/files/file-abc/content", False),
        ("DELETE", "/files/file-abc", True),
    ],
)
def test_a_path_names_a_file(prefix: str, method: str, path: str, ends: bool) -> None:  # noqa: FBT001 - a parameter
    """Behind every prefix that clients have, with a slash and a query that mean nothing."""
    head = OpenAIFiles().stored_head(method, f"{prefix}{path}/?api-version=1", {})
    recall = OpenAIFiles().parse(b"", head).recall

    assert (head.method, head.path) == (method, path)
    assert recall is not None
    assert (recall.kind, recall.id, recall.ends) == (Kept.FILE, "file-abc", ends)


@pytest.mark.parametrize(
    ("query", "path", "most"),
    [
        ("", "/files?limit=1000", 1000),
        ("limit=2&after=file-1&x=Anna", "/files?limit=1000&after=file-1", 2),
        ("purpose=batch&order=desc", "/files?limit=1000&purpose=batch&order=desc", 1000),
    ],
)
def test_a_list_is_asked_for_whole(query: str, path: str, most: int) -> None:
    """Others' files are among them, so as many are asked for as there are at once."""
    head = FILES.read("GET", f"/v1/files?{query}")

    assert (head.path, head.most) == (path, most)
    assert FILES.is_list(head)


@pytest.mark.parametrize("query", ["limit=0", "limit=x", "after=a%20b", "order=up", "purpose=A"])
def test_a_query_of_another_form_is_refused(query: str) -> None:
    """And not repeated."""
    with pytest.raises(QueryRefused):
        FILES.read("GET", f"/v1/files?{query}")


@pytest.mark.parametrize(
    ("method", "path"),
    [("PUT", "/v1/files/a"), ("GET", "/v1/files/Anna%20S"), ("POST", "/v1/files/a/content")],
)
def test_nothing_else_is_served(method: str, path: str) -> None:
    """Whatever a provider may do there."""
    with pytest.raises(SurfaceNotServed):
        FILES.read(method, path)


def test_anthropics_clients_ask_elsewhere() -> None:
    """Their files are on the same paths, and are not OpenAI's."""
    assert OpenAIFiles().is_asked({"authorization": "Bearer x"})
    assert not OpenAIFiles().is_asked(VERSION)


def test_headers_and_beta_go_on() -> None:
    """Of Anthropic's: version, known features, and that the operation is a beta one."""
    head = AnthropicBatches().stored_head(
        "GET", "/v1/messages/batches?limit=2&beta=true&x=Anna", {**VERSION, "x-name": "Anna"}
    )

    assert head.path == "/messages/batches?limit=1000&beta=true"
    assert head.headers == (("anthropic-version", "2023-06-01"),)
    assert head.most == 2


def test_what_comes_line_by_line_is_said_by_the_path() -> None:
    """Contents and results; everything else is one object."""
    assert OpenAIFiles().lines_media("/v1/files/a/content?x") == "application/octet-stream"
    assert OpenAIFiles().lines_media("/v1/files/a") == ""
    assert AnthropicBatches().lines_media("/v1/messages/batches/a/results") == (
        "application/x-jsonl"
    )
    assert OpenAIBatches().parse(b"", Head(method="GET", path="/batches/b")).stream is False
