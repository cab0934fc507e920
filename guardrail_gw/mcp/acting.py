"""Pins and decisions as acts of the audit log (audit/acts.py), and where pins lie."""

from pathlib import Path
from typing import Final

from guardrail_gw.audit.acts import Acts, approval
from guardrail_gw.mcp.control.approval import Decision, Pending
from guardrail_gw.mcp.control.pins import Pin
from guardrail_gw.settings import Settings

_FILE: Final = "mcp-pins.json"


def pins_path(settings: Settings) -> Path:
    """The file of approved definitions."""
    config, state = settings.gateway.mcp, settings.gateway.state
    if config is not None and config.pins is not None:
        return settings.resolve(config.pins)
    return settings.resolve(state.path).with_name(_FILE)


class Acting:
    """Records what somebody approves."""

    def __init__(self, acts: Acts) -> None:
        self._acts = acts

    async def pinned(self, server: str, pin: Pin) -> None:
        """A server's definitions were approved; raises GuardrailError if that is not on record."""
        said = {"by": pin.by, "server": server, "tools": sorted(pin.set.tools)}
        await self._acts.record([approval("pinned", pin.set.digest, said)])

    async def decided(self, pending: Pending) -> None:
        """Somebody decided about a call; raises as `pinned`."""
        act = "allowed" if pending.decision is Decision.ALLOWED else "denied"
        said = {
            "by": pending.by,
            "call": pending.id,
            "reason": pending.reason,
            "request": pending.request,
            "server": pending.server,
            "tool": pending.tool,
        }
        await self._acts.record([approval(act, pending.digest, said)])
