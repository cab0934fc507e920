"""The text of recipients: one form, and who opens what by it."""

import binascii
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from guardrail_gw.errors import ConfigError
from guardrail_gw.keys import change
from guardrail_gw.keys.recipients import (
    Reach,
    Recipient,
    Recipients,
    parse_recipients,
    readers,
    recipient_of,
)
from tests.support.governed import governed


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> Recipients:
    """A text with three recipients, one of them for metadata only."""
    return change.current(governed(tmp_path_factory.mktemp("keys")).public).content


def test_one_form_only(text: Recipients) -> None:
    """What is written is read back, and every change of a byte is refused or read as written."""
    written = text.text()
    assert parse_recipients(written, "f") == text

    for at in range(0, len(written), 5):
        changed = written[:at] + chr(ord(written[at]) ^ 1) + written[at + 1 :]
        try:
            found = parse_recipients(changed, "f")
        except ConfigError:
            continue
        assert found.text() == changed


@pytest.mark.parametrize("line", range(12))
def test_no_line_is_optional(text: Recipients, line: int) -> None:
    """Without one of its lines the text is refused, or says less and in the same form."""
    lines = text.text().splitlines(keepends=True)
    shorter = "".join(lines[:line] + lines[line + 1 :])

    if line == 11:  # the third recipient need not be
        assert len(parse_recipients(shorter, "f").recipients) == 2
    else:
        with pytest.raises(ConfigError):
            parse_recipients(shorter, "f")


def test_who_opens_what(text: Recipients) -> None:
    """Metadata each, redacted who may, full text two of different groups."""
    named = {
        reach: [[r.name for r in g] for g in readers(text.recipients, reach)] for reach in Reach
    }

    assert named == {
        Reach.METADATA: [["auditor"], ["dpo"], ["soc"]],
        Reach.REDACTED: [["auditor"], ["dpo"]],
        Reach.FULL: [["auditor", "dpo"]],
    }


@given(
    people=st.lists(
        st.tuples(st.sampled_from("abc"), st.sampled_from(list(Reach))), min_size=2, max_size=6
    )
)
def test_nobody_opens_more_than_their_level(people: list[tuple[str, Reach]]) -> None:
    """Whatever the recipients: full text takes two groups, and each reader's level is enough."""
    recipients = tuple(
        Recipient(name=f"r{n}", public=bytes([n]) * 32, group=group, reach=reach)
        for n, (group, reach) in enumerate(people)
    )
    order = list(Reach)

    for reach in Reach:
        for group in readers(recipients, reach):
            assert all(order.index(each.reach) >= order.index(reach) for each in group)
            assert len({each.party for each in group}) == (2 if reach is Reach.FULL else 1)


@pytest.mark.parametrize(
    "words",
    [
        ["a", "g", "full"],
        ["a", "g", "full", "AAAA"],
        ["A", "g", "full", "A" * 43 + "="],
        ["a", "G", "full", "A" * 43 + "="],
        ["a", "g", "everything", "A" * 43 + "="],
        ["a", "g", "full", "A" * 43 + "=", "A" * 43 + "="],
    ],
)
def test_what_is_no_recipient(words: list[str]) -> None:
    """A name, a level or a key that cannot be is no recipient."""
    with pytest.raises((ValueError, binascii.Error)):
        recipient_of(words)


def test_suite_two_needs_both_keys(tmp_path: Path) -> None:
    """A text of suite 2 in which one recipient has no ML-KEM key is refused."""
    hybrid = change.current(governed(tmp_path / "two", suite=2).public).content
    alone = change.current(governed(tmp_path / "one").public).content.recipients[0]

    assert parse_recipients(hybrid.text(), "f") == hybrid
    with pytest.raises(ConfigError, match="ML-KEM"):
        change.with_recipient(change.without(hybrid, "auditor"), alone).check()
