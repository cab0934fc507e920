"""Lists with entries that are none: the entries are left out, and nothing here fails by them."""

from pathlib import Path
from typing import Any

import pytest

from guardrail_gw.mcp.aggregate.kinds import Kind
from guardrail_gw.mcp_errors import ServerFailed
from guardrail_gw.policy.tools import Changed, Poisoning, ToolRules
from tests.support.mcp_all import World, world
from tests.support.mcp_offers import Offers

RULES = ToolRules(changed=Changed.ALLOW, poisoning=Poisoning.BLOCK)
ODD: list[Any] = [None, True, 7, 7.5, "text", [], ["x"], {}, {"a": {"b": [1]}}]


def _entries(key: str) -> list[Any]:
    """What no list should hold, and each member of an entry as it should not be."""
    members = ("title", "description", "inputSchema", "outputSchema", "annotations", "arguments")
    entries = [*ODD, *({key: odd} for odd in ODD if not isinstance(odd, str))]
    for number, member in enumerate(members):
        entries += [{key: f"x:{number}-{n}", member: odd} for n, odd in enumerate(ODD)]
    hints = {"readOnlyHint": "no", "destructiveHint": [], "title": {}}
    return [*entries, {key: "x:hints", "annotations": hints}, {key: "x:good"}]


async def _shown(here: World, kind: Kind, *, everywhere: bool) -> list[Any]:
    if everywhere:
        return list((await here.result(RULES, kind.method))[kind.value])
    tools = here.governed.tools
    told = {kind.value: _entries(kind.key)}
    return list((await tools.filtered(RULES, "git", kind.method, told))[kind.value])


@pytest.mark.parametrize("endpoint", ["git", ""])
@pytest.mark.parametrize("kind", [*Kind])
async def test_what_is_no_entry_is_in_no_list(tmp_path: Path, kind: Kind, endpoint: str) -> None:
    """At either endpoint; the others stay."""
    server = Offers("git")
    server.lists[kind.method] = [{kind.value: _entries(kind.key)}]
    async with world(tmp_path, server) as here:
        shown = await _shown(here, kind, everywhere=not endpoint)

    keys = [each[kind.key] for each in shown]
    assert all(isinstance(each, str) for each in keys)
    assert sum("good" in each for each in keys) == 1


@pytest.mark.parametrize("kind", [*Kind])
async def test_what_is_no_list_is_the_servers_fault(tmp_path: Path, kind: Kind) -> None:
    """And never a defect of the gateway."""
    async with world(tmp_path, Offers("git")) as here:
        for odd in [each for each in ODD if not isinstance(each, list)]:
            with pytest.raises(ServerFailed):
                await here.governed.tools.filtered(RULES, "git", kind.method, {kind.value: odd})
