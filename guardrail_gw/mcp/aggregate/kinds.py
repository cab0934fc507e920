"""The four lists of a server: what they are called, and what an entry is known by.

Source: Model Context Protocol, 2025-11-25 and 2026-07-28: server features.
"""

from enum import StrEnum
from typing import Any, Final


class Kind(StrEnum):
    """A list."""

    TOOLS = "tools"
    PROMPTS = "prompts"
    RESOURCES = "resources"
    TEMPLATES = "resourceTemplates"
    """The values are the members of results that hold the entries."""

    @property
    def method(self) -> str:
        """What it is asked for with."""
        return _METHODS[self]

    @property
    def capability(self) -> str:
        """What a server declares that has such a list."""
        return "resources" if self is Kind.TEMPLATES else self.value

    @property
    def changed(self) -> str:
        """What a server says when it is another one."""
        return f"notifications/{self.capability}/list_changed"

    @property
    def key(self) -> str:
        """The member of an entry that it is known by."""
        return _KEYS[self]


_METHODS: Final = {
    Kind.TOOLS: "tools/list",
    Kind.PROMPTS: "prompts/list",
    Kind.RESOURCES: "resources/list",
    Kind.TEMPLATES: "resources/templates/list",
}
_KEYS: Final = {
    Kind.TOOLS: "name",
    Kind.PROMPTS: "name",
    Kind.RESOURCES: "uri",
    Kind.TEMPLATES: "uriTemplate",
}
BY_METHOD: Final = {kind.method: kind for kind in Kind}
CHANGES: Final = frozenset(kind.changed for kind in Kind)


def key_of(kind: Kind, entry: Any) -> str | None:  # noqa: ANN401 - what a server sent
    """What an entry is known by; None: it is no entry."""
    key = entry.get(kind.key) if isinstance(entry, dict) else None
    return key if isinstance(key, str) else None
