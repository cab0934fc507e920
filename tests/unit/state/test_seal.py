"""What lies in a state store tells nobody anything."""

import itertools

import pytest
from hypothesis import given, strategies as st

from guardrail_gw.core.identity import Principal
from guardrail_gw.state.seal import StateKey

KEY = StateKey(bytes(range(32)))
WHO = Principal(tenant="acme", team="crm", user="ci", key_id="k1")
OTHERS = [
    Principal(tenant="acme2", team="crm", user="ci", key_id="k1"),
    Principal(tenant="acme", team="crm2", user="ci", key_id="k1"),
    Principal(tenant="acme", team="crm", user="ci2", key_id="k1"),
    Principal(tenant="acme", team="crm", user="ci", key_id="k2"),
    Principal(tenant="acmecrm", team="", user="ci", key_id="k1"),
]


@given(plain=st.binary(max_size=5000))
def test_what_is_sealed_opens_at_its_place_alone(plain: bytes) -> None:
    """With another key, or at another name, there is nothing to read."""
    name = KEY.name(WHO, "response", "resp_1")

    sealed = KEY.seal(name, plain)

    assert KEY.open(name, sealed) == plain
    assert KEY.open(KEY.name(WHO, "response", "resp_2"), sealed) is None
    assert StateKey(bytes(32)).open(name, sealed) is None


def test_every_principal_and_every_thing_has_its_own_name() -> None:
    """None of them holds a word of what it is the name of."""
    whos, kinds, ids = [WHO, *OTHERS], ("response", "conversation"), ("resp_1", "acme")

    names = [KEY.name(*each) for each in itertools.product(whos, kinds, ids)]

    assert len(set(names)) == len(names)
    assert all(len(name) == 64 and set(name) <= set("0123456789abcdef") for name in names)
    assert KEY.name(WHO, "response", "resp_1") == KEY.name(WHO, "response", "resp_1")


def test_the_same_value_never_looks_the_same() -> None:
    """Nobody can tell that two conversations hold the same."""
    one, other = KEY.seal("n", b"Anna Schmidt"), KEY.seal("n", b"Anna Schmidt")

    assert one[33:] != other[33:]
    assert b"Anna" not in one


@pytest.mark.parametrize(("size", "padded"), [(0, 1024), (1020, 1024), (1021, 2048), (5000, 8192)])
def test_a_length_tells_little(size: int, padded: int) -> None:
    """Values are as long as the next power of two."""
    assert len(KEY.seal("n", bytes(size))) == padded + 1 + 32 + 16


@given(at=st.integers(0, 1072), bit=st.integers(0, 7))
def test_a_changed_value_is_none(at: int, bit: int) -> None:
    """Whatever bit somebody turns."""
    sealed = bytearray(KEY.seal("n", b"Anna Schmidt"))
    sealed[at] ^= 1 << bit

    assert KEY.open("n", bytes(sealed)) is None


@pytest.mark.parametrize("sealed", [b"", b"\x01", b"\x01" + bytes(40), b"\x02" + bytes(2000)])
def test_what_was_never_sealed_is_none(sealed: bytes) -> None:
    """Bytes of any other origin."""
    assert KEY.open("n", sealed) is None


def test_a_repr_shows_no_key() -> None:
    """Not in a log, and not in a traceback."""
    assert repr(KEY) == "StateKey()"
