import json
from typing import Any

import pytest

from guardrail_gw.core.amounts import Usage
from guardrail_gw.core.exchange import EventKind
from guardrail_gw.errors import UpstreamBroken
from tests.support.chat import encoded, read_by
from tests.support.completions import EMBEDDINGS, answered, redacted, texts, vectors

NAME = "Anna Schmidt"
WRITTEN = (
    b'{"object":"list","data":[{"object":"embedding","index":0,\n'
    b'"embedding":[1.50e-3,-0.0,0.10000000000000000555,7]}],"model":"m",'
    b'"usage":{"prompt_tokens":2,"total_tokens":2}}'
)


@pytest.mark.parametrize("embedded", [[0.5, 1], "AAAAPwAAgD8="])
def test_embeddings_are_read(embedded: Any) -> None:
    """One event, with the counts; numbers or base64."""
    (event,) = read_by(EMBEDDINGS.reader(stream=False), encoded(vectors(embedded)))

    assert event.kind is EventKind.CONTENT
    assert event.usage == Usage(input=5, output=0)


@pytest.mark.parametrize(
    "raw",
    [b"{}", b'{"data":[]}', b'{"data":[{"embedding":[]}]}', b'{"data":["a"]}', b"<html>"],
)
def test_what_is_no_embedding_never_looks_like_one(raw: bytes) -> None:
    """An answer without vectors is broken."""
    with pytest.raises(UpstreamBroken):
        read_by(EMBEDDINGS.reader(stream=False), raw)


def test_an_error_within_a_200_is_an_error() -> None:
    """It is tried elsewhere."""
    (event,) = read_by(EMBEDDINGS.reader(stream=False), b'{"error":{"message":"as told"}}')

    assert event.kind is EventKind.ERROR


@pytest.mark.parametrize("values", [{}, {NAME: "PERSON"}])
async def test_numbers_keep_their_form(values: dict[str, str]) -> None:
    """Whether or not something was replaced in the request, the answer keeps its bytes."""
    request = await redacted(EMBEDDINGS, texts(f"to {NAME}"), values)

    got, _ = await answered(EMBEDDINGS, request, WRITTEN, [5, 80])

    assert got == WRITTEN


async def test_base64_is_not_taken_for_text() -> None:
    """Even where it looks like a placeholder of the exchange."""
    request = await redacted(EMBEDDINGS, texts(NAME), {NAME: "PERSON"})
    (token,) = request.originals

    got, journal = await answered(EMBEDDINGS, request, encoded(vectors(token)))

    assert json.loads(got)["data"][0]["embedding"] == token
    assert journal.restored == 0


async def test_a_text_beside_the_numbers_is_restored() -> None:
    """Some servers repeat what was asked."""
    request = await redacted(EMBEDDINGS, texts(NAME), {NAME: "PERSON"})
    (token,) = request.originals
    data = vectors([0.5], text=token)
    data["data"][0]["document"] = {"text": token}

    got, journal = await answered(EMBEDDINGS, request, encoded(data))

    assert json.loads(got)["text"] == NAME
    assert json.loads(got)["data"][0]["document"]["text"] == NAME
    assert journal.restored == 2


async def test_a_text_in_the_place_of_numbers_is_restored() -> None:
    """A list with anything but numbers is no vector."""
    request = await redacted(EMBEDDINGS, texts(NAME), {NAME: "PERSON"})
    (token,) = request.originals

    got, _ = await answered(EMBEDDINGS, request, encoded(vectors([0.5, token])))

    assert json.loads(got)["data"][0]["embedding"] == [0.5, NAME]
