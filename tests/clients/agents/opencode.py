"""opencode: chat completions; base URL, key and models come from its configuration file."""

import json

from agent import HOME, Agent, binary
from stage import KEY, URL

OPENCODE = binary("opencode", "bin/opencode")
MODELS = ("plain", "tools-opencode", "limited", "faulty", "refused")
CONFIG = {
    "provider": {
        "gateway": {
            "npm": "@ai-sdk/openai-compatible",
            "options": {"baseURL": f"{URL}/v1", "apiKey": KEY},
            "models": {name: {"name": name} for name in MODELS},
        }
    }
}


def command(model: str) -> list[str]:
    """One turn that prints its answer."""
    return [OPENCODE, "run", "--auto", "--model", f"gateway/{model}"]


folder = HOME / ".config" / "opencode"
folder.mkdir(parents=True)
(folder / "opencode.json").write_text(json.dumps(CONFIG), encoding="utf-8")
Agent(
    package="opencode-ai",
    command=command,
    again=["--continue"],
    tools="tools-opencode",
    variables={"OPENCODE_DISABLE_MODELS_FETCH": "1"},
).perform()
