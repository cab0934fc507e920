"""A key for somebody who signs policies."""

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from guardrail_gw.errors import ConfigError
from guardrail_gw.keys.passphrase import Passphrases
from guardrail_gw.keys.private import written
from guardrail_gw.keys.secret_files import write_new
from guardrail_gw.keys.vkey import Verifier, valid_name

_SECRET = 0o600


def make_signer(name: str, out: Path, asked: Passphrases | None = None) -> Verifier:
    """Write a new private key to `out`, for its owner alone; the public half is what others need.

    Args:
        name: who signs.
        out: a new file.
        asked: for the passphrase that protects it; None leaves it unprotected.

    Raises:
        ConfigError: the passphrase is missing or too short, the name is none, or the file exists
            or cannot be written.
    """
    if not valid_name(name):
        raise ConfigError("a signer's name has printable ASCII without spaces and plus signs")
    key = Ed25519PrivateKey.generate()
    passphrase = asked.for_new(f"the key of {name}") if asked else None
    write_new(out, written(key, passphrase), mode=_SECRET)
    return Verifier(name=name, public=key.public_key().public_bytes_raw())
