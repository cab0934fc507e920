import json
from typing import Any

import pytest

from guardrail_gw.core.body import MAX_STRINGS, parse
from guardrail_gw.core.text import SegmentKind
from guardrail_gw.dialects.walk import (
    MAX_NESTING,
    Layer,
    Walk,
    every_text,
    free,
    many,
    name,
    named,
    number,
    one_of,
    record,
)
from guardrail_gw.errors import BodyRefused
from tests.support.chat import encoded


def walked(shape: Any, value: Any) -> Walk:
    """Walk a value by a shape."""
    document = parse(encoded(value))
    walk = Walk(layers=[Layer(document)])
    shape(walk, document.value, (), "")
    return walk


def seen(shape: Any, value: Any) -> list[tuple[str, str]]:
    """Text and place of each segment."""
    return [(s.text, s.place) for s in walked(shape, value).segments]


def test_everything_in_free_form_content_is_seen() -> None:
    """Strings, keys and long integers are segments; their places show no key."""
    value = {"Anna": ["a", {"b": 4111111111111111}], "n": 17, "e": "", "x": None, "t": True}

    assert seen(free, value) == [
        ("Anna", "/*"),
        ("a", "/*/0"),
        ("b", "/*/1/*"),
        ("4111111111111111", "/*/1/*"),
        ("n", "/*"),
        ("e", "/*"),
        ("x", "/*"),
        ("t", "/*"),
    ]


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (4111111111111111.5, "4111111111111111"),
        (-4.111111111111111e15, "-4111111111111111"),
        (1732550000.25, None),
        (0.5, None),
    ],
)
def test_a_card_number_may_be_a_fraction(number: float, text: str | None) -> None:
    """A number with a fraction is looked at when it is longer than any time in seconds."""
    assert seen(free, [number]) == ([] if text is None else [(text, "/0")])


def test_keys_are_identifiers_and_values_are_prose() -> None:
    """Named-entity recognition runs on values, not on keys."""
    kinds = [s.kind for s in walked(free, {"k": "v"}).segments]

    assert kinds == [SegmentKind.KEY, SegmentKind.PROSE]


def test_a_closed_set_is_structure_and_nothing_else_is() -> None:
    """A value outside the set is scanned, whatever its type."""
    shape = many(one_of("text", "image"))

    assert seen(shape, ["text", "Anna", {"text": "x"}]) == [
        ("Anna", "/1"),
        ("text", "/2/*"),
        ("x", "/2/*"),
    ]


def test_a_record_shows_its_own_members_only() -> None:
    """Known members keep their name in the place; an unknown one is hidden and its key scanned."""
    shape = record({"known": free, "limit": number})

    assert seen(shape, {"known": "a", "limit": 99999999, "other": "b"}) == [
        ("a", "/known"),
        ("other", "/*"),
        ("b", "/*"),
    ]
    assert seen(shape, "text") == [("text", "")]
    assert seen(record({"limit": number}), {"limit": "Anna"}) == [("Anna", "/limit")]


def test_named_members_hide_their_keys() -> None:
    """An object with free-form keys and shaped members is walked by both."""
    shape = named(lambda: name)

    assert seen(shape, {"city": "Bonn"}) == [("city", "/*"), ("Bonn", "/*")]
    assert seen(shape, "x") == [("x", "")]


def test_json_within_a_string_is_walked() -> None:
    """Escapes inside a wrapped object hide nothing, also when it is wrapped twice."""
    inner = json.dumps({"n": "René"})
    value = {"a": "  " + json.dumps([inner]) + "\n"}

    assert [text for text, _ in seen(free, value)] == ["a", "n", "René"]
    assert "\\u00e9" in inner


@pytest.mark.parametrize("text", ["{not json}", "[", "{a", "[1] and more", "{}x{}"])
def test_what_only_looks_like_json_is_prose(text: str) -> None:
    """A string that does not parse is scanned as it stands."""
    assert seen(free, text) == [(text, "")]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('{"a":1,"a":"x"}', "body.duplicate_key"),
        ("[" * 80 + "]" * 80, "body.too_deep"),
        ('["\\ud800"]', "body.lone_surrogate"),
    ],
)
def test_json_in_a_string_that_others_might_read_is_refused(text: str, code: str) -> None:
    """What a lenient reader would understand and we do not cannot pass as prose."""
    with pytest.raises(BodyRefused) as refusal:
        walked(free, [text])

    assert refusal.value.code == code
    assert "'/0'" in refusal.value.detail


@pytest.mark.parametrize("constant", ["NaN", "Infinity", "-Infinity"])
def test_json_that_programs_write_is_json(constant: str) -> None:
    """A long number beside a constant that JSON has not is seen, in whatever form it stands."""
    text = f'{{"score": {constant}, "card": 4.111111111111111e15, "rows": ["Anna"]}}'

    assert ("4111111111111111", "/0/*") in seen(free, [text])
    assert ("Anna", "/0/*/0") in seen(free, [text])


def test_wrapping_has_a_bound() -> None:
    """JSON wrapped in JSON wrapped in JSON ... is refused beyond four levels."""
    text = "[1]"
    for _ in range(3):
        text = json.dumps([text])
    assert seen(free, text) == []

    with pytest.raises(BodyRefused) as refusal:
        walked(free, json.dumps([text]))

    assert refusal.value.code == "body.too_deep"


def test_segments_have_a_bound() -> None:
    """Wrapped strings count as well."""
    wrapped = json.dumps(["s"] * MAX_STRINGS)
    assert len(seen(free, [wrapped])) == MAX_STRINGS

    with pytest.raises(BodyRefused) as refusal:
        walked(free, [wrapped, "one more"])

    assert refusal.value.code == "body.too_many_segments"


@pytest.mark.parametrize("written", ["1e999", "-1e999", "9" * 310, f"-{'9' * 4000}"])
@pytest.mark.parametrize("shape", [free, name, number], ids=["free", "name", "number"])
def test_a_number_that_is_none_is_refused(shape: Any, written: str) -> None:
    """Readers disagree on what a number is that is larger than any."""
    document = parse(f"[{written}]".encode())

    with pytest.raises(BodyRefused):
        many(shape)(Walk(layers=[Layer(document)]), document.value, (), "")


def test_every_text_is_seen_whatever_its_place() -> None:
    """Keys, strings, long numbers and what JSON in strings holds; nothing else of numbers."""
    inner = json.dumps({"k": ["v", json.dumps([1234567890])]})
    value = {"a": ["b", {"c": 4.1e15, "d": 17, "e": None}], "f": f" {inner}", "g": "[no"}

    texts = every_text(parse(encoded(value)))

    outer = ["a", "b", "c", "4100000000000000", "d", "e", "f", "g", "[no"]
    assert sorted(texts) == sorted([*outer, "k", "v", "1234567890"])


def test_what_no_walk_reads_is_refused() -> None:
    """JSON in strings is bounded and strict here, too."""
    deep = '["x"]'
    for _ in range(MAX_NESTING - 1):
        deep = json.dumps([deep])
    assert every_text(parse(encoded([deep]))) == ["x"]

    for value in (json.dumps([deep]), '{"a":1,"a":2}'):
        with pytest.raises(BodyRefused):
            every_text(parse(encoded([value])))
