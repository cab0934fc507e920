"""A body for a provider that is told in the address, or in other members, what a dialect says here.

Members that stay keep their bytes; only what stands between them is written anew.
"""

import json
from base64 import b64encode
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from guardrail_gw.core.body import KEY, Path, parse, quoted, spans


def reshaped(raw: bytes, *, without: Collection[str], members: Mapping[str, bytes]) -> bytes:
    """The body without some members, and with others before the rest.

    Args:
        raw: a JSON object that does not name any of `members`.
        without: names of the members that it must not have.
        members: names of those that it must have -> their values as JSON.

    Raises:
        BodyRefused: it is no object that can be read.
    """
    kept = [name for name in dict(parse(raw).value) if name not in without]
    wanted: set[Path] = {(name,) for name in kept} | {(name, KEY) for name in kept}
    found = spans(raw, wanted)
    own = (b"%b:%b" % (quoted(name), value) for name, value in members.items())
    rest = (raw[found[(name, KEY)][0] : found[(name,)][1]] for name in kept)
    return b"{%b}" % b",".join((*own, *rest))


def within(raw: bytes, names: Sequence[str]) -> bytes:
    """The body as base64, in the last of these members, each within the one before.

    Where there are none it stays as it is.
    """
    if not names:
        return raw
    *outer, last = names
    value: Any = {last: b64encode(raw).decode()}
    for name in reversed(outer):
        value = {name: value}
    return json.dumps(value).encode()
