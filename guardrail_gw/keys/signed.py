"""A text with signatures by name. Source: C2SP signed-note (Ed25519 signatures only).

The text ends with a line feed; an empty line and one line for each signature follow.
"""

import base64
import binascii
import re
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from guardrail_gw.errors import ConfigError
from guardrail_gw.keys.vkey import Verifier

_LINE = re.compile(r"— (\S+) (\S+)")
_SIGNATURE_BYTES = 68


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedText:
    """A text and what stands below it, not judged yet."""

    text: str
    signatures: tuple[tuple[str, bytes], ...] = ()
    """Name; four bytes key id and 64 bytes signature."""

    def written(self) -> bytes:
        """As it is stored."""
        lines = (f"— {name} {base64.b64encode(s).decode()}\n" for name, s in self.signatures)
        return "".join((self.text, "\n", *lines)).encode()

    def signed(self, name: str, key: Ed25519PrivateKey) -> "SignedText":
        """With one more signature."""
        verifier = Verifier(name=name, public=key.public_key().public_bytes_raw())
        signature = verifier.key_id + key.sign(self.text.encode())
        return SignedText(text=self.text, signatures=(*self.signatures, (name, signature)))

    def signers(self, verifiers: tuple[Verifier, ...]) -> tuple[Verifier, ...]:
        """Which of these have signed it."""
        return tuple(each for each in verifiers if self._by(each))

    def _by(self, verifier: Verifier) -> bool:
        return any(
            name == verifier.name
            and signature[:4] == verifier.key_id
            and verifier.verifies(signature[4:], self.text.encode())
            for name, signature in self.signatures
        )


def parse_signed(data: bytes, where: str) -> SignedText:
    """Read what `written` writes.

    Raises:
        ConfigError: another form.
    """
    try:
        text, _, below = data.decode().rpartition("\n\n")
        found = [_LINE.fullmatch(line) for line in below.splitlines()]
        signatures = tuple(
            (each.group(1), base64.b64decode(each.group(2), validate=True))
            for each in found
            if each
        )
    except (UnicodeDecodeError, binascii.Error):
        raise ConfigError(f"{where}: not a signed text") from None
    note = SignedText(text=f"{text}\n", signatures=signatures)
    lengths = {len(signature) for _, signature in signatures}
    if not text or note.written() != data or lengths - {_SIGNATURE_BYTES}:
        raise ConfigError(f"{where}: not a signed text")
    return note
