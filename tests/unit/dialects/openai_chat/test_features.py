"""What a request asks of a provider beyond an answer, by the table and by its tools."""

from typing import Any

import pytest

from guardrail_gw.core.feature import Feature
from guardrail_gw.dialects.openai_chat.features import _QUIET, features
from guardrail_gw.dialects.steering import FEATURES
from tests.support.chat import CHAT, body

EMPTY: tuple[Any, ...] = (None, False, "", [], {})
FUNCTION = {"name": "look_up", "parameters": {"type": "object"}}


def asked(**more: Any) -> dict[Feature, str]:
    """The features of a request with these members."""
    return dict(CHAT.parse(body("hello", **more)).features)


@pytest.mark.parametrize("name", FEATURES)
def test_each_member_of_the_table_asks(name: str) -> None:
    """With a value it asks for its feature, in small or capital letters; without, it does not."""
    place = f"/{name}"

    assert asked(**{name: True}) == {FEATURES[name]: place}
    assert asked(**{name.title(): {"a": 1}}) == {FEATURES[name]: place}
    for empty in EMPTY:
        assert asked(**{name: empty}) == {}


@pytest.mark.parametrize(
    ("tool", "feature"),
    [
        ({"type": "mcp", "server_url": "https://elsewhere.example"}, Feature.HOSTED_TOOLS),
        ({"type": "code_interpreter"}, Feature.HOSTED_TOOLS),
        ({"type": "file_search"}, Feature.HOSTED_TOOLS),
        ({"type": "nobody_knows", "function": FUNCTION}, Feature.HOSTED_TOOLS),
        ({"type": ["function"], "function": FUNCTION}, Feature.HOSTED_TOOLS),
        ({"google_search": {}}, Feature.HOSTED_TOOLS),
        ("web", Feature.HOSTED_TOOLS),
        ({"type": "web_search_preview"}, Feature.WEB_SEARCH),
        ({"type": "function", "function": FUNCTION}, None),
        ({"type": "custom", "custom": {"name": "x"}}, None),
        ({"function": FUNCTION}, None),
    ],
)
def test_only_the_clients_own_tools_are_no_feature(tool: Any, feature: Feature | None) -> None:
    """A tool that the provider runs, or of a kind nobody knows, asks for a feature."""
    found = asked(tools=[{"type": "function", "function": FUNCTION}, tool])

    assert found == ({} if feature is None else {feature: "/tools/1"})


@pytest.mark.parametrize(
    ("value", "stores"), [("24h", True), ("in-memory", False), ("in_memory", False), (None, False)]
)
def test_a_cache_that_outlives_memory_stores(value: str | None, stores: bool) -> None:  # noqa: FBT001 - a table
    """Prompts cached longer than memory holds them are kept."""
    assert (Feature.STORAGE in asked(prompt_cache_retention=value)) is stores


def test_a_second_model_in_other_letters_is_routing() -> None:
    """A server that reads names without case would take it for the model."""
    assert asked(Model="other") == {Feature.ROUTING: "/model in other letters"}


@pytest.mark.parametrize("value", [True, "x", 7, ["x"], {"type": "x"}])
@pytest.mark.parametrize("name", sorted(_QUIET))
def test_what_is_passed_over_would_ask_for_nothing(name: str, value: Any) -> None:
    """A member that is passed over asks for nothing when it is looked at, either."""
    assert features({name: value}) == features({name: value, "metadata": {}}) == {}


def test_an_ordinary_request_asks_for_nothing() -> None:
    """What every client sends is no feature."""
    ordinary = {"metadata": {"a": "b"}, "service_tier": "flex", "user": "u", "store": False}

    assert asked(**ordinary, temperature=0, stream=True, modalities=["text"]) == {}
