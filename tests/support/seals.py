"""Signatures and sealed texts that nobody but their maker can read, as long as real ones."""

from base64 import b64encode
from typing import Final

SIGNED: Final = b64encode(bytes(range(128, 200))).decode()
SEALED: Final = b64encode(bytes(range(150, 222))).decode()
