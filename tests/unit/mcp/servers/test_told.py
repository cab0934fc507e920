"""What a server is told of a client."""

from typing import Any

import pytest

from guardrail_gw.mcp.servers.told import declared


@pytest.mark.parametrize(
    "value",
    [
        *("AT611904300234573201", "4111-1111-1111-1111", "+436641234567", "Jane Doe"),
        *(4111111111111111, 4.111111111111111e15),
    ],
)
def test_nothing_of_a_person_passes_as_a_capability(value: Any) -> None:
    """Nobody looks into capabilities, so numbers of people and their cards are left out."""
    said = {"elicitation": {"form": {}}, "extensions": {"x": value, "y": [value]}}

    assert declared(said) == {"elicitation": {"form": {}}, "extensions": {"y": []}}
    assert declared({str(value): {}}) == {}


def test_technical_words_stay() -> None:
    """Revisions, media types and switches."""
    said = {"extensions": {"io.x/ui": {"mimeTypes": ["text/html;profile=mcp-app"], "n": 2}}}

    assert declared(said | {"v": "2026-07-28"}) == said | {"v": "2026-07-28"}
