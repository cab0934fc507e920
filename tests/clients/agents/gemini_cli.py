"""gemini-cli: Gemini; base URL and key come from its environment variables."""

import json

from agent import HOME, Agent
from stage import KEY, URL


def command(model: str) -> list[str]:
    """One turn that prints its answer."""
    return ["gemini", "--skip-trust", "--yolo", "--model", model]


settings = {
    "security": {"auth": {"selectedType": "gemini-api-key"}},
    "general": {"maxAttempts": 2},  # else it asks ten times, for minutes, before it gives up
}
(HOME / ".gemini").mkdir()
(HOME / ".gemini" / "settings.json").write_text(json.dumps(settings), encoding="utf-8")
Agent(
    package="@google/gemini-cli",
    command=command,
    again=["--resume", "latest"],
    tools="tools-gemini",
    variables={"GOOGLE_GEMINI_BASE_URL": URL, "GEMINI_API_KEY": KEY},
).perform()
