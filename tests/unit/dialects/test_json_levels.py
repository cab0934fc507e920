import json

import pytest

from guardrail_gw.dialects.json_levels import MAX_LEVELS, JsonLevels


def levels(source: str, mark: str = "@") -> list[int]:
    """The level of each mark in some JSON source, read character by character."""
    reader, found = JsonLevels(), []
    for char in source:
        if char == mark:
            found.append(reader.level)
        reader.feed(char)
    return found


def wrapped(value: object, times: int) -> str:
    """JSON source with `value` so many strings deep."""
    for _ in range(times):
        value = json.dumps({"a": [1, True, None, -2.5e3], "x": value})
    return str(value)


@pytest.mark.parametrize("times", range(1, MAX_LEVELS + 1))
def test_each_string_of_json_is_a_level(times: int) -> None:
    """A text within JSON within so many strings of JSON stands as deep."""
    assert levels(wrapped("@", times)) == [times]


def test_no_level_is_deeper_than_the_bound() -> None:
    """Deeper wrapping is read no further; the memory stays bounded."""
    assert levels(wrapped("@", MAX_LEVELS + 2)) == [MAX_LEVELS]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('{"a":"[see \\"@\\"]"}', [1]),
        ('{"a":"{\\"n\\":NaN,\\"i\\":-Infinity,\\"b\\":\\"@\\"}"}', [2]),
        ('{"a":"{@}"}', [1]),
        ('{"a":"say \\"@\\""}', [1]),
        ('{"a":"{\\"k\\":\\"@\\"} @","b":"@"}', [2, 1, 1]),
        ('{"@":1,"a":"{\\"@\\":1}"}', [1, 2]),
        ('{"a":" [\\"@\\"]"}', [2]),
        ('{"a":"\\u007b\\u0022k\\u0022:\\"@"}', [2]),
        ('{"a":"\\u00zz{\\"@"}', [1]),
        ('{"a":"[1,\\n\\"@\\"]"}', [2]),
        ('{"a":"[,\\"@\\"]"}', [1]),
        ('{"a":"{\\"k\\" \\"@\\"}"}', [1]),
        ('{"a":"[]]\\"@"}', [1]),
        ('{"a":"[1 2,\\"@"}', [1]),
        ("not json @", [1]),
        ('["@", {"a": @', [1, 1]),
        ("[" * 200 + '"@"', [1]),
    ],
)
def test_only_what_may_be_json_is_a_level(source: str, expected: list[int]) -> None:
    """Prose with brackets and quotes is prose, and broken source never goes below one level."""
    assert levels(source) == expected


@pytest.mark.parametrize("at", range(1, 60, 3))
def test_cuts_do_not_matter(at: int) -> None:
    """Read in two pieces, the source says the same."""
    source = wrapped("a@", 3).split("@", maxsplit=1)[0]
    whole, cut = JsonLevels(), JsonLevels()

    whole.feed(source)
    cut.feed(source[:at])
    cut.feed(source[at:])

    assert cut.level == whole.level == 3


def test_the_reader_shows_nothing() -> None:
    """The repr holds no text of the source."""
    reader = JsonLevels()

    reader.feed('{"anna\\u00')

    assert "anna" not in repr(reader)
