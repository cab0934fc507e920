"""Internet addresses, version 4 and 6, but for those that stand for no host.

Source: RFC 791, RFC 4291; notation as `ipaddress` reads it. A version number of four parts looks
the same as an IPv4 address, hence 0.6 without context.
"""

import ipaddress
import re
from collections.abc import Iterator

from guardrail_gw.core.text import Entity, Finding
from guardrail_gw.detection.rules.context import listed, near
from guardrail_gw.detection.rules.rule import Needs, Rule
from guardrail_gw.detection.rules.spot import Spot
from guardrail_gw.detection.rules.window import at_numbers

ENTITY = Entity("IP_ADDRESS")

_V4 = re.compile(r"[0-9](?<![\w.].)[0-9]{0,2}(?:\.[0-9]{1,3}){3}(?![\w]|\.[0-9])")
_AT = Spot(r"(?<![\w.])9{1,3}\.9")
_AT_COLON = Spot(r"(?:(?<=:)|(?<=:.)|(?<=:..)|(?<=:...)|9.{0,3}:)")
"""A group of version 6 has four signs at most, and a colon before or behind it."""
_V6 = re.compile(
    r"[0-9A-Fa-f:](?<![\w:.].)[0-9A-Fa-f:]{4,38}(?:[0-9]{1,3}(?:\.[0-9]{1,3}){3})?(?![\w:])"
)
_COLONS = re.compile(r":[0-9A-Fa-f]{0,4}:")
"""Stands in each of version 6; a scan for a colon."""
_VERSION = re.compile(r"(?:version|ver|v|release|firmware|build|rev)\.?[ :=]{0,2}$", re.IGNORECASE)
_CONTEXT = listed("ip, ipv4, ipv6, address, host, server, client, adresse, dirección, adres")


def find(text: str) -> Iterator[Finding]:
    """Yield addresses: version 6 0.8; version 4 0.6, with context 0.95."""
    if text.count(".") > 2:  # noqa: PLR2004 - three dots make four parts
        for match in at_numbers(_V4, text, _AT):
            before = text[max(0, match.start() - 12) : match.start()]
            if _names_a_host(match.group()) and not _VERSION.search(before):
                start, end = match.span()
                yield _finding(start, end, 0.95 if near(text, start, end, _CONTEXT) else 0.6)
    if ":" in text and _COLONS.search(text):
        for match in _V6.finditer(text):
            if _likely_v6(match.group()) and _names_a_host(match.group()):
                yield _finding(match.start(), match.end(), 0.8)


def _finding(start: int, end: int, score: float) -> Finding:
    return Finding(start=start, end=end, entity=ENTITY, score=score, recognizer="ip")


def _likely_v6(written: str) -> bool:
    """`a::b` is also a path in several programming languages: ask for two groups and a digit."""
    groups = [group for group in written.split(":") if group]
    return len(groups) > 1 and any(c.isdigit() for c in written)


def _names_a_host(written: str) -> bool:
    try:
        address = ipaddress.ip_address(written)
    except ValueError:
        return False
    return not (address.is_loopback or address.is_unspecified or address.is_multicast)


RULE = Rule(
    name="ip",
    entities=frozenset({ENTITY}),
    find=find,
    needs=Needs(digits=1, is_led=True, spot=Spot.either(_AT, _AT_COLON)),
    valid=(
        "192.168.1.17",
        "from 8.8.8.8.",
        "2001:db8::8a2e:370:7334",
        "[fe80::1]:80",
        "::ffff:10.1.2.3",
    ),
    invalid=(
        "127.0.0.1",
        "0.0.0.0",  # noqa: S104 - an example, nothing binds it
        "1.2.3",
        "1.2.3.4.5",
        "version 10.0.19.41",
        "300.1.1.1",
        "std::vector",
        "12:30:45",
        "a::b",
    ),
)
