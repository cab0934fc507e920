from dataclasses import replace

from tests.support.routing_world import deployment


def test_a_deployment_speaks_its_dialects_and_no_other() -> None:
    """The first one counts, and those that it answers at the same address."""
    one = replace(deployment("a", dialect="letters"), also_speaks=frozenset({"digits"}))

    spoken = [name for name in ("letters", "digits", "words", "") if one.speaks(name)]

    assert spoken == ["letters", "digits"]
