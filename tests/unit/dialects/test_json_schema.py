from guardrail_gw.core.body import parse
from guardrail_gw.core.text import SegmentKind
from guardrail_gw.dialects.json_schema import schema
from guardrail_gw.dialects.walk import Layer, Walk
from tests.support.chat import encoded


def test_only_words_of_the_vocabulary_are_structure() -> None:
    """Keywords and their closed values are left; names, texts and defaults are scanned."""
    value = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "to": {
                "type": ["string", "null"],
                "format": "email",
                "description": "for Anna",
                "default": "anna@example.org",
                "maxLength": 12345678,
                "enum": ["Bonn"],
            },
            "odd": {"type": "Anna", "format": "Berta", "x-note": "Clara"},
        },
        "required": ["to"],
        "$defs": {"d": {"anyOf": [{"const": "Dora"}, {"$ref": "#/$defs/d"}]}},
    }
    document = parse(encoded(value))
    walk = Walk(layers=[Layer(document)])

    schema(walk, document.value, (), "")

    keys = [s.text for s in walk.segments if s.kind is SegmentKind.KEY]
    prose = [s.text for s in walk.segments if s.kind is SegmentKind.PROSE]
    assert keys == ["to", "odd", "x-note", "to", "d", "#/$defs/d"]
    assert prose == ["for Anna", "anna@example.org", "Bonn", "Anna", "Berta", "Clara", "Dora"]
