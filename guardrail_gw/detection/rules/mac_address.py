"""Hardware addresses of network cards: six octets in hexadecimal.

Source: IEEE 802-2014, clause 8.1 (EUI-48, with hyphens or colons); groups of four with dots as
network equipment prints them. All zeros and all ones name no card.
"""

import re
from collections.abc import Iterator

from guardrail_gw.core.text import Entity, Finding
from guardrail_gw.detection.rules.context import listed, near
from guardrail_gw.detection.rules.rule import Needs, Rule

ENTITY = Entity("MAC_ADDRESS")

_ADDRESS = re.compile(
    r"(?<!\w)(?<!\w[:-])[0-9A-Fa-f]{2}"
    r"(?:([:-])[0-9A-Fa-f]{2}(?:\1[0-9A-Fa-f]{2}){4}"
    r"|[0-9A-Fa-f]{2}\.[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4})(?!\w)(?![:-]\w)"
)
_NOBODY = ({"0"}, {"f"})
_CONTEXT = listed(
    "mac, hardware address, physical address, ethernet, wlan, wifi, bluetooth, bssid, hwaddr, ether"
)


def find(text: str) -> Iterator[Finding]:
    """Yield each address: 0.7, beside a word that names it 0.95."""
    for match in _ADDRESS.finditer(text):
        if set(re.sub(r"[:.-]", "", match.group()).lower()) in _NOBODY:
            continue
        start, end = match.span()
        score = 0.95 if near(text, start, end, _CONTEXT) else 0.7
        yield Finding(start=start, end=end, entity=ENTITY, score=score, recognizer="mac")


RULE = Rule(
    name="mac",
    entities=frozenset({ENTITY}),
    find=find,
    needs=Needs(unbroken=14),
    valid=(
        "00:1A:2B:3C:4D:5E",
        "ether 3c-22-fb-01-9a-7e up",
        "port 0012.3456.789a is down",
        "MAC=aa:bb:cc:dd:ee:01;",
    ),
    invalid=(
        "00:00:00:00:00:00",
        "ff-ff-ff-ff-ff-ff",
        "12:34:56",
        "00:1A-2B:3C-4D:5E",
        "00:1A:2B:3C:4D:5E:6F:70",
        "2001:db8:85a3:00:00:8a2e:03:73",
    ),
)
