"""Serving by rules alone: its policy, its gateway.yaml, the command, and when clients can come."""

import asyncio
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

GATEWAY: Final = (sys.executable, "-m", "guardrail_gw")
_POLICY: Final = """\
apiVersion: guardrail-gw/v1
kind: Policy
metadata: {id: rules, version: 1, owner: tests, description: for tests}
spec:
  match: {tenant: ["*"], team: ["*"], endpoint: ["*"]}
  pii:
    default: {action: token, min_score: 0.5}
    entities: {ENTITY: {action: ACTION}}
  attachments: block
  residency: {allow_jurisdictions: [EU], when: pii_detected, on_violation: reroute}
  audit: {detail: metadata}
"""


def rules_only(entity: str = "EMAIL_ADDRESS", action: str = "token") -> str:
    """A policy: what rules find is replaced and stays in the EU; one kind may have its own action.

    Without a model a gateway starts sooner.
    """
    return _POLICY.replace("ENTITY", entity).replace("ACTION", action)


def config_by_rules(port: int = 0) -> dict[str, Any]:
    """The lines of a gateway.yaml that has such a policy in `policies`, and no model."""
    return {
        "apiVersion": "guardrail-gw/v1",
        "kind": "Gateway",
        "listen": {"host": "127.0.0.1", "port": port},
        "policies": "policies",
        "detection": {"model": None},
        "audit": {"directory": "audit", "keys": "keys/gateway", "public": "keys/audit-public"},
    }


def serve(config: Path) -> list[str]:
    """The command."""
    return [*GATEWAY, "serve", "--config", str(config)]


async def until_ready(log: Path, is_over: Callable[[], bool], seconds: float = 90) -> str:
    """Wait until a gateway that logs there says that clients can come.

    Args:
        log: its standard error; there already.
        is_over: whether its process has ended.
        seconds: how long it may take.

    Returns:
        Where it listens, as a base URL.

    Raises:
        AssertionError: it ended before; with what it had said.
    """
    async with asyncio.timeout(seconds):
        while (address := _ready_at(log)) is None:
            assert not is_over(), log.read_text(encoding="utf-8")
            await asyncio.sleep(0.02)
    return f"http://{address}"


def _ready_at(log: Path) -> str | None:
    for line in log.read_text(encoding="utf-8").splitlines(keepends=True):
        if '"gateway.ready"' in line and line.endswith("\n"):
            return str(json.loads(line)["address"])
    return None
