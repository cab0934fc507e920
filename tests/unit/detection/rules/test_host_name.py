"""Hosts without a scheme."""

import pytest

from guardrail_gw.detection.rules.host_name import SCORE, find


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("see shop.example.com.", "shop.example.com"),
        ("from @example.org to us", "example.org"),
        ("at academics.example.in today", "academics.example.in"),
        ("_db._tcp.example.net", "_db._tcp.example.net"),
    ],
)
def test_a_host_is_found_with_a_low_score(text: str, host: str) -> None:
    """Without the sentence's full stop and without a sign before it."""
    (found,) = find(text)

    assert (text[found.start : found.end], found.score) == (host, SCORE)


@pytest.mark.parametrize(
    "text",
    ["a@example.com", "https://example.com", "foo.is", "end.It was", "os.path", "x.io(3)", "a.py"],
)
def test_addresses_code_and_sentences_are_none(text: str) -> None:
    """What belongs to an address is found with it; a word with a last label of files is code."""
    assert not list(find(text))
