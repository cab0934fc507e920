"""claude-code: Anthropic Messages; base URL and key come from its environment variables."""

import json
from collections.abc import Mapping
from typing import Any

from agent import FORM, HOME, Agent, binary, folder
from stage import KEY, URL, Ask, told

CLAUDE = binary("@anthropic-ai/claude-code", "claude")


def command(model: str) -> list[str]:
    """One turn that prints its answer."""
    return [CLAUDE, "-p", "--model", model, "--allowedTools", "Bash"]


def structured(ask: Ask) -> Mapping[str, Any]:
    """An answer that keeps to a schema."""
    options = ["--output-format", "json", "--json-schema", json.dumps(FORM)]
    answer = AGENT.asked([*command("structured-claude"), *options], ask.text, folder())
    if "error" in answer:
        return answer
    return told(form=json.loads(answer["said"])["structured_output"])


AGENT = Agent(
    package="@anthropic-ai/claude-code",
    command=command,
    again=["--continue"],
    tools="tools-claude",
    variables={
        "ANTHROPIC_BASE_URL": URL,
        "ANTHROPIC_API_KEY": KEY,
        "CLAUDE_CONFIG_DIR": str(HOME / "claude"),
        "DISABLE_AUTOUPDATER": "1",
    },
    structured=structured,
)
AGENT.perform()
