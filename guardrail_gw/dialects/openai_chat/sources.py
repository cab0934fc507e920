"""Sources of data that a chat request names: the provider reads them with the account's rights.

Source: Azure OpenAI reference, "Data source - Azure AI Search" and its neighbours, as read in 2026.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from guardrail_gw.core.kept import Named

_MEMBERS: Final = ("data_sources", "datasources")
_NOTHING: Final[tuple[Any, ...]] = (None, False, "", [], {})
_INDEX: Final = "azure_search"


def sources(body: Mapping[str, Any]) -> Iterator[Named]:
    """Each source of a request; without a name where nothing says in one word what it is."""
    for key, value in body.items():
        name = key.casefold()
        if name in _MEMBERS and value not in _NOTHING:
            for at, source in enumerate(value if type(value) is list else [value]):
                yield Named(what="data source", id=_id(source), place=f"/{name}/{at}")


def _id(source: Any) -> str:  # noqa: ANN401 - JSON
    """The address of a search index, as its own service has it."""
    parameters = source.get("parameters") if type(source) is dict else None
    if type(parameters) is not dict or source.get("type") != _INDEX:
        return ""
    endpoint, index = parameters.get("endpoint"), parameters.get("index_name")
    if type(endpoint) is not str or type(index) is not str or not endpoint or not index:
        return ""
    return f"{endpoint.rstrip('/')}/indexes/{index}"
