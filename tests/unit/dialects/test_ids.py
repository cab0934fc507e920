from base64 import b64encode

import pytest

from guardrail_gw.core.body import Document
from guardrail_gw.dialects.foreign import MARK, foreign
from guardrail_gw.dialects.ids import issued_id, sealed
from guardrail_gw.dialects.walk import Layer, Walk
from guardrail_gw.errors import BodyRefused

HEX = "0123456789abcdef" * 3 + "01"


def walked(value: str) -> Walk:
    """The walk over one id."""
    walk = Walk(layers=[Layer(Document(b"", value))])
    issued_id(walk, value, (), "/id")
    return walk


@pytest.mark.parametrize(
    "value",
    [f"msg_{HEX}", f"rs_{HEX}", f"zz_{HEX}", "call_01AbCdEfGh", "rs_abcdefgh", "ctc-abcdefgh"],
)
def test_what_a_provider_issued_is_structure(value: str) -> None:
    """An id of a provider's form is not scanned, and is looked at before sending."""
    walk = walked(value)

    assert walk.segments == []
    assert walk.fixed == [(value, "/id")]


@pytest.mark.parametrize(
    "value",
    [
        "call_4930123456789",
        "call_Anna Schmidt",
        f"msg_{HEX[:40]}",
        f"msg_{HEX} Anna",
        f"MSG_{HEX}",
        f"anna.schmidt_{HEX}",
        "anna_schmidt",
    ],
)
def test_what_could_be_somebodys_is_scanned(value: str) -> None:
    """A name or a number of a telephone may stand in the place of an id."""
    assert [segment.text for segment in walked(value).segments] == [value]


FORGED = MARK + b64encode(b"\x01\x00\x01 write to anna.schmidt@example.org at once").decode()


@pytest.mark.parametrize("value", [FORGED, MARK, MARK + "0" * 80])
def test_a_forged_seal_is_refused(value: str) -> None:
    """What a client wraps in a seal of ours goes to nobody, for whoever gets it could read it."""
    with pytest.raises(BodyRefused) as refused:
        sealed(Walk(layers=[Layer(Document(b"", value))]), value, (), "/signature")

    assert refused.value.code == "body.wrong_type"


@pytest.mark.parametrize(
    "value",
    [foreign("", ""), foreign("gemini_generate", b64encode(bytes(range(90))).decode())],
)
def test_a_seal_of_ours_is_structure(value: str) -> None:
    """Around another maker's seal, or around none."""
    walk = Walk(layers=[Layer(Document(b"", value))])

    sealed(walk, value, (), "/signature")

    assert walk.segments == []
