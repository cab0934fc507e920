"""Tools of a Gemini request: what of them is structure, and who runs them.

Source: Gemini API reference, "Tool" and "FunctionDeclaration"; Vertex AI reference, "Tool", as read
in 2026; recorded traffic.
"""

from collections.abc import Iterator
from typing import Any, Final

from guardrail_gw.core.body import Path
from guardrail_gw.core.feature import Feature
from guardrail_gw.core.kept import Named
from guardrail_gw.dialects.gemini_generate.schema import schema
from guardrail_gw.dialects.gemini_generate.spelling import folded, spelled
from guardrail_gw.dialects.walk import Walk, free, kept, many, name, number, one_of, record

_OWN: Final = frozenset({"functiondeclarations", "computeruse"})
"""Tools that the client itself runs."""
_SEARCH: Final = frozenset(
    {"googlesearch", "googlesearchretrieval", "enterprisewebsearch", "googlemaps", "urlcontext"}
    | {"parallelaisearch", "exaaisearch"}
)

_FUNCTION = record(
    spelled(
        {
            "name": name,
            "description": free,
            "behavior": one_of("UNSPECIFIED", "BLOCKING", "NON_BLOCKING"),
            **dict.fromkeys(("parameters", "parametersJsonSchema"), schema),
            **dict.fromkeys(("response", "responseJsonSchema"), schema),
        }
    )
)
_RETRIEVAL: Final = frozenset({"vertexaisearch", "vertexragstore"})
"""Sources of a retrieval whose stores have names; others say how to reach somebody's server."""
_STORES: Final = frozenset({"datastore", "engine", "ragcorpus", "ragcorpora"})
_SETTING: Final = "disableattribution"
_NOTHING: Final[tuple[Any, ...]] = (None, False, "", [], {})


_ENVIRONMENT = one_of(
    *("ENVIRONMENT_UNSPECIFIED", "ENVIRONMENT_BROWSER", "ENVIRONMENT_MOBILE"),
    "ENVIRONMENT_DESKTOP",
)
_TOOL = record(
    spelled(
        {
            "functionDeclarations": many(_FUNCTION),
            "computerUse": record(
                spelled({"environment": _ENVIRONMENT, "excludedPredefinedFunctions": many(name)})
            ),
            "fileSearch": record(
                spelled(
                    {
                        "fileSearchStoreNames": many(kept("vector store")),
                        "topK": number,
                        "metadataFilter": free,
                    }
                )
            ),
            **dict.fromkeys(("googleSearch", "googleSearchRetrieval", "googleMaps"), free),
            **dict.fromkeys(("enterpriseWebSearch", "urlContext", "codeExecution"), free),
            **dict.fromkeys(("parallelAiSearch", "exaAiSearch", "retrieval"), free),
            "mcpServers": free,
        }
    )
)


def tool(walk: Walk, value: Any, path: Path, place: str) -> None:  # noqa: ANN401 - JSON
    """One entry of `tools`: it may hold several tools, each under its kind."""
    if type(value) is not dict:
        walk.asked.setdefault(Feature.HOSTED_TOOLS, place)
    else:
        for kind, member in value.items():
            feature = _hosted(kind)
            if feature is not None and member is not None:
                walk.asked.setdefault(feature, place)
            if folded(kind) == "retrieval":
                names = _searched(member)
                walk.kept += [Named(what="data store", id=each, place=place) for each in names]
    _TOOL(walk, value, path, place)


def _hosted(kind: str) -> Feature | None:
    """What a kind of tool asks of the provider besides calling it; None: the client runs it."""
    if folded(kind) in _OWN:
        return None
    return Feature.WEB_SEARCH if folded(kind) in _SEARCH else Feature.HOSTED_TOOLS


def _searched(retrieval: Any) -> Iterator[str]:  # noqa: ANN401 - JSON
    """Each store that is searched; empty for what is searched without a name of that kind."""
    sources = retrieval if type(retrieval) is dict else {"": retrieval}
    for kind, source in sources.items():
        if folded(kind) != _SETTING and source not in _NOTHING:
            names = list(_stores(source)) if folded(kind) in _RETRIEVAL else []
            yield from names or [""]


def _stores(source: Any) -> Iterator[str]:  # noqa: ANN401 - JSON
    """Each store that a source names, however deep; empty where the name is no string."""
    if type(source) is list:
        for each in source:
            yield from _stores(each)
    elif type(source) is dict:
        for key, member in source.items():
            if folded(key) not in _STORES:
                yield from _stores(member)
            elif member not in _NOTHING:
                for each in member if type(member) is list else [member]:
                    yield each if type(each) is str else ""
