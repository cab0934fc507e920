"""The check values that wallet addresses carry.

Source: Base58Check as in the Bitcoin developer reference; BIP 173 (bech32) and BIP 350 (bech32m);
Keccak-256 as submitted to SHA-3 (padding 0x01, not FIPS 202's 0x06), which EIP-55 hashes with.
"""

from collections.abc import Iterable
from hashlib import sha256

BITCOIN = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
RIPPLE = "rpshnaf39wBUDNEGHJKLM4PQRST7VWXYZ2bcdeCg65jkm8oFqi1tuvAxyz"
"""The two orders of base58's letters."""

_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_CONSTANTS = (1, 0x2BC830A3)
"""What the sum of a valid bech32 and of a valid bech32m is."""
_CHECK = 4


def base58_payload(written: str, alphabet: str = BITCOIN) -> bytes | None:
    """What a Base58Check string holds, without its four check bytes; None when they are wrong."""
    raw = base58(written, alphabet)
    if len(raw) <= _CHECK:
        return None
    payload, check = raw[:-_CHECK], raw[-_CHECK:]
    return payload if sha256(sha256(payload).digest()).digest()[:_CHECK] == check else None


def base58(written: str, alphabet: str = BITCOIN) -> bytes:
    """The bytes of a base58 string; empty when a letter is none of the alphabet's."""
    number = 0
    for character in written:
        value = alphabet.find(character)
        if value < 0:
            return b""
        number = number * 58 + value
    leading = len(written) - len(written.lstrip(alphabet[0]))
    return bytes(leading) + number.to_bytes((number.bit_length() + 7) // 8, "big")


def is_bech32(written: str) -> bool:
    """Whether the check value is right (BIP 173 or BIP 350); one case throughout."""
    prefix, _, data = written.lower().rpartition("1")
    if written not in {written.lower(), written.upper()} or not set(data) <= set(_BECH32):
        return False
    expanded = [*(ord(c) >> 5 for c in prefix), 0, *(ord(c) & 31 for c in prefix)]
    return _polymod([*expanded, *map(_BECH32.index, data)]) in _CONSTANTS


def _polymod(values: Iterable[int]) -> int:
    check = 1
    for value in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for bit, generator in enumerate(_GENERATOR):
            check ^= generator if top >> bit & 1 else 0
    return check


def is_eip55(address: str) -> bool:
    """Whether the case of the 40 hexadecimal digits is the check value of EIP-55."""
    digest = keccak256(address.lower().encode()).hex()
    return all(
        character.isupper() == (int(nibble, 16) > 7)  # noqa: PLR2004 - EIP-55's border
        for character, nibble in zip(address, digest, strict=False)
        if character.isalpha()
    )


_MASK = (1 << 64) - 1
_RATE = 136


def keccak256(message: bytes) -> bytes:
    """Keccak-256 of `message`, padded as Ethereum does."""
    padded = bytearray(message + b"\x01")
    padded += bytes(-len(padded) % _RATE)
    padded[-1] |= 0x80
    lanes = [0] * 25
    for start in range(0, len(padded), _RATE):
        block = padded[start : start + _RATE]
        for i in range(_RATE // 8):
            lanes[i] ^= int.from_bytes(block[8 * i : 8 * i + 8], "little")
        lanes = _permuted(lanes)
    return b"".join(lane.to_bytes(8, "little") for lane in lanes[:4])


def _rotated(lane: int, by: int) -> int:
    by %= 64
    return (lane << by | lane >> (64 - by)) & _MASK


def _permuted(lanes: list[int]) -> list[int]:
    register = 1
    for _ in range(24):
        lanes = _chi(_rho_pi(_theta(lanes)))
        for j in range(7):  # iota, its constant from a linear feedback shift register
            register = (register << 1 ^ (register >> 7) * 0x71) % 256
            if register & 2:
                lanes[0] ^= 1 << ((1 << j) - 1)
    return lanes


def _theta(lanes: list[int]) -> list[int]:
    column = [
        lanes[x] ^ lanes[x + 5] ^ lanes[x + 10] ^ lanes[x + 15] ^ lanes[x + 20] for x in range(5)
    ]
    parity = [column[(x - 1) % 5] ^ _rotated(column[(x + 1) % 5], 1) for x in range(5)]
    return [lane ^ parity[i % 5] for i, lane in enumerate(lanes)]


def _rho_pi(lanes: list[int]) -> list[int]:
    moved = list(lanes)
    x, y = 1, 0
    current = lanes[1]
    for t in range(24):
        x, y = y, (2 * x + 3 * y) % 5
        current, moved[x + 5 * y] = lanes[x + 5 * y], _rotated(current, (t + 1) * (t + 2) // 2)
    return moved


def _chi(lanes: list[int]) -> list[int]:
    return [
        lanes[i] ^ (~lanes[i // 5 * 5 + (i + 1) % 5] & lanes[i // 5 * 5 + (i + 2) % 5])
        for i in range(25)
    ]
