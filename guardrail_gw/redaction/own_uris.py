"""URIs that a server says with placeholders in them: read again by whoever was told, or not listed.

A URI names something of its server, and files are called after people. What a client was told with
a placeholder it may say to that very server again, which gets the value that it said itself; no
other server does, and nothing but URIs is treated so. A URI that cannot be said again, since its
value is masked or hashed, names nothing any more: in a list it is left out.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from guardrail_gw.dialects.mcp.marked import Marked
from guardrail_gw.redaction.placeholder import look_alikes
from guardrail_gw.redaction.restorer import Restorer

_URI: Final = re.compile(r"/(?:uri|uriTemplate|resourceSubscriptions/[0-9]+)$")
_ENTRY: Final = re.compile(
    r"/result/(?P<list>resources|resourceTemplates)/(?P<at>[0-9]+)/(?:uri|uriTemplate)"
)


def is_uri(place: str) -> bool:
    """Whether a URI stands there, in either direction."""
    return _URI.search(place) is not None


def in_uris(
    heard: Marked, replacements: Mapping[int, str], given: Mapping[str, str]
) -> frozenset[str]:
    """Placeholders of these whose values the server said in URIs of a message.

    Not those that it said itself: it was told them, and never what they stand for.
    """
    return frozenset(
        token
        for index, text in replacements.items()
        if is_uri(heard.segments[index].place)
        for start, end in look_alikes(text)
        if (token := text[start:end]) in given and token not in heard.segments[index].text
    )


def unreadable(
    heard: Marked, replacements: Mapping[int, str], given: Mapping[str, str]
) -> Mapping[str, frozenset[int]]:
    """Entries of a list of resources whose URIs lead nowhere any more: list -> places in it."""
    found: dict[str, set[int]] = {}
    for index, text in replacements.items():
        segment = heard.segments[index]
        entry = _ENTRY.fullmatch(segment.place)
        if entry is not None and Restorer(given).restore_all([text]) != [segment.text]:
            found.setdefault(entry["list"], set()).add(int(entry["at"]))
    return {name: frozenset(places) for name, places in found.items()}


def without(message: Any, entries: Mapping[str, frozenset[int]]) -> Any:  # noqa: ANN401 - JSON
    """A message without these entries of its lists."""
    if not entries:
        return message
    lists = {
        name: [each for at, each in enumerate(message["result"][name]) if at not in places]
        for name, places in entries.items()
    }
    return {**message, "result": {**message["result"], **lists}}
