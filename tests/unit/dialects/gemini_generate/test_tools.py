from typing import Any

import pytest

from guardrail_gw.core.feature import Feature
from tests.support.gemini import GEMINI, body, seen

NAME = "Anna Schmidt"
FUNCTION = {"name": "mail", "description": "Mails.", "parameters": {"type": "OBJECT"}}


def features(*tools: Any) -> dict[Feature, str]:
    """What a request with these tools asks for."""
    return dict(GEMINI.parse(body("hi", tools=list(tools))).features)


@pytest.mark.parametrize(
    "tool",
    [
        {"functionDeclarations": [FUNCTION]},
        {"function_declarations": [FUNCTION]},
        {"computerUse": {"environment": "ENVIRONMENT_BROWSER"}},
        {"googleSearch": None},
        {},
    ],
)
def test_tools_that_the_client_runs_ask_for_nothing(tool: Any) -> None:
    """The model only names them."""
    assert features(tool) == {}


@pytest.mark.parametrize(
    ("tool", "feature"),
    [
        ({"googleSearch": {}}, Feature.WEB_SEARCH),
        ({"google_search": {"excludeDomains": []}}, Feature.WEB_SEARCH),
        ({"googleSearchRetrieval": {}}, Feature.WEB_SEARCH),
        ({"enterpriseWebSearch": {}}, Feature.WEB_SEARCH),
        ({"googleMaps": {}}, Feature.WEB_SEARCH),
        ({"url_context": {}}, Feature.WEB_SEARCH),
        ({"URLCONTEXT": {}}, Feature.WEB_SEARCH),
        ({"codeExecution": {}}, Feature.HOSTED_TOOLS),
        ({"code_execution": {}}, Feature.HOSTED_TOOLS),
        ({"fileSearch": {}}, Feature.HOSTED_TOOLS),
        ({"retrieval": {"vertexRagStore": {}}}, Feature.HOSTED_TOOLS),
        ({"mcpServers": [{"name": "x"}]}, Feature.HOSTED_TOOLS),
        ({"later": {}}, Feature.HOSTED_TOOLS),
        ({"functionDeclarations": [FUNCTION], "googleSearch": {}}, Feature.WEB_SEARCH),
        ("google", Feature.HOSTED_TOOLS),
    ],
)
def test_tools_that_the_provider_runs_are_features(tool: Any, feature: Feature) -> None:
    """In either spelling, beside functions too; an unknown one is taken for hosted."""
    assert features({"functionDeclarations": [FUNCTION]}, tool) == {feature: "/tools/1"}


@pytest.mark.parametrize(
    "tool",
    [
        {"functionDeclarations": [{**FUNCTION, "name": NAME}]},
        {"functionDeclarations": [{**FUNCTION, "description": NAME}]},
        {"functionDeclarations": [{**FUNCTION, "behavior": NAME}]},
        {"functionDeclarations": [{**FUNCTION, "parameters": {"description": NAME}}]},
        {"function_declarations": [{"parameters_json_schema": {"title": NAME}}]},
        {"functionDeclarations": [{**FUNCTION, "response": {"description": NAME}}]},
        {"fileSearch": {"metadataFilter": NAME}},
        {"fileSearch": {"fileSearchStoreNames": [NAME]}},
        {"computerUse": {"environment": NAME}},
        {"googleSearch": {"timeRangeFilter": NAME}},
        {"mcpServers": [{"headers": {"Authorization": NAME}}]},
        {"later": NAME},
        {NAME: {}},
    ],
)
def test_a_name_in_any_tool_is_seen(tool: Any) -> None:
    """Whoever runs it."""
    assert NAME in seen(body("hi", tools=[tool]))


def test_what_describes_no_person_is_structure() -> None:
    """Names of functions are read by rules; what is of a closed set is not read."""
    declared = {**FUNCTION, "behavior": "NON_BLOCKING"}

    assert seen(body("hi", tools=[{"functionDeclarations": [declared]}])).keys() == {
        *("hi", "mail", "Mails."),
    }


STORE = "projects/p/locations/eu/collections/default_collection/dataStores/ours"
CORPUS = "projects/p/locations/eu/ragCorpora/7"


@pytest.mark.parametrize(
    ("retrieval", "names"),
    [
        ({"vertexAiSearch": {"datastore": STORE, "filter": "x"}}, [STORE]),
        ({"vertex_ai_search": {"engine": STORE, "maxResults": 3}}, [STORE]),
        (
            {"vertexAiSearch": {"engine": "e", "dataStoreSpecs": [{"dataStore": STORE}]}},
            ["e", STORE],
        ),
        ({"vertexRagStore": {"ragResources": [{"ragCorpus": CORPUS}]}}, [CORPUS]),
        ({"vertexRagStore": {"rag_corpora": [CORPUS, "other"]}}, [CORPUS, "other"]),
        ({"vertexRagStore": {"ragResources": [{"ragFileIds": ["7"]}]}}, [""]),
        ({"vertexAiSearch": {"datastore": {"name": STORE}}}, [""]),
        ({"externalApi": {"endpoint": "https://example.org", "datastore": STORE}}, [""]),
        ({"later": {"datastore": STORE}}, [""]),
        ({"vertexAiSearch": {"datastore": STORE}, "externalApi": {"x": 1}}, [STORE, ""]),
        ({"vertexAiSearch": {}, "disableAttribution": True}, []),
        ("projects/p", [""]),
    ],
)
def test_what_is_searched_is_named_for_the_policy(retrieval: Any, names: list[str]) -> None:
    """Whose a store is nobody here knows; what has no name of a store has an empty one."""
    for kind in ("retrieval", "Retrieval"):
        question = GEMINI.parse(body("hi", tools=[{kind: retrieval}]))

        assert [(each.id, each.place) for each in question.kept] == [(n, "/tools/0") for n in names]
        assert question.features == {Feature.HOSTED_TOOLS: "/tools/0"}


def test_stores_of_files_are_named_for_the_policy() -> None:
    """In either spelling; whose they are nobody here knows."""
    for name in ("fileSearchStoreNames", "file_search_store_names"):
        question = GEMINI.parse(body("hi", tools=[{"fileSearch": {name: ["fileSearchStores/x"]}}]))

        assert [(each.what, each.id) for each in question.kept] == [
            ("vector store", "fileSearchStores/x")
        ]
