import base64
from typing import Any

import pytest

from guardrail_gw.core.feature import Feature
from guardrail_gw.errors import BodyRefused
from tests.support.chat import encoded
from tests.support.gemini import GEMINI, body, seen

NAME = "Anna Schmidt"
SEAL = base64.b64encode(bytes(range(128, 256)) * 2).decode()


@pytest.mark.parametrize(
    "part",
    [
        {"text": NAME},
        {"text": NAME, "thought": True},
        {"thought": NAME},
        {"functionCall": {"name": NAME, "args": {}}},
        {"functionCall": {"id": NAME}},
        {"functionCall": {"name": "f", "args": {"a": [NAME]}}},
        {"function_call": {"name": "f", "args": {NAME: 1}}},
        {"functionCall": {"partialArgs": [{"jsonPath": "$.a", "stringValue": NAME}]}},
        {"functionResponse": {"name": "f", "response": {"a": NAME}}},
        {"function_response": {"name": "f", "response": {"a": f'{{"b":"{NAME}"}}'}}},
        {"functionResponse": {"parts": [{"text": NAME}]}},
        {"functionResponse": {"scheduling": NAME}},
        {"executableCode": {"language": "PYTHON", "code": NAME}},
        {"executable_code": {"language": NAME}},
        {"codeExecutionResult": {"outcome": "OUTCOME_OK", "output": NAME}},
        {"code_execution_result": {"outcome": NAME}},
        {"toolCall": {"toolType": "GOOGLE_SEARCH_WEB", "args": {"queries": [NAME]}}},
        {"tool_call": {"tool_type": NAME}},
        {"toolResponse": {"response": {"found": NAME}}},
        {"inlineData": {"displayName": NAME}},
        {"inlineData": {"mimeType": NAME}},
        {"fileData": {"fileUri": f"https://example.org/{NAME}"}},
        {"videoMetadata": {"startOffset": NAME}},
        {"mediaResolution": {"level": NAME}},
        {"partMetadata": {"a": NAME}},
        {"thoughtSignature": NAME},
        {"later": {"a": NAME}},
        {NAME: 1},
        NAME,
        [NAME],
    ],
)
def test_a_name_in_any_part_is_seen(part: Any) -> None:
    """Whatever a part is, and whatever it holds besides."""
    found = seen(encoded({"contents": [{"role": "user", "parts": [part]}]}))

    assert any(NAME in text for text in found)


@pytest.mark.parametrize("content", [{"role": NAME}, {"parts": NAME}, {"parts": {"text": NAME}}])
def test_a_name_in_any_content_is_seen(content: Any) -> None:
    """Roles of a closed set, parts that are no list."""
    assert NAME in seen(encoded({"contents": [content]}))


def test_structure_is_not_scanned() -> None:
    """Kinds, roles, ids of providers, signatures."""
    parts = [
        {"thought": True, "thoughtSignature": SEAL},
        {"thought_signature": SEAL.replace("+", "-").replace("/", "_")},
        {"functionCall": {"id": "call_jYdIdRZHxZTn5bWCq5jlMrJi", "willContinue": True}},
        {"executableCode": {"language": "PYTHON"}},
        {"codeExecutionResult": {"outcome": "OUTCOME_FAILED"}},
        {"toolCall": {"toolType": "URL_CONTEXT"}},
        {"toolResponse": {"tool_type": "GOOGLE_MAPS"}},
        {"mediaResolution": {"level": "MEDIA_RESOLUTION_HIGH"}},
        {"inlineData": {"mimeType": "image/png"}},
    ]

    contents = [{"role": role, "parts": parts} for role in ("user", "model", "function")]
    assert seen(encoded({"contents": contents})) == {}


@pytest.mark.parametrize(
    ("part", "media", "place"),
    [
        ({"inlineData": {"mimeType": "image/png", "data": "iVBO"}}, "image", "inlineData"),
        ({"inline_data": {"mime_type": "audio/wav", "data": "UklG"}}, "audio", "inline_data"),
        ({"inlineData": {"mimeType": "video/mp4", "data": "AAAA"}}, "file", "inlineData"),
        ({"inlineData": {"mimeType": "text/plain", "data": "QW5uYQ=="}}, "file", "inlineData"),
        ({"inlineData": {"data": "iVBO"}}, "file", "inlineData"),
        ({"inlineData": None}, "file", "inlineData"),
        ({"fileData": {"fileUri": "https://youtu.be/x"}}, "file", "fileData"),
    ],
)
def test_what_nothing_scans_is_an_attachment(part: Any, media: str, place: str) -> None:
    """In either spelling, with the kind that the policy knows it by."""
    found = GEMINI.parse(body("look", part)).attachments

    assert [(a.media, a.place) for a in found] == [(media, f"/contents/0/parts/1/{place}")]


def test_a_result_may_hold_attachments() -> None:
    """Multimodal results of functions are attachments, too."""
    part = {"functionResponse": {"name": "f", "parts": [{"inlineData": {"mimeType": "image/png"}}]}}

    (found,) = GEMINI.parse(body(part)).attachments

    assert found.place == "/contents/0/parts/0/functionResponse/parts/0/inlineData"


@pytest.mark.parametrize(
    ("uri", "kept"),
    [
        ("https://generativelanguage.example/v1beta/files/abc-123", True),
        ("gs://bucket/cv.pdf", True),
        ("files/abc", True),
        (7, True),
        ("https://generativelanguage.example/v1beta/files/abc-123?alt=media/x", True),
        ("https://generativelanguage.example/v1beta/files/abc-123:download", True),
        ("https://generativelanguage.example/v1beta%2Ffiles%2Fabc-123", True),
        ("HTTPS://generativelanguage.example/v1beta/Files/abc-123#x", True),
        ("https://europe-west1-aiplatform.googleapis.com/v1/x.pdf", True),
        ("https://generativelanguage.googleapis.com./v1beta/x.pdf", True),
        ("https:///cv.pdf", True),
        ("https://[example.org/cv.pdf", True),
        ("https://example.org/cv.pdf", False),
        ("https://example.org/files/cv.pdf", False),
        ("https://storage.googleapis.com/public/cv.pdf", False),
        ("https://public.storage.googleapis.com/cv.pdf", False),
        ("https://www.youtube.com/watch?v=x", False),
    ],
)
def test_a_file_that_a_provider_keeps_is_storage(uri: Any, *, kept: bool) -> None:
    """What lies on the web is only fetched; anything else is named, for the policy to say whose."""
    question = GEMINI.parse(body({"file_data": {"file_uri": uri}}))

    place = "/contents/0/parts/0/file_data"
    assert question.features == ({Feature.STORAGE: place} if kept else {})
    found = [(each.what, each.id, each.place) for each in question.kept]
    assert found == ([("file", str(uri), place)] if kept else [])


def test_a_blob_in_the_place_of_a_signature_is_an_attachment() -> None:
    """A picture is no signature, whatever it is called."""
    picture = base64.b64encode(b"\x89PNG" + bytes(range(256)) * 2).decode()

    (found,) = GEMINI.parse(body({"thoughtSignature": picture})).attachments

    assert found.media == "base64"


def test_errors_show_no_text() -> None:
    """A refusal names the place, never what stands there."""
    with pytest.raises(BodyRefused) as refused:
        GEMINI.parse(encoded({"contents": NAME}))

    assert NAME not in refused.value.detail
