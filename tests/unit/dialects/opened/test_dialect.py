"""The surfaces that a policy opens: what of a request is structure, and what an answer is."""

import json
from typing import Any

import pytest

from guardrail_gw.core.body import quoted
from guardrail_gw.core.exchange import AnswerEvent, EventKind, Question
from guardrail_gw.core.feature import Feature
from guardrail_gw.dialects.every import KEEPING, SURFACES
from guardrail_gw.dialects.opened.dialect import OPENED, Opened
from guardrail_gw.dialects.opened.multipart import Field, boundary_of, fields, written
from guardrail_gw.errors import BodyRefused, UpstreamBroken
from guardrail_gw.policy.policy import Opened as Openable

BY_NAME = {each.name: each for each in OPENED}
MODERATIONS, IMAGES = BY_NAME["openai_moderations"], BY_NAME["openai_images"]
SPEECH, HEARD = BY_NAME["openai_speech"], BY_NAME["openai_transcriptions"]
SOUND = b"\x00\r\n--b\xff"
FILE = Field(name="file", value=SOUND, filename="Anna.WAV")
MODEL = Field(name="model", value=b"heard")
ASKED = {"openai_moderations": "input", "openai_images": "prompt", "openai_speech": "input"}


def body(**members: Any) -> bytes:
    """A request."""
    return json.dumps({"model": "m", **members}).encode()


def asked(*parts: Field) -> Question:
    """A form with a recording, a model and these fields."""
    return HEARD.parse(written([FILE, MODEL, *parts], "cut"))


def read(dialect: Opened, raw: bytes) -> list[AnswerEvent]:
    """What an answer says."""
    reader = dialect.reader(stream=False)
    reader.feed(raw)
    return list(reader.end())


def test_what_can_be_opened_is_what_is_there() -> None:
    """The policy's words are the surfaces' names, and each may be named as an endpoint."""
    assert {each.value for each in Openable} == {*BY_NAME, *(each.name for each in KEEPING)}
    assert set(BY_NAME) <= SURFACES


@pytest.mark.parametrize("name", ASKED)
def test_a_name_in_any_field_is_seen(name: str) -> None:
    """Known or not, in values and in keys; and what is replaced leaves in its place."""
    dialect, needs = BY_NAME[name], ASKED[name]
    raw = body(**{needs: "Anna", "user": "Anna", "x": {"Anna": ["Anna"]}, "size": "Anna"})
    question = dialect.parse(raw)

    assert [s.text for s in question.segments].count("Anna") == 5
    assert dialect.rewrite(question, {}).addressed(b'"m"') == raw
    every = dict.fromkeys(range(len(question.segments)), "X")
    assert b"Anna" not in dialect.rewrite(question, every).addressed(b'"m"')


@pytest.mark.parametrize("name", ASKED)
def test_what_says_nothing_is_no_request(name: str) -> None:
    """Without a model, without content, or as a stream."""
    dialect, needs = BY_NAME[name], ASKED[name]
    streams = {"stream_format": "sse"} if name == "openai_speech" else {"stream": True}
    for raw in (b'{"input":"x","prompt":"x"}', body(), body(**{needs: "x"}, **streams)):
        with pytest.raises(BodyRefused) as refused:
            dialect.parse(raw)
        assert refused.value.code == "body.wrong_type"


def test_what_comes_back_unseen_is_known_before() -> None:
    """A picture, or a recording in the format that is asked for."""
    judged = MODERATIONS.parse(body(input=["x", {"type": "image_url", "image_url": {"url": "u"}}]))
    painted = IMAGES.parse(body(prompt="x", provider={"only": ["a"]}))
    spoken = SPEECH.parse(body(input="x", voice="alloy"))

    assert [(a.media, a.place) for a in judged.attachments] == [("image", "/input/1")]
    assert [(a.media, a.place) for a in painted.attachments] == [("image", "the answer")]
    assert [a.media for a in spoken.attachments] == ["audio"]
    assert Feature.ROUTING in painted.features
    assert (judged.media, painted.media, spoken.media) == ("", "", "audio/mpeg")
    assert SPEECH.parse(body(input="x", response_format="wav")).media == "audio/wav"
    for odd in ("ogg", 1, None):
        with pytest.raises(BodyRefused, match="response_format"):
            SPEECH.parse(body(input="x", response_format=odd))


