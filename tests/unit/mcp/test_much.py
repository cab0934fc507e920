"""What takes long in a server's answer is not done on the event loop."""

import json
from pathlib import Path

import pytest

from tests.support.audit_world import World
from tests.support.chat import Elsewhere
from tests.support.tool_world import Scripted, answers, tool_world


@pytest.mark.parametrize(("people", "is_much"), [(500, False), (501, True)])
async def test_much_to_replace_is_replaced_elsewhere(
    people: int, is_much: object, tmp_path: Path, keyed: World
) -> None:
    """However short the answer is."""
    names = [f"Anna{number:03}x" for number in range(people)]
    result = {"content": [{"type": "text", "text": " ".join(names)}]}
    elsewhere = Elsewhere()
    async with tool_world(
        tmp_path,
        keyed,
        [Scripted("crm", answers(result))],
        values=dict.fromkeys(names, "PERSON"),
        offload=elsewhere,
    ) as here:
        (told,) = await here.call("crm", {"id": 7})

    assert "Anna" not in json.dumps(told)
    assert bool(elsewhere.sizes) is is_much
