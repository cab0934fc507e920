"""Member names: a reader of proto JSON takes each in camel case and in snake case.

Source: Protocol Buffers documentation, "ProtoJSON Format", field names, as read in 2026.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from guardrail_gw.dialects.walk import Shape

_CAPITAL: Final = re.compile(r"[A-Z]")


def spelled(members: Mapping[str, Shape]) -> dict[str, Shape]:
    """Shapes by names in camel case, each under both of its spellings."""
    return {name: shape for camel, shape in members.items() for name in spellings(camel)}


def spellings(camel: str) -> tuple[str, str]:
    """A name in camel case, and in snake case."""
    return camel, _CAPITAL.sub(lambda capital: f"_{capital.group().lower()}", camel)


def said(members: Any, *camel: str) -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - JSON
    """Those of the named members that an object has, in either spelling, with their keys."""
    if type(members) is dict:
        for name in camel:
            for key in dict.fromkeys(spellings(name)):
                if key in members:
                    yield key, members[key]


def folded(name: str) -> str:
    """A name as it is compared in tables: without case and underscores."""
    return name.replace("_", "").casefold()
