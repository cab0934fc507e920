"""Which era a request speaks, and what it says about itself."""

import pytest

from guardrail_gw.dialects.mcp import eras

META = {eras.REVISION: "2026-07-28", eras.CAPABILITIES: {"elicitation": {}}}
SENT = {"mcp-protocol-version": "2026-07-28", "mcp-method": "tools/call", "mcp-name": "add"}


@pytest.mark.parametrize(
    ("said", "modern"),
    [(None, False), ("2025-11-25", False), ("2026-07-28", True), ("2099-01-01", True)],
)
def test_the_version_header_tells_the_era(said: str | None, *, modern: bool) -> None:
    """Nobody's revision is the modern era's to refuse; none said is a session's."""
    assert eras.is_modern(said) is modern


def test_a_request_says_who_sends_it() -> None:
    """Revision, capabilities, name and the level from which it wants log messages."""
    meta = META | {eras.INFO: {"name": "c"}, eras.LOG_LEVEL: "debug"}

    said = eras.modern("tools/call", {"name": "add", "_meta": meta}, SENT)

    assert isinstance(said, eras.Modern)
    assert (said.revision, said.log_level) == ("2026-07-28", "debug")
    assert (said.capabilities, said.info) == ({"elicitation": {}}, {"name": "c"})


def test_a_revision_of_free_text_is_not_repeated() -> None:
    """The error names what is spoken here, and what was asked for only if it looks like one."""
    odd = eras.unsupported("Jane Doe <jane@example.com>")
    old = eras.unsupported("1900-01-01")

    assert odd is not None
    assert odd.data == {"supported": ["2026-07-28"], "requested": ""}
    assert old is not None
    assert old.data == {"supported": ["2026-07-28"], "requested": "1900-01-01"}


@pytest.mark.parametrize(
    ("asked", "agreed"),
    [("2025-06-18", "2025-06-18"), ("2026-07-28", "2025-11-25"), (None, "2025-11-25")],
)
def test_a_handshake_ends_with_a_revision_that_has_one(asked: object, agreed: str) -> None:
    """The one asked for if it is known, else the newest."""
    assert eras.negotiated(asked) == agreed


@pytest.mark.parametrize("level", ["call Jane Doe", "", "DEBUG", 7, ["debug"]])
def test_a_level_of_free_text_is_none(level: object) -> None:
    """It would go on to the server as it is, and nothing would have looked at it."""
    meta = META | {eras.LOG_LEVEL: level}

    said = eras.modern("tools/call", {"name": "add", "_meta": meta}, SENT)

    assert isinstance(said, eras.Fault)
    assert said.code == eras.INVALID_PARAMS
