"""Whether a JSON text may hold whole numbers that do not fit into 64 bits.

The quick reader and writer hold those that fit, and make something else of the others; the least of
them, 2^63, has 19 digits.
"""

from typing import Final

_DIGITS: Final = b"0123456789"
_AS_ZEROS: Final = bytes.maketrans(_DIGITS, b"0" * len(_DIGITS))
_LONG: Final = b"0" * len(str(1 << 63))


def has_long_number(raw: bytes) -> bool:
    """Whether so many digits follow each other anywhere in it, in a number or in a text.

    A regular expression would try each byte by itself, and take eight times as long.
    """
    return _LONG in raw.translate(_AS_ZEROS)
