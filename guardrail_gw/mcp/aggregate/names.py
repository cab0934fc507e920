"""Names of tools and prompts at the endpoint of all servers: `server__tool`, and the way back.

A name has at most 64 characters of `[A-Za-z0-9_-]`, since models take no others. One that would
be longer, has other characters or could be mistaken for another's ends with a digest of whose it
is. A name leads back through `Names` alone: nobody takes it apart.

Source: OpenAI API reference, "Create chat completion", `tools[].function.name`, and Anthropic API
reference, "Messages", `tools[].name`, both of 2026: `^[a-zA-Z0-9_-]{1,64}$`.
"""

import base64
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, NamedTuple

from guardrail_gw.mcp_servers import AggregateConfig, Prefixes

LONGEST: Final = 64
_DIGITS: Final = 10
"""Of a digest: 50 bits. Who finds two alike has both withheld, nobody called for another."""
_ODD: Final = re.compile(r"[^A-Za-z0-9_-]")
_DIGESTED: Final = re.compile(rf"_[a-z2-7]{{{_DIGITS}}}$")


class Own(NamedTuple):
    """A name as its server has it."""

    server: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What names are called here, and whose they are."""

    shown: Mapping[Own, str]
    """A name and what it is called here."""
    owns: Mapping[str, Own]
    """The way back."""
    clashing: frozenset[Own] = frozenset()
    """Names that others have, too, and nothing tells apart: they are not shown at all."""


def names(offered: Mapping[str, Sequence[str]], config: AggregateConfig) -> Names:
    """Name everything that servers offer; the same names whatever the order of servers.

    Args:
        offered: server -> names, as it has them; each once.
        config: when a name begins with its server's.
    """
    owns = [Own(server, name) for server, each in offered.items() for name in each]
    plain = {own: _plain(own, config, _shared(owns)) for own in owns}
    often = Counter(plain.values())
    is_clear = {own: often[name] == 1 and _fits(own, name) for own, name in plain.items()}
    if config.prefix is Prefixes.NEVER:  # nothing is called by what its server may choose
        lost = {own for own in owns if often[plain[own]] > 1}
        is_clear |= dict.fromkeys(lost, False)
    else:
        lost = set()
    chosen = {
        own: plain[own] if is_clear[own] else _digested(own, plain[own])
        for own in owns
        if own not in lost
    }
    return _sure(chosen, lost)


def _shared(owns: Iterable[Own]) -> frozenset[str]:
    """Names that more than one server has."""
    often = Counter(_ODD.sub("_", own.name) for own in owns)
    return frozenset(name for name, count in often.items() if count > 1)


def _plain(own: Own, config: AggregateConfig, shared: frozenset[str]) -> str:
    name = _ODD.sub("_", own.name)
    is_bare = config.prefix is Prefixes.NEVER or (
        config.prefix is Prefixes.CONDITIONAL and name not in shared
    )
    return name if is_bare else f"{own.server}{config.separator}{name}"


def _fits(own: Own, name: str) -> bool:
    """Whether a name is sayable, says the whole of its own, and is no imitation of a digest's."""
    return (
        0 < len(name) <= LONGEST
        and not _ODD.search(own.name)
        and own.name != ""
        and not _DIGESTED.search(name)
    )


def _digested(own: Own, name: str) -> str:
    """A beginning that people can read, and an end that no other name has."""
    told = f"{own.server}\0{own.name}".encode("utf-8", "surrogatepass")
    end = base64.b32encode(sha256(told).digest())[:_DIGITS].decode().lower()
    return f"{name[: LONGEST - _DIGITS - 1]}_{end}"


def _sure(chosen: Mapping[Own, str], lost: Iterable[Own]) -> Names:
    often = Counter(chosen.values())
    clashing = {own for own, name in chosen.items() if often[name] > 1} | set(lost)
    shown = {own: name for own, name in chosen.items() if own not in clashing}
    return Names(
        shown=shown,
        owns={name: own for own, name in shown.items()},
        clashing=frozenset(clashing),
    )
