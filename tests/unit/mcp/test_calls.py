"""Requests to servers through the whole chain, with a real log."""

import json
from pathlib import Path

from tests.support.audit_world import World
from tests.support.tool_world import NAME, PHONE, Scripted, answers, echo, tool_world


async def test_a_server_sees_placeholders_and_the_client_its_own_words(
    tmp_path: Path, keyed: World
) -> None:
    """What was taken out of the arguments comes back in the answer."""
    server = Scripted("crm", echo)
    async with tool_world(tmp_path, keyed, [server]) as here:
        (told,) = await here.call("crm", {"who": NAME, NAME: [{"deep": f"ring {PHONE}"}]})

    assert NAME not in server.seen
    assert PHONE not in server.seen
    assert json.loads(told["result"]["content"][0]["text"])["arguments"] == {
        "who": NAME,
        NAME: [{"deep": f"ring {PHONE}"}],
    }


async def test_what_a_server_brings_is_replaced_for_the_client(
    tmp_path: Path, keyed: World
) -> None:
    """Text and structured content have the same placeholder for the same value."""
    result = {
        "content": [{"type": "text", "text": f"It is {NAME}."}],
        "structuredContent": {"name": NAME, "phones": [PHONE]},
    }
    async with tool_world(tmp_path, keyed, [Scripted("crm", answers(result))]) as here:
        (told,) = await here.call("crm", {"id": 7})

    shown = told["result"]["structuredContent"]
    assert NAME not in json.dumps(told)
    assert PHONE not in json.dumps(told)
    assert told["result"]["content"][0]["text"] == f"It is {shown['name']}."
