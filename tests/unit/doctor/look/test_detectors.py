"""What becomes of a canary, as the rooms say it."""

import json
from types import SimpleNamespace
from typing import Any

import pytest

from guardrail_gw.core.identity import Principal
from guardrail_gw.core.text import Entity
from guardrail_gw.doctor.canaries import Canary
from guardrail_gw.doctor.look.detectors import Trial, seen
from guardrail_gw.observability.clock import SystemClock
from guardrail_gw.policy.policy import Action

CANARY = Canary(entity=Entity("AGE"), text="She is 34 years old.", value="34")


def left(text: str, originals: dict[str, str]) -> Any:
    """Rooms that make this of whatever they get."""

    async def apply(*_: object, **__: object) -> Any:
        said = json.dumps({"messages": [{"role": "user", "content": text}]}).encode()
        return SimpleNamespace(
            envelope=SimpleNamespace(addressed=lambda _: said), originals=originals
        )

    return SimpleNamespace(redaction=SimpleNamespace(apply=apply))


@pytest.mark.parametrize(
    ("text", "is_gone"),
    [("She is AGE_K34QX9MD years old.", True), ("She is 34 years old, AGE_K34QX9MD.", False)],
)
async def test_a_value_within_its_own_placeholder_has_gone(text: str, *, is_gone: bool) -> None:
    """Chance writes short ones into placeholders; beside one the value itself is there still."""
    rule = SimpleNamespace(action=Action.TOKEN, concerns=lambda _: True)
    policy: Any = SimpleNamespace(rule_for=lambda _: rule)
    trial = Trial(
        rehearsal=left(text, {"AGE_K34QX9MD": "34"}),
        principal=Principal(tenant="acme", team="crm", user="anna", key_id="k1"),
        policy=policy,
        clock=SystemClock(),
    )

    (found,) = [each async for each in seen(trial, [CANARY])]

    assert found.is_gone is is_gone
