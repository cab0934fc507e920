"""Control over what servers say, as the last step asks for it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from guardrail_gw.mcp.approvals import Approvals
from guardrail_gw.mcp.controlled import ToolControl
from guardrail_gw.policy.tools import ToolRules
from tests.support.mcp_all import world
from tests.support.mcp_offers import Offers


async def _inline(function: Callable[[], Any], *, size: int) -> Any:
    del size
    return function()


async def test_numbers_of_any_length_are_let_through(tmp_path: Path) -> None:
    """A number that the fast writer cannot hold is no defect."""
    message = {"result": {"content": [], "structuredContent": {"n": 12345678901234567890123}}}
    nobody = cast("Approvals", None)  # nothing waits here
    async with world(tmp_path, Offers("git")) as here:
        control = ToolControl(
            tools=here.governed.tools, approvals=nobody, max_bytes={"git": 1 << 20}, offload=_inline
        )
        seen, found = await control.heard(ToolRules(), "git", "tools/call", message)

    assert (seen, found) == (message, {})
