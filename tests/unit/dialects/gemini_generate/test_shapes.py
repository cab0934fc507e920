from typing import Any

import pytest

from guardrail_gw.core.feature import Feature
from guardrail_gw.errors import UnsupportedContent
from tests.support.chat import encoded
from tests.support.gemini import COUNT, EMBED, EMBED_MANY, GEMINI, body, seen, user

NAME = "Anna Schmidt"


@pytest.mark.parametrize(
    "more",
    [
        {"systemInstruction": {"parts": [{"text": NAME}]}},
        {"system_instruction": {"parts": [{"text": NAME}]}},
        {"systemInstruction": NAME},
        {"labels": {"owner": NAME}},
        {"labels": {NAME: "x"}},
        {"toolConfig": {"functionCallingConfig": {"allowedFunctionNames": [NAME]}}},
        {"tool_config": {"function_calling_config": {"mode": NAME}}},
        {"toolConfig": {"retrievalConfig": {"languageCode": NAME}}},
        {"safetySettings": [{"category": NAME}]},
        {"safetySettings": [{"threshold": NAME}]},
        {"generationConfig": {"stopSequences": [NAME]}},
        {"generation_config": {"stop_sequences": [NAME]}},
        {"generationConfig": {"responseMimeType": NAME}},
        {"generationConfig": {"responseModalities": [NAME]}},
        {"generationConfig": {"thinkingConfig": {"thinkingLevel": NAME}}},
        {"generationConfig": {"speechConfig": {"languageCode": NAME}}},
        {"generationConfig": {"imageConfig": {"aspectRatio": NAME}}},
        {"generationConfig": {"seed": NAME}},
        {"generationConfig": {"later": NAME}},
        {"serviceTier": NAME},
        {"modelArmorConfig": {"promptTemplateName": NAME}},
        {"model": {"name": NAME}},
        {"nobodyKnows": {"deep": [NAME]}},
        {NAME: 1},
    ],
)
def test_a_name_in_any_field_is_seen(more: dict[str, Any]) -> None:
    """A field that nobody thought of is scanned, and so is one with another content."""
    assert NAME in seen(body("hello", **more))


@pytest.mark.parametrize(
    "more",
    [{"title": NAME}, {"taskType": NAME}, {"embed_content_config": {"title": NAME}}, {NAME: 1}],
)
def test_a_name_in_any_field_of_an_embedding_is_seen(more: dict[str, Any]) -> None:
    """One, or many at once."""
    asked = {"content": user("hello"), **more}

    assert NAME in seen(encoded(asked), EMBED)
    assert NAME in seen(encoded({"requests": [asked]}), EMBED_MANY)


def test_a_name_in_what_is_counted_is_seen() -> None:
    """Contents of their own, or a whole request."""
    nested = {"contents": [user(NAME)], "tools": [{"googleSearch": {}}]}

    assert NAME in seen(body(NAME), COUNT)
    question = GEMINI.parse(encoded({"generate_content_request": nested}), COUNT)
    assert [s.text for s in question.segments] == [NAME]
    assert question.features == {Feature.WEB_SEARCH: "/generate_content_request/tools/0"}


def test_settings_are_not_scanned() -> None:
    """What steers a model and is of a closed set is structure, in either spelling."""
    settings = {
        "temperature": 1,
        "topK": 40,
        "max_output_tokens": 1234567890,
        "seed": 1234567890,
        "responseMimeType": "application/json",
        "responseModalities": ["TEXT"],
        "thinkingConfig": {"thinking_budget": -1, "includeThoughts": True, "thinkingLevel": "LOW"},
        "mediaResolution": "MEDIA_RESOLUTION_LOW",
        "imageConfig": {"aspectRatio": "16:9", "imageSize": "2K"},
    }
    harm = {"category": "HARM_CATEGORY_HARASSMENT", "threshold": "BLOCK_NONE"}
    config = {"functionCallingConfig": {"mode": "ANY"}}

    texts = seen(
        body(
            "hello",
            generationConfig=settings,
            generation_config=settings,
            safetySettings=[harm],
            toolConfig=config,
            serviceTier="flex",
            model="models/gemini",
        )
    )

    assert texts.keys() == {"hello"}
    asked = {"content": user("hello"), "taskType": "RETRIEVAL_QUERY", "outputDimensionality": 768}
    assert seen(encoded(asked), EMBED).keys() == {"hello"}


@pytest.mark.parametrize(
    ("more", "feature", "place"),
    [
        ({"store": True}, Feature.STORAGE, "/store"),
        ({"modelArmorConfig": {"x": 1}}, Feature.HOSTED_TOOLS, "/modelarmorconfig"),
        ({"mcp_servers": [{}]}, Feature.HOSTED_TOOLS, "/mcpservers"),
        (
            {"generationConfig": {"routingConfig": {"autoMode": {}}}},
            Feature.ROUTING,
            "/generationConfig/routingconfig",
        ),
        (
            {"generation_config": {"model_selection_config": {"x": 1}}},
            Feature.ROUTING,
            "/generation_config/modelselectionconfig",
        ),
        (
            {"generationConfig": {"generationOutputConfig": {"outputUriPrefix": "gs://x/"}}},
            Feature.STORAGE,
            "/generationConfig/generationoutputconfig",
        ),
    ],
)
def test_what_leads_elsewhere_is_a_feature(
    more: dict[str, Any], feature: Feature, place: str
) -> None:
    """Fields by which a client has its text kept or handed on are noted with their place."""
    assert GEMINI.parse(body("hello", **more)).features == {feature: place}


@pytest.mark.parametrize(
    "more",
    [{"store": False}, {"modelArmorConfig": {}}, {"generationConfig": {"routingConfig": {}}}],
)
def test_what_asks_for_nothing_is_none(more: dict[str, Any]) -> None:
    """An empty value asks for nothing."""
    assert GEMINI.parse(body("hello", **more)).features == {}


@pytest.mark.parametrize("name", ["cachedContent", "cached_content", "CachedContent"])
def test_what_is_cached_elsewhere_is_refused(name: str) -> None:
    """However it is spelt and wherever it stands, and not repeated; without a name it is none."""
    cached = {"contents": [user("hi")], name: "cachedContents/x"}
    nested = encoded({"generateContentRequest": cached})

    with pytest.raises(UnsupportedContent) as refused:
        GEMINI.parse(encoded(cached))
    with pytest.raises(UnsupportedContent, match="/generateContentRequest/cachedContent"):
        GEMINI.parse(nested, COUNT)
    assert "cachedContents/x" not in refused.value.detail
    assert GEMINI.parse(encoded({**cached, name: ""})).segments
