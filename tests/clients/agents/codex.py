"""codex: Responses; base URL and key come from its configuration file."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from agent import FORM, HOME, Agent, folder
from stage import KEY, URL, Ask, told

CONFIG = f"""\
model_provider = "gateway"
web_search = "disabled"

[model_providers.gateway]
name = "gateway"
base_url = "{URL}/v1"
env_key = "GATEWAY_KEY"
wire_api = "responses"
"""


def command(model: str) -> list[str]:
    """One turn that prints its answer."""
    options = ["--skip-git-repo-check", "--dangerously-bypass-approvals-and-sandbox"]
    return ["codex", "exec", *options, "--model", model]


def structured(ask: Ask) -> Mapping[str, Any]:
    """An answer that keeps to a schema."""
    schema: Path = folder() / "schema.json"
    schema.write_text(json.dumps(FORM), encoding="utf-8")
    asked = [*command("plain"), "--output-schema", str(schema)]
    answer = AGENT.asked(asked, ask.text, schema.parent)
    return answer if "error" in answer else told(form=json.loads(answer["said"]))


(HOME / "codex").mkdir()
(HOME / "codex" / "config.toml").write_text(CONFIG, encoding="utf-8")
AGENT = Agent(
    package="@openai/codex",
    command=command,
    again=["resume", "--last"],
    tools="tools-codex",
    variables={"CODEX_HOME": str(HOME / "codex"), "GATEWAY_KEY": KEY},
    structured=structured,
)
AGENT.perform()
