"""Other policies tried on a log that a whole gateway wrote."""

import asyncio
import json
import shutil
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from guardrail_gw.cli.policy import command
from guardrail_gw.core.shipped import shipped
from tests.support.world import World

ADDRESS = "Write to anna.schmidt@example.org."


async def test_a_candidate_is_tried_on_what_happened(here: World, tmp_path: Path) -> None:
    """Of three requests, the one with an address would be blocked, and its record is named."""
    await here.ask("hello")
    await here.ask(ADDRESS)
    await here.post(b"{")
    indexes = [r.index for r in here.records() if r.meta and r.meta.get("entities")]

    told = await asyncio.to_thread(_replayed, here.folder, tmp_path / "candidate")

    changes = {c["subject"]: c for c in told["changes"]}
    assert (told["requests"], told["judged"], told["differ"]) == (3, 2, 1)
    assert (changes["EMAIL_ADDRESS"]["before"], changes["EMAIL_ADDRESS"]["after"]) == (
        "token",
        "block",
    )
    assert changes["outcome"]["examples"] == indexes
    assert told["not_reproduced"] == 0
    assert "anna" not in json.dumps(told)


def _replayed(world: Path, candidate: Path) -> Any:
    """The command's answer for a policy that blocks addresses."""
    default = shipped("policies/default")
    shutil.copytree(default, candidate)
    text = (candidate / "policy.yaml").read_text(encoding="utf-8")
    changed = text.replace("EMAIL_ADDRESS: {action: token}", "EMAIL_ADDRESS: {action: block}")
    (candidate / "policy.yaml").write_text(changed, encoding="utf-8")
    key = world / "keys" / "auditors" / "auditor.key"
    asked = ["replay", world / "audit", candidate, "--key", key, "--former", default]
    asked += ["--config", world / "gateway.yaml", "--json"]
    result = CliRunner().invoke(command, list(map(str, asked)), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)
