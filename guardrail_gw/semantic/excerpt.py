"""The part of a text that is read: requests say at the beginning or the end what they want."""

from typing import Final

_HEAD: Final = 256
_TAIL: Final = 128
"""Code points. The time to read grows with them, and what lies between is mostly what a request is
about."""


def excerpt(text: str) -> str:
    """The beginning and the end of a long text, without white space around it."""
    text = text.strip()
    if len(text) <= _HEAD + _TAIL:
        return text
    return f"{text[:_HEAD]} {text[-_TAIL:]}"
