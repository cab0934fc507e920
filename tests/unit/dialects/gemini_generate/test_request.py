import json
from typing import Any

import pytest
from hypothesis import given, strategies as st

from guardrail_gw.core.exchange import BARE, Head
from guardrail_gw.dialects.gemini_generate import request
from guardrail_gw.errors import BodyRefused
from tests.support.chat import encoded
from tests.support.gemini import (
    ARRAY,
    COUNT,
    EMBED,
    EMBED_MANY,
    GEMINI,
    STREAM,
    WHOLE,
    body,
    head,
    redacted,
    user,
)

ONE = {"content": user("hi")}


@pytest.mark.parametrize(("at", "stream"), [(WHOLE, False), (STREAM, True), (ARRAY, True)])
def test_the_path_says_model_and_stream(at: Head, *, stream: bool) -> None:
    """The body says neither."""
    question = GEMINI.parse(body("hi"), at)

    assert (question.dialect, question.model, question.stream) == (
        *("gemini_generate", "gemini"),
        stream,
    )
    assert question.head is at


@pytest.mark.parametrize(
    ("raw", "at", "place"),
    [
        (b"[]", WHOLE, "''"),
        (b"{}", WHOLE, "'/contents'"),
        (b'{"contents":"x"}', STREAM, "'/contents'"),
        (b'{"contents":["x"]}', WHOLE, "'/contents/0'"),
        (b"{}", COUNT, "'/contents'"),
        (b'{"generateContentRequest":[]}', COUNT, "'/generateContentRequest'"),
        (b'{"generateContentRequest":{}}', COUNT, "'/generateContentRequest/contents'"),
        (b'{"contents":[]}', EMBED, "'/content'"),
        (b'{"content":{}}', EMBED_MANY, "'/requests'"),
        (b'{"requests":[1]}', EMBED_MANY, "'/requests/0'"),
    ],
)
def test_a_body_must_be_what_its_operation_takes(raw: bytes, at: Head, place: str) -> None:
    """Anything else is refused with its place."""
    with pytest.raises(BodyRefused, match=place) as refused:
        GEMINI.parse(raw, at)

    assert refused.value.code == "body.wrong_type"


@pytest.mark.parametrize(
    ("asked", "at", "names"),
    [
        ({"contents": [user("hi")]}, WHOLE, 0),
        ({"contents": [user("hi")], "model": "models/gemini"}, WHOLE, 1),
        ({"model": "publishers/google/models/gemini", "contents": []}, COUNT, 1),
        ({"generateContentRequest": {"model": "models/gemini", "contents": []}}, COUNT, 1),
        ({"generate_content_request": {"contents": [], "model": "gemini"}}, COUNT, 1),
        ({**ONE, "model": "models/gemini"}, EMBED, 1),
        (
            {"requests": [ONE, {**ONE, "model": "models/gemini"}, {"model": "gemini"}]},
            EMBED_MANY,
            2,
        ),
        ({"requests": []}, EMBED_MANY, 0),
    ],
)
def test_where_the_model_is_repeated_the_deployments_stands(
    asked: dict[str, Any], at: Head, names: int
) -> None:
    """Everything else keeps its bytes, white space included."""
    raw = b" " + json.dumps(asked, indent=1).encode() + b"\r\n"

    envelope = GEMINI.rewrite(GEMINI.parse(raw, at), {})

    sent = envelope.addressed(b'"gemini-2.5-flash"')
    assert sent.count(b'"models/gemini-2.5-flash"') == names
    back = sent.replace(b'"models/gemini-2.5-flash"', b'"M"')
    for name in (b'"models/gemini"', b'"publishers/google/models/gemini"', b'"gemini"'):
        raw = raw.replace(name, b'"M"')
    assert back == raw


def test_a_deployment_may_have_members_of_its_own() -> None:
    """They stand behind the others."""
    envelope = GEMINI.rewrite(GEMINI.parse(b'{"contents": [] }\n'), {})

    sent = envelope.addressed(b'"m"', b',"place":"eu"')

    assert sent == b'{"contents": [] ,"place":"eu"}\n'


def test_a_full_name_stays() -> None:
    """Tuned models and those of other publishers say themselves what they are."""
    envelope = GEMINI.rewrite(GEMINI.parse(encoded({**ONE, "model": "gemini"}), EMBED), {})

    assert b'"model":"tunedModels/mine"' in envelope.addressed(b'"tunedModels/mine"')


@pytest.mark.parametrize(
    ("asked", "at"),
    [
        ({**ONE, "model": "models/other"}, EMBED),
        ({"requests": [{**ONE, "model": "models/gemini"}, {**ONE, "model": "other"}]}, EMBED_MANY),
        ({"generateContentRequest": {"model": "models/other", "contents": []}}, COUNT),
    ],
)
def test_path_and_body_must_name_the_same_model(asked: dict[str, Any], at: Head) -> None:
    """Else the one that is checked might not be the one that is asked."""
    with pytest.raises(BodyRefused, match="the model of the path") as refused:
        GEMINI.parse(encoded(asked), at)

    assert "other" not in refused.value.detail


def test_without_a_path_a_body_is_read_all_the_same() -> None:
    """As `policy explain` reads one from a file."""
    question = GEMINI.parse(encoded({"contents": [user("hi")], "model": "models/any"}), BARE)

    assert (question.model, question.stream) == ("", False)


@given(
    parts=st.lists(st.text(min_size=1, max_size=9), min_size=1, max_size=4),
    names=st.lists(st.booleans(), min_size=1, max_size=3),
)
async def test_edits_and_names_do_not_disturb_each_other(
    parts: list[str], names: list[bool]
) -> None:
    """With texts replaced and models put in, each stands where it did."""
    asked = [
        {**({"model": "models/gemini"} if named else {}), "content": user(*parts, "for Anna")}
        for named in names
    ]
    raw = encoded({"requests": asked})

    changed = await redacted(raw, {"Anna": "PERSON"}, at=EMBED_MANY)

    (token,) = changed.originals
    got = json.loads(changed.envelope.addressed(b'"m"'))["requests"]
    assert [each.get("model") for each in got] == ["models/m" if n else None for n in names]
    assert all(each["content"]["parts"][-1]["text"] == f"for {token}" for each in got)


@pytest.mark.parametrize(
    ("config", "json_answer"),
    [
        ({"responseMimeType": "application/json"}, True),
        ({"response_schema": {"type": "OBJECT"}}, True),
        ({"responseJsonSchema": {"type": "object"}}, True),
        ({"responseMimeType": "text/plain"}, False),
        ({"responseSchema": None}, False),
        ({}, False),
    ],
)
def test_json_is_asked_for_by_type_or_schema(config: Any, *, json_answer: bool) -> None:
    """In either spelling."""
    for key in ("generationConfig", "generation_config"):
        question = GEMINI.parse(body("hi", **{key: config}))
        assert question.source.json_answer is json_answer
    assert request.NAME == "gemini_generate"


def test_texts_of_a_request_are_out_of_reprs() -> None:
    """What a person wrote is in none."""
    question = GEMINI.parse(body("Anna", model="models/gemini"), head(model="gemini"))

    assert "Anna" not in repr(question)
    assert "Anna" not in repr(GEMINI.rewrite(question, {}))
