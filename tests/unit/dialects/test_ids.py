import json
import re
from base64 import b64encode
from collections.abc import Callable

import pytest
from hypothesis import given, strategies as st

from guardrail_gw.core.body import Document
from guardrail_gw.dialects.foreign import MARK, foreign
from guardrail_gw.dialects.ids import is_issued, issued_id, sealed
from guardrail_gw.dialects.walk import Layer, Walk
from guardrail_gw.errors import BodyRefused
from tests.support.recorded import needs_recordings, recorded

HEX = "0123456789abcdef" * 3 + "01"
PREFIXES = (
    *("call_", "msg_", "msg_01", "fc_", "rs_", "toolu_01", "srvtoolu_01", "tooluse_", "ctc_"),
    *("call_00_", "chatcmpl-tool-", "resp_", "conv_", "cmpl-", "chatcmpl-", "toolu_vrtx_01"),
)
NAMES = (
    *("Anna", "Schmidt", "Maria", "Nowak", "Giuseppe", "Rossi", "Kowalska", "Dubois", "Fernandez"),
    *("Jan", "Li", "Wei", "Petersen", "Papadopoulos", "Berlin", "Madrid", "Lyon", "Musterfrau"),
)
SPELT: tuple[Callable[[str], str], ...] = (str, str.lower, str.upper, str.title)
NUMBERS = st.one_of(
    st.integers(1920, 2026).map(str),
    st.integers(10**6, 10**13).map(str),
    st.from_regex("[0-9]{8}[A-Z]", fullmatch=True),
    st.from_regex("(DE|FR|PL)[0-9]{2}[0-9]{16,22}", fullmatch=True),
    st.from_regex("[A-Z]{6}[0-9]{2}[A-Z][0-9]{2}[A-Z][0-9]{3}[A-Z]", fullmatch=True),
)
"""Years, telephones, and numbers by which states and banks know somebody."""


@st.composite
def somebodys(draw: st.DrawFn) -> str:
    """What names somebody, in the clothes of an id: of any length that ids have."""
    spell, joint = draw(st.sampled_from(SPELT)), draw(st.sampled_from(["", "", "_", "-", ".", "@"]))
    names = draw(st.lists(st.sampled_from(NAMES).map(spell), min_size=1, max_size=5))
    numbers = draw(st.lists(NUMBERS, max_size=1))
    return draw(st.sampled_from(PREFIXES)) + joint.join([*names, *numbers])


@st.composite
def numbered(draw: st.DrawFn) -> str:
    """A number of somebody's in the clothes of an id, repeated up to the length of one."""
    number = draw(NUMBERS)
    length = draw(st.sampled_from([len(number), 16, 20, 22, 24, 29, 32]))
    written = draw(st.sampled_from([number, number.lower()]))
    return draw(st.sampled_from(PREFIXES)) + (written * 4)[: max(length, len(number))]


LENGTHS = {"call_": 24, "call_00_": 24, "msg_01": 22, "toolu_01": 22, "tooluse_": 22, "cmpl-": 29}
"""How long ids of letters and digits are, behind what they begin with."""


@st.composite
def fitting(draw: st.DrawFn) -> str:
    """Names and a year, cut to the length that ids have."""
    prefix = draw(st.sampled_from([*LENGTHS]))
    long = [name for name in NAMES if len(name) > 3 and not set(name) & set("0OIl")]
    names = draw(st.lists(st.sampled_from(long), min_size=3, max_size=6))
    year = draw(st.sampled_from(["", "85", "1985"]))
    at = draw(st.integers(0, 2))
    return prefix + ("".join([*names[:at], year, *names[at:]]) * 3)[: LENGTHS[prefix]]


@given(value=st.one_of(somebodys(), numbered(), fitting()))
def test_what_names_somebody_is_no_id(value: str) -> None:
    """Whatever stands before it, and however it is spelt: it is scanned like any text."""
    assert not is_issued(value)


STANDING_IN = re.compile(
    r".*(?:search|sanitized|parallel|advisor|_test_|file_search|StreamTest|0{12}|:call_|us-east).*"
    r"|call_[0-9]{16}|call_o2vnpxrw|(?:call|msg|rs|fc)_[0-9a-z]{20,24}"
)
"""Ids that the recordings' own tests made up, and those of local servers, which are too short."""


@needs_recordings
def test_every_id_in_the_recordings_is_one() -> None:
    """Those that providers made have their forms, all of them, in requests and in answers."""
    found = {
        id_
        for name in ("openai_chat", "openai_responses", "anthropic_messages", "bedrock_converse")
        for exchange in recorded(name)
        for id_ in IDS.findall(json.dumps(exchange))
    }

    made = {each for each in found if not STANDING_IN.fullmatch(each)}

    assert len(made) > 1000
    assert sorted(each for each in made if not is_issued(each)) == []


IDS = re.compile(
    r'(?:id|Id|call_id)\\*"\s*:\s*\\*"'
    r"((?:call|msg|fc|rs|ctc|ws|ci|ig|tsc|tso|resp|mcpl?|mcpr|toolu|srvtoolu|mcptoolu|tooluse"
    r'|chatcmpl-tool|apc|lsh|cmp)[_-][^"\\]{8,})\\*"'
)
"""Under any name of an id, in JSON and in JSON within its strings."""


def walked(value: str) -> Walk:
    """The walk over one id."""
    walk = Walk(layers=[Layer(Document(b"", value))])
    issued_id(walk, value, (), "/id")
    return walk


@pytest.mark.parametrize(
    "value",
    [
        f"msg_{HEX}",
        f"rs_{HEX}",
        f"zz_{HEX}",
        f"msg_{HEX[:40]}",
        "call_jYdIdRZHxZTn5bWCq5jlMrJi",
        "call_00_iD0U8IMtyIljI0ET7GLz1318",
        "toolu_01FWrycbhCvuTogJufWKj2Mu",
        "toolu_vrtx_015QAXScZzRDPttiPoc34AdD",
        "tooluse_Mj06ft-ITJik1Otgpkc1uA",
        "chatcmpl-tool-9f149c74c42f265b",
        "fc_299e8414-9e94-4d9c-bd06-c096f8919768",
        "resp_tpqnu23n2ze2fkjnarhkhnsnfyfgptwo6d6t57if64dfze2jjewq",
    ],
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
        "msg_annaschmidt",
        "msg_01AnnaSchmidtBremen1985",
        "call_AnnaMariaSchmidtFrankfurt",
        "call_ibande89370400440532013",
        "tooluse_DE89370400440532013000",
        "msg_49301234567890123456789012345678",
        "call_2025306790300011",
        "call_o2vnpxrw",
        "call_rssmra85t10a562s1985",
        "rs_abcdefgh",
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
