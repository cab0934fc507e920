"""Sources of data that a chat request names are for the policy to allow."""

from typing import Any

import pytest

from tests.support.chat import CHAT, body

INDEX = {"endpoint": "https://ours.search.windows.net", "index_name": "travel"}
ADDRESS = "https://ours.search.windows.net/indexes/travel"


def named(**more: Any) -> list[tuple[str, str, str]]:
    """What a request with these members names."""
    kept = CHAT.parse(body("hello", **more)).kept
    return [(each.what, each.id, each.place) for each in kept]


@pytest.mark.parametrize(
    ("source", "id_"),
    [
        ({"type": "azure_search", "parameters": INDEX}, ADDRESS),
        (
            {"type": "azure_search", "parameters": {**INDEX, "endpoint": INDEX["endpoint"] + "/"}},
            ADDRESS,
        ),
        ({"type": "azure_search", "parameters": {**INDEX, "index_name": ["travel"]}}, ""),
        ({"type": "azure_search", "parameters": {**INDEX, "endpoint": ""}}, ""),
        ({"type": "azure_search"}, ""),
        ({"type": "azure_cosmos_db", "parameters": INDEX}, ""),
        ({"type": "later", "parameters": INDEX}, ""),
        ("travel", ""),
    ],
)
def test_a_source_is_named_by_its_index(source: Any, id_: str) -> None:
    """In any letters; one that is not said in one word has no name, so that no policy lists it."""
    assert named(data_sources=[source]) == [("data source", id_, "/data_sources/0")]
    assert named(dataSources=source) == [("data source", id_, "/datasources/0")]


@pytest.mark.parametrize("nothing", [None, [], {}])
def test_no_source_names_nothing(nothing: Any) -> None:
    """An empty member asks for nothing."""
    assert named(data_sources=nothing) == []


@pytest.mark.parametrize(
    "tool",
    [
        {"type": "file_search", "vector_store_ids": ["vs_1"]},
        {"type": "file_search", "file_search": {"vector_store_ids": ["vs_1"]}},
    ],
)
def test_stores_of_a_tool_are_named(tool: Any) -> None:
    """Servers with OpenAI's dialect take tools in chat that OpenAI takes in responses alone."""
    assert [(what, id_) for what, id_, _ in named(tools=[tool])] == [("vector store", "vs_1")]
