"""Verifier keys as one line of text."""

import pytest

from guardrail_gw.errors import ConfigError
from guardrail_gw.keys.vkey import Verifier, parse_vkey

_EXAMPLE = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"


def test_round_trip() -> None:
    """The specification's example reads and writes back to itself."""
    assert parse_vkey(f"{_EXAMPLE}\n").vkey() == _EXAMPLE


def test_a_name_changes_the_id() -> None:
    """The same key under another name has another id, so names cannot be mixed up."""
    verifier = Verifier(name="one", public=bytes(32))

    assert verifier.key_id != verifier.named("two").key_id


@pytest.mark.parametrize(
    "text",
    [
        "",
        "name",
        "name+00000000+AA==",
        _EXAMPLE.replace("c7", "c8"),
        _EXAMPLE.replace("+AR", "+Ah"),
        _EXAMPLE.replace("Peter", "Peter "),
        _EXAMPLE + "!",
    ],
)
def test_other_lines_are_refused(text: str) -> None:
    """What is not a vkey, or whose id does not belong to it, is refused."""
    with pytest.raises(ConfigError):
        parse_vkey(text)


def test_a_bad_point_verifies_nothing() -> None:
    """Thirty-two bytes that are no key say no instead of failing."""
    assert not Verifier(name="x", public=b"\xff" * 32).verifies(bytes(64), b"text")
