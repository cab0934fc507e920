"""Private keys: behind a passphrase that is never on a command line, in a standard form."""

import os
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from guardrail_gw.errors import ConfigError
from guardrail_gw.keys.passphrase import Passphrases, at_hand
from guardrail_gw.keys.private import HybridKey, load_recipient, load_signer, names_of, written
from guardrail_gw.keys.protected import COST, protected
from guardrail_gw.keys.secret_files import write_new

_PHRASE = b"correct horse battery"


def _file(path: Path, data: bytes) -> Path:
    write_new(path, data, mode=0o600)
    return path


def test_a_protected_key_is_standard(tmp_path: Path) -> None:
    """It is a PKCS #8 that `cryptography` opens with the passphrase, at the full cost of scrypt."""
    key = X25519PrivateKey.generate()

    data = written(key, _PHRASE)

    assert data.startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----")
    opened = load_pem_private_key(data, _PHRASE)
    assert isinstance(opened, X25519PrivateKey)
    assert opened.private_bytes_raw() == key.private_bytes_raw()
    assert COST.to_bytes(3, "big") in load_der(data)


def load_der(pem: bytes) -> bytes:
    """What a PEM block holds."""
    import base64  # noqa: PLC0415 - for this look inside only

    return base64.b64decode(b"".join(pem.splitlines()[1:-1]))


def test_both_keys_of_a_hybrid_are_protected(tmp_path: Path) -> None:
    """A key for suite 2 comes back whole, and nothing opens it without its passphrase."""
    key = HybridKey.generate()
    path = _file(tmp_path / "a.key", written(key, _PHRASE, cost=1 << 10))

    opened = load_recipient(path, Passphrases((b"another, tried before", _PHRASE)))

    assert isinstance(opened, HybridKey)
    assert names_of(opened) == names_of(key)
    assert path.read_bytes().count(b"BEGIN ENCRYPTED PRIVATE KEY") == 2
    with pytest.raises(ConfigError, match="no passphrase opens it") as refused:
        load_recipient(path, Passphrases((b"wrong passphrase",)))
    assert "wrong" not in str(refused.value)
    assert refused.value.__cause__ is None


def test_nobody_to_ask(tmp_path: Path) -> None:
    """Without passphrases and without a terminal a protected key is refused with what to do."""
    cheap = protected(_der(Ed25519PrivateKey.generate()), _PHRASE, cost=1 << 10)
    path = _file(tmp_path / "a.key", cheap)

    with pytest.raises(ConfigError, match="--passphrase-fd"):
        load_signer(path, Passphrases())
    with at_hand(Passphrases((_PHRASE,))):
        assert isinstance(load_signer(path), Ed25519PrivateKey)


def _der(key: Ed25519PrivateKey) -> bytes:
    return load_der(written(key, None))


def test_a_prompt_is_answered(tmp_path: Path) -> None:
    """At a terminal the file's name is asked for, and the answer opens it."""
    asked: list[str] = []
    path = _file(
        tmp_path / "mine.key", protected(_der(Ed25519PrivateKey.generate()), _PHRASE, cost=1 << 10)
    )

    def answer(question: str) -> str:
        asked.append(question)
        return _PHRASE.decode()

    assert isinstance(load_signer(path, Passphrases(prompt=answer)), Ed25519PrivateKey)
    assert asked == ["Passphrase of mine.key: "]


def test_new_passphrases_are_asked_for_twice() -> None:
    """Two that differ, and one that is short, protect nothing."""
    answers = iter(
        ["long enough phrase", "another phrase", "short", "short", *["fine phrase here"] * 2]
    )
    asked = Passphrases(prompt=lambda _: next(answers))

    with pytest.raises(ConfigError, match="differ"):
        asked.for_new("recipient a")
    with pytest.raises(ConfigError, match="at least 12"):
        asked.for_new("recipient a")

    assert asked.for_new("recipient a") == b"fine phrase here"


def test_a_file_of_passphrases(tmp_path: Path) -> None:
    """One line serves every new key, several serve one each; the file is not open to others."""
    one = Passphrases.of_file(_file(tmp_path / "one", b"only one phrase\n"))
    two = Passphrases.of_file(_file(tmp_path / "two", b"the first phrase\r\nthe second phrase\n"))
    (tmp_path / "two").chmod(0o644)

    assert [one.for_new("x") for _ in range(3)] == [b"only one phrase"] * 3
    assert [two.for_new("x"), two.for_new("y")] == [b"the first phrase", b"the second phrase"]
    with pytest.raises(ConfigError, match="one line for each"):
        two.for_new("z")
    with pytest.raises(ConfigError, match="chmod 600"):
        Passphrases.of_file(tmp_path / "two")
    with pytest.raises(ConfigError, match="holds no passphrase"):
        Passphrases.of_file(_file(tmp_path / "none", b"\n"))


def test_a_descriptor_of_passphrases() -> None:
    """What a pipe holds is taken once; a descriptor that is none is refused."""
    reading, writing = os.pipe()
    os.write(writing, b"from a pipe it is\n")
    os.close(writing)

    taken = Passphrases.of_descriptor(reading)

    assert list(taken.for_opening("a")) == [b"from a pipe it is"]
    with pytest.raises(ConfigError, match="file descriptor"):
        Passphrases.of_descriptor(reading)


def test_no_terminal_no_passphrase() -> None:
    """Where nobody sits, a new protected key is refused in words."""
    with pytest.raises(ConfigError, match="no terminal"):
        Passphrases().for_new("recipient a")


@pytest.mark.parametrize("data", [b"", b"no key", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END"])
def test_what_is_no_key(tmp_path: Path, data: bytes) -> None:
    """A file without a whole PEM block is refused."""
    with pytest.raises(ConfigError, match="not a private key"):
        load_recipient(_file(tmp_path / "a.key", data))
