"""Members that every body to a deployment has, whatever the client says."""

from dataclasses import replace

import pytest

from guardrail_gw.errors import UpstreamFailed
from tests.support.routing_world import CONNECT, GOOD, Stage


async def test_what_is_fixed_for_a_deployment_is_in_its_body() -> None:
    """A member that the deployment fixes stands behind its model; others' bodies lack it."""
    stage = Stage({"a": [CONNECT], "b": [GOOD]})
    stage.lawful[0] = replace(stage.lawful[0], fixed_members=(("inference_geo", "us"),))

    await stage.ask()

    assert stage.providers.sent[0][1] == b'{"model":"model-of-a","inference_geo":"us"}'
    assert stage.providers.sent[-1][1] == b'{"model":"model-of-b"}'


@pytest.mark.parametrize("name", ["said_already", "Said_Already"])
async def test_a_request_that_says_what_is_fixed_goes_elsewhere(name: str) -> None:
    """Of two members with one name, in any case, nobody knows which counts: neither is sent."""
    stage = Stage({"a": [GOOD]})
    stage.lawful[0] = replace(stage.lawful[0], fixed_members=((name, "us"),))

    with pytest.raises(UpstreamFailed) as caught:
        await stage.ask()

    assert stage.providers.sent == []
    assert caught.value.facts["rejected"][0]["reason"] == "routing.fixed_member"
