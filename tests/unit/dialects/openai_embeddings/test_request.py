import json
from typing import Any

import pytest

from guardrail_gw.core.feature import Feature
from guardrail_gw.errors import BodyRefused
from tests.support.completions import EMBEDDINGS, seen, texts


@pytest.mark.parametrize(
    ("asked", "places"),
    [
        ("Anna", {"Anna": "/input"}),
        (["Anna", "Berta"], {"Anna": "/input/0", "Berta": "/input/1"}),
    ],
)
def test_every_text_is_a_segment(asked: Any, places: dict[str, str]) -> None:
    """One or several; what the wire format defines in closed sets is structure."""
    raw = texts(asked, encoding_format="base64", dimensions=256)

    assert seen(EMBEDDINGS, raw) == places


@pytest.mark.parametrize("name", ["user", "encoding_format", "dimensions", "input_type", "task"])
def test_a_name_in_any_field_is_seen(name: str) -> None:
    """A field that holds something unexpected, or that nobody thought of, is scanned."""
    for value in ("Anna Schmidt", {"Anna Schmidt": 1}, [{"k": ["Anna Schmidt"]}]):
        assert "Anna Schmidt" in seen(EMBEDDINGS, texts("x", **{name: value}))


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"model": "m", "input": [1, 2]}, "body.tokens"),
        ({"model": "m", "input": [[1, 2]]}, "body.tokens"),
        ({"model": "m", "input": [{"image": "x"}]}, "body.wrong_type"),
        ({"model": "m"}, "body.wrong_type"),
        ({"model": "m", "input": None, "messages": []}, "body.wrong_type"),
        ({"input": "a"}, "body.wrong_type"),
        ({"model": "m", "input": "a", "stream": True}, "body.wrong_type"),
    ],
)
def test_what_is_not_understood_in_full_is_refused(body: Any, code: str) -> None:
    """Tokens, content that is no text, and streams."""
    with pytest.raises(BodyRefused) as refused:
        EMBEDDINGS.parse(json.dumps(body).encode())

    assert refused.value.code == code


def test_what_takes_the_text_elsewhere_is_a_feature() -> None:
    """As in every dialect."""
    question = EMBEDDINGS.parse(texts("x", provider={"order": ["a"]}))

    assert question.features == {Feature.ROUTING: "/provider"}


def test_replacements_stand_where_the_segments_stood() -> None:
    """And a body in which nothing is replaced keeps its bytes."""
    raw = b'{ "input" : ["Anna","b"],"model":"gpt", "dimensions":2 }'
    question = EMBEDDINGS.parse(raw)

    assert EMBEDDINGS.rewrite(question, {}).addressed(b'"gpt"') == raw
    assert EMBEDDINGS.rewrite(question, {0: "A"}).addressed(b'"gpt"') == raw.replace(b"Anna", b"A")