def test_a_form_leaves_as_ours() -> None:
    """Texts replaced, the name and type of the file gone, and the model that of the deployment."""
    question = asked(
        Field(name="prompt", value=b"I am Anna"),
        Field(name="known_speaker_names[]", value=b"Anna"),
        Field(name="temperature", value=b"0.2"),
    )
    envelope = HEARD.rewrite(question, {0: "I am X", 1: "Y"})

    sent = envelope.addressed(quoted('whisper "1"'))

    assert fields(sent) == [
        Field(name="file", value=SOUND, filename="audio.wav"),
        Field(name="prompt", value=b"I am X"),
        Field(name="known_speaker_names[]", value=b"Y"),
        Field(name="temperature", value=b"0.2"),
        Field(name="model", value=b'whisper "1"'),
    ]
    ((name, value),) = question.head.headers
    assert (name, value.partition("=")[0]) == ("content-type", "multipart/form-data;boundary")
    assert sent.startswith(b"--" + value.partition("=")[2].encode() + b"\r\n")
    assert b"Anna" not in sent
    assert [s.text for s in HEARD.parse(sent, question.head).segments] == ["I am X", "Y"]


def test_a_text_ends_no_field() -> None:
    """Whoever knows the recording does not know the boundary: no other model is slipped in."""
    _, _, guessed = HEARD.parse(written([FILE, MODEL], "cut")).head.headers[0][1].partition("=")
    known = {guessed, boundary_of(SOUND), boundary_of(b"")}
    slipped_in = [written([Field(name="model", value=b"dear")], each)[:-4] for each in known]
    texts = [Field(name="prompt", value=b"x\r\n" + each) for each in slipped_in]

    question = asked(*texts)
    sent = HEARD.rewrite(question, {}).addressed(quoted("cheap"))

    assert fields(sent) == [
        Field(name="file", value=SOUND, filename="audio.wav"),
        *texts,
        Field(name="model", value=b"cheap"),
    ]


def test_a_field_that_is_there_twice_is_looked_at_twice() -> None:
    """Each of its texts is found, and each is checked again before it leaves."""
    twice = [Field(name="known_speaker_names[]", value=name) for name in (b"Anna", b"Bernd")]
    question = asked(*twice)

    assert [s.text for s in question.segments] == ["Anna", "Bernd"]
    assert [text for text, _ in HEARD.leaves(question)] == ["Anna", "Bernd"]


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ([FILE], "/model"),
        ([MODEL], "/file"),
        ([FILE, FILE, MODEL], "/file"),
        ([FILE, MODEL, MODEL], "/model"),
        ([MODEL, Field(name="file", value=b"", filename="a.exe")], "/file"),
        ([MODEL, Field(name="file", value=b"text")], "/file"),
        ([FILE, MODEL, Field(name="anna", value=b"x")], "nobody knows"),
        ([FILE, MODEL, Field(name="language", value=b"Anna")], "/language"),
        ([FILE, MODEL, Field(name="stream", value=b"true")], "/stream"),
        ([FILE, MODEL, Field(name="response_format", value=b"srt")], "/response_format"),
        ([FILE, MODEL, Field(name="prompt", value=b"x", filename="a.wav")], "/prompt"),
        ([FILE, MODEL, Field(name="prompt", value=b"\xff")], "UTF-8"),
    ],
)
def test_a_form_of_another_kind_is_refused(parts: list[Field], said: str) -> None:
    """What is not known, or not of its form, does not leave; no value is shown."""
    with pytest.raises(BodyRefused, match=said) as refused:
        HEARD.parse(written(parts, "cut"))

    assert "Anna" not in refused.value.detail


def test_answers_are_read_as_what_they_are() -> None:
    """Words in them come back restored; pictures and addresses are not looked into."""
    data = {"data": [{"b64_json": "AAAA", "revised_prompt": "X", "url": "u"}], "created": 1}

    (event,) = read(IMAGES, json.dumps(data).encode())

    assert event.kind is EventKind.CONTENT
    assert event.data is not None
    slots = IMAGES.slots(IMAGES.parse(body(prompt="x")), event.data)
    assert {s.holder[s.key] for s in slots} == {"X", "b64_json"}
    assert [e.raw for e in read(SPEECH, b"ID3\x00\xff")] == [b"ID3\x00\xff"]
    assert [e.raw for e in read(SPEECH, b"{\x00\xff")] == [b"{\x00\xff"]


@pytest.mark.parametrize(
    ("dialect", "raw"),
    [
        (IMAGES, b"{}"),
        (IMAGES, b"[]"),
        (MODERATIONS, b'{"data":[]}'),
        (HEARD, b'{"task":"transcribe"}'),
        (SPEECH, b""),
        (SPEECH, b'{"text":"what nobody asked for"}'),
    ],
)
def test_what_was_not_asked_for_is_no_answer(dialect: Opened, raw: bytes) -> None:
    """An object without its content, and text in the place of a recording."""
    with pytest.raises(UpstreamBroken):
        read(dialect, raw)


@pytest.mark.parametrize("dialect", OPENED, ids=lambda each: each.name)
def test_an_error_in_a_200_is_one(dialect: Opened) -> None:
    """On every surface."""
    (event,) = read(dialect, b'{"error":{"message":"x"}}')

    assert event.kind is EventKind.ERROR
