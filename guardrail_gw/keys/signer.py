"""A key for somebody who signs policies."""

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from guardrail_gw.errors import ConfigError
from guardrail_gw.keys.secret_files import write_new
from guardrail_gw.keys.vkey import Verifier, valid_name

_SECRET = 0o600


def make_signer(name: str, out: Path) -> Verifier:
    """Write a new private key to `out`, for its owner alone; the public half is what others need.

    Raises:
        ConfigError: the name is none, or the file exists or cannot be written.
    """
    if not valid_name(name):
        raise ConfigError("a signer's name has printable ASCII without spaces and plus signs")
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    write_new(out, pem, mode=_SECRET)
    return Verifier(name=name, public=key.public_key().public_bytes_raw())
