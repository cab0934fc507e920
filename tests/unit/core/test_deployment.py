from dataclasses import replace

from guardrail_gw.core.deployment import Form
from tests.support.routing_world import deployment


def test_a_deployment_speaks_its_dialects_and_no_other() -> None:
    """The first one counts, and those that it answers at the same address."""
    one = replace(deployment("a", dialect="letters"), also_speaks=frozenset({"digits"}))

    spoken = [name for name in ("letters", "digits", "words", "") if one.speaks(name)]

    assert spoken == ["letters", "digits"]


def test_a_form_says_where_a_provider_takes_a_dialect() -> None:
    """The model is quoted, so that no name leads elsewhere; streams may have their own path."""
    form = Form(
        dialect="d",
        path="/models/{model}:ask",
        stream_path="/models/{model}{operation}?v=1",
        operations=("/messages",),
    )

    assert form.address("/messages", "a b/../c?x#y", stream=False) == (
        "/models/a%20b%2F..%2Fc%3Fx%23y:ask"
    )
    assert form.address("/messages", "{operation}", stream=True) == (
        "/models/%7Boperation%7D/messages?v=1"
    )
    assert form.has("/messages?beta=true")
    assert not form.has("/messages/count_tokens")
    assert replace(form, operations=()).has("/anything")
