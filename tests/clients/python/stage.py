"""What every scenario in Python shares: asked line by line, it tells what its client gave.

Runs in a client's own environment, so it needs the standard library only. Standard input brings one
JSON object per scenario, and standard output gets one back (`tests.clients.told` reads it);
whatever a library prints goes to standard error.
"""

import json
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

URL: Final = os.environ["GATEWAY_URL"]
KEY: Final = os.environ["GATEWAY_KEY"]
PARAMETERS: Final = {
    "type": "object",
    "properties": {"text": {"type": "string"}},
    "required": ["text"],
    "additionalProperties": False,
}
"""Of the tool `look_up`, which every scenario with tools offers."""
_STATUS: Final = ("status_code", "code", "http_status", "status")


@dataclass(frozen=True, kw_only=True)
class Ask:
    """One scenario's words, as a user and a tool would say them."""

    model: str
    text: str
    more: str
    """What the user says in the second turn."""
    result: str
    """What the tool gives back."""


Scenario = Callable[[Ask], Mapping[str, Any]]


def told(
    said: str | None = None,
    *,
    first: str | None = None,
    pieces: int = 1,
    heard: list[str] | None = None,
    form: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """What the client gave.

    Args:
        said: the text of the (last) answer.
        first: the text of the first answer, where there are two.
        pieces: into how many pieces the text was divided.
        heard: the argument `text` of each call of the tool.
        form: the structured output.
    """
    return {"said": said, "first": first, "pieces": pieces, "heard": heard, "form": form}


def perform(scenarios: Mapping[str, Scenario]) -> None:
    """Answer every line of standard input; faults are asked for by way of `plain`."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    for line in sys.stdin:
        asked = json.loads(line)
        scenario = scenarios.get(asked.pop("scenario"), scenarios["plain"])
        print(json.dumps(_outcome(scenario, Ask(**asked))), file=answers, flush=True)


def _outcome(scenario: Scenario, ask: Ask) -> Mapping[str, Any]:
    try:
        return scenario(ask)
    except Exception as error:  # noqa: BLE001 - what a client raises is what is asked for
        return {"error": _described(error)}


def _described(error: BaseException) -> dict[str, Any]:
    kind = type(error)
    statuses = (getattr(error, name, None) for name in _STATUS)
    response = getattr(error, "response", None) or getattr(error, "raw_response", None)
    headers = getattr(response, "headers", None) or getattr(error, "headers", None) or {}
    return {
        "class": f"{kind.__module__.partition('.')[0]}.{kind.__name__}",
        "status": next((s for s in statuses if isinstance(s, int)), None),
        "retry_after": headers.get("retry-after"),
        "words": str(error),
    }
