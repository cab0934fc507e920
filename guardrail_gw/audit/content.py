"""The texts of a record's content: what the provider gets, and at detail `full` what was asked.

    redacted    the body as it is sent
    full        {"original":<bytes>,"sent":<bytes>} LF original sent

The lengths stand before the two bodies, which need no escaping that way. Pure.
"""

import re
from dataclasses import dataclass, field

from guardrail_gw.audit.record import Level

_LENGTHS = re.compile(rb'\{"original":(\d{1,12}),"sent":(\d{1,12})\}\n')


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """What a record's content says; None for what it does not hold."""

    original: bytes | None = field(default=None, repr=False)
    """The request's body as the client sent it."""
    sent: bytes | None = field(default=None, repr=False)
    """The same as redaction handed it on, with the client's name of the model."""


def joined(original: bytes, sent: bytes) -> bytes:
    """Both bodies as the content of detail `full`."""
    return b'{"original":%d,"sent":%d}\n%b%b' % (len(original), len(sent), original, sent)


def texts(level: str, data: bytes) -> Texts:
    """Read a record's content.

    Args:
        level: the content's, of `Level`.
        data: what was sealed. At `full`, records of earlier releases hold the original alone.
    """
    if level != Level.FULL:
        return Texts(sent=data)
    head = _LENGTHS.match(data)
    if head is None or head.end() + int(head[1]) + int(head[2]) != len(data):
        return Texts(original=data)
    middle = head.end() + int(head[1])
    return Texts(original=data[head.end() : middle], sent=data[middle:])
