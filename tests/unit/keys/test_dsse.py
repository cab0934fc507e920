"""Envelopes: the encoding of the specification, signatures, keys, and what is refused."""

import base64
from pathlib import Path

import orjson
import pytest
from hypothesis import given, strategies as st

from guardrail_gw.errors import ConfigError
from guardrail_gw.keys.dsse import (
    Envelope,
    load_verifiers,
    owner_of,
    parse_envelope,
)
from guardrail_gw.keys.private import load_signer
from tests.support.signers import ANNA, BEN, CLEO, STRANGER

TYPE = "http://example.com/HelloWorld"


def signed(payload: bytes = b"hello world") -> Envelope:
    """By Anna and Ben."""
    bare = Envelope(payload_type=TYPE, payload=payload)
    return bare.signed(ANNA.verifier, ANNA.key).signed(BEN.verifier, BEN.key)


def test_the_signed_bytes_are_those_of_the_specification() -> None:
    """A signature made by hand over the specification's own example verifies."""
    text = b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    by_hand = base64.b64encode(ANNA.key.sign(text)).decode()
    said = {
        "payload": base64.b64encode(b"hello world").decode(),
        "payloadType": TYPE,
        "signatures": [{"keyid": "", "sig": by_hand}],
    }

    envelope = parse_envelope(orjson.dumps(said), "here")

    assert envelope.signers([ANNA.verifier, BEN.verifier]) == (ANNA.verifier,)


def test_what_is_written_is_read_again() -> None:
    """Payload, type and signatures survive the file."""
    envelope = signed()

    again = parse_envelope(envelope.written(), "here")

    assert again == envelope
    assert again.signers([CLEO.verifier, BEN.verifier, ANNA.verifier]) == (
        BEN.verifier,
        ANNA.verifier,
    )


def test_one_key_counts_once() -> None:
    """Neither signing twice nor a second name makes one person two."""
    envelope = signed().signed(ANNA.verifier, ANNA.key)

    found = envelope.signers([ANNA.verifier, ANNA.verifier.named("other")])

    assert (len(found), len(envelope.signatures)) == (1, 2)


@given(at=st.integers(0, 10_000), bit=st.integers(0, 7))
def test_no_flipped_bit_adds_a_signer(at: int, bit: int) -> None:
    """Whatever bit of a file is flipped, who counts as a signer signed exactly that payload."""
    data = bytearray(signed().written())
    data[at % len(data)] ^= 1 << bit
    try:
        envelope = parse_envelope(bytes(data), "here")
    except ConfigError:
        return

    assert not envelope.signers([CLEO.verifier, STRANGER.verifier])
    if (envelope.payload, envelope.payload_type) != (b"hello world", TYPE):
        assert not envelope.signers([ANNA.verifier, BEN.verifier])


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{}",
        b'{"payload": 1, "payloadType": "t", "signatures": []}',
        b'{"payload": "?", "payloadType": "t", "signatures": []}',
        b'{"payload": "", "payloadType": 1, "signatures": []}',
        b'{"payload": "", "payloadType": "t", "signatures": [{"sig": ""}]}',
        b'{"payload": "", "payloadType": "t", "signatures": ['
        + b",".join([b'{"sig": "", "keyid": ""}'] * 17)
        + b"]}",
        b" " * (1 << 17),
    ],
)
def test_what_is_no_envelope_is_refused(data: bytes) -> None:
    """Another form, too many signatures and too many bytes are told with the place."""
    with pytest.raises(ConfigError, match="here"):
        parse_envelope(data, "here")


def test_keys_are_read_from_lines(tmp_path: Path) -> None:
    """One key a line, notes between; doubled names, doubled keys and nonsense are refused."""
    path = tmp_path / "signers.vkey"
    lines = f"# who may sign\n{ANNA.verifier.vkey()}\n\n{BEN.verifier.vkey()}\n"
    path.write_text(lines, encoding="ascii")

    assert load_verifiers(path) == (ANNA.verifier, BEN.verifier)

    for more in (STRANGER.verifier.vkey(), ANNA.verifier.named("z").vkey(), "nonsense", "\u00e9"):
        path.write_text(f"{lines}{more}\n", encoding="utf-8")
        with pytest.raises(ConfigError, match=r"signers\.vkey"):
            load_verifiers(path)


def test_a_private_key_is_known_by_its_public_half(tmp_path: Path) -> None:
    """A key that may sign is found; a stranger's under the same name is not."""
    key = load_signer(ANNA.written(tmp_path))

    assert owner_of(key, [BEN.verifier, ANNA.verifier], tmp_path) == ANNA.verifier
    with pytest.raises(ConfigError, match="none who may sign"):
        owner_of(STRANGER.key, [ANNA.verifier], tmp_path)
