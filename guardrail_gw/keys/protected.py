"""Private keys as PEM, protected by a passphrase: PKCS #8 with scrypt and AES-256-CBC.

Reading is left to `cryptography`; writing is our own, because the library derives the encryption
key with 2,048 rounds of PBKDF2 only, which a graphics card tries millions of times a second.

Source: RFC 8018, 6.2 (PBES2) and A.4; RFC 7914, 7 (scrypt as its key derivation); RFC 7468, 11.
"""

import base64
import os

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from cryptography.hazmat.primitives.padding import PKCS7

COST = 1 << 17
"""Of scrypt, with blocks of 8: 128 MiB of memory for each guess."""
_BLOCKS = 8
_KEY_BYTES = 32
_BLOCK_BITS = 128
_LINE = 64
_LONG_FORM = 0x80
_SCRYPT = bytes.fromhex("2b06010401da47040b")
_AES_256_CBC = bytes.fromhex("60864801650304012a")
_PBES2 = bytes.fromhex("2a864886f70d01050d")
_INTEGER, _OCTETS, _OID, _SEQUENCE = 0x02, 0x04, 0x06, 0x30


def protected(pkcs8: bytes, passphrase: bytes, *, cost: int = COST) -> bytes:
    """Encrypt a private key.

    Args:
        pkcs8: the key, DER.
        passphrase: any bytes but none at all.
        cost: of scrypt; a power of two.

    Returns:
        One PEM block.
    """
    salt, iv = os.urandom(16), os.urandom(16)
    key = Scrypt(salt=salt, length=_KEY_BYTES, n=cost, r=_BLOCKS, p=1).derive(passphrase)
    numbers = b"".join(map(_integer, (cost, _BLOCKS, 1)))
    kdf = _algorithm(_SCRYPT, _der(_SEQUENCE, _der(_OCTETS, salt) + numbers))
    parameters = _der(_SEQUENCE, kdf + _algorithm(_AES_256_CBC, _der(_OCTETS, iv)))
    sealed = _encrypted(pkcs8, key, iv)
    der = _der(_SEQUENCE, _algorithm(_PBES2, parameters) + _der(_OCTETS, sealed))
    return pem("ENCRYPTED PRIVATE KEY", der)


def pem(label: str, der: bytes) -> bytes:
    """DER as one PEM block."""
    text = base64.b64encode(der).decode()
    lines = [text[at : at + _LINE] for at in range(0, len(text), _LINE)]
    return "\n".join((f"-----BEGIN {label}-----", *lines, f"-----END {label}-----\n")).encode()


def _encrypted(plain: bytes, key: bytes, iv: bytes) -> bytes:
    padder = PKCS7(_BLOCK_BITS).padder()
    encryptor = Cipher(algorithms.AES(key), modes.CBC(iv)).encryptor()
    return encryptor.update(padder.update(plain) + padder.finalize()) + encryptor.finalize()


def _algorithm(oid: bytes, parameters: bytes) -> bytes:
    return _der(_SEQUENCE, _der(_OID, oid) + parameters)


def _integer(number: int) -> bytes:
    return _der(_INTEGER, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def _der(tag: int, body: bytes) -> bytes:
    size = len(body)
    if size < _LONG_FORM:
        return bytes([tag, size]) + body
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, _LONG_FORM | len(length)]) + length + body
