"""What is not known of a provider is said."""

import pytest

from guardrail_gw.catalog.catalog import Catalog
from guardrail_gw.catalog.unknown import unknown

CATALOG = Catalog.load()
_UNREAD = (
    "which of the dialect's members its models read is said nowhere; a body goes as it is, "
    "and what the provider does not take it refuses itself (400)"
)


def said(provider: str) -> list[str]:
    """Of one provider."""
    return list(unknown(CATALOG.providers[provider], CATALOG.models(provider).models))


def test_what_no_source_was_found_for_is_said() -> None:
    """Terms, places and prices, each with the regions it is about."""
    assert said("ionos") == [
        "how long requests are kept",
        "where it stores: de-txl",
        _UNREAD,
        "its models and their prices",
    ]
    assert "where its parameters are not those of openai_chat" in said("deepinfra")
    assert any("passes over what the model behind it" in each for each in said("openrouter"))
    assert any("refuses itself (400)" in each for each in said("ovhcloud"))
    assert "where it runs: global" in said("groq")
    assert "where it stores: global, eu (standard), us (standard)" in said("mistral")
    assert "for how many days requests are kept" in said("scaleway")
    assert not any("parameters" in each for name in ("groq", "anthropic") for each in said(name))


@pytest.mark.parametrize("provider", ["ollama", "vllm"])
def test_of_one_s_own_servers_only_models_are_unknown(provider: str) -> None:
    """Where they are is what the operator says."""
    assert said(provider) == ["its models and their prices"]
    assert said("github-models") == []
