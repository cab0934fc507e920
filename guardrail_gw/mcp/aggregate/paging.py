"""One server's list, page after page, without I/O: until it ends, goes in circles or is too long.

Source: Model Context Protocol, 2025-11-25 and 2026-07-28: "Pagination" and "Caching".
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from guardrail_gw.mcp.aggregate.kinds import Kind, key_of
from guardrail_gw.mcp_errors import ServerFailed

MOST_PAGES: Final = 100
MOST_ENTRIES: Final = 10_000


class Lack(StrEnum):
    """Why a list may not be all that there is."""

    PAGES = "pages"
    """It has more pages than are asked for."""
    ENTRIES = "entries"
    CIRCLE = "circle"
    """A page names an earlier one as the next."""
    TWICE = "twice"
    """Entries of one name differ, so that nobody knows which is meant: none of them is kept."""
    MALFORMED = "malformed"
    """Entries without a name."""
    TIMEOUT = "timeout"
    """The server does not answer in time; if it ever did, this is what it said then."""
    FAILED = "failed"
    """It does not answer at all; as above."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What one server's list is, as far as it is known."""

    kind: Kind
    entries: tuple[Mapping[str, Any], ...] = field(default=(), repr=False)
    """In the server's order; each key once."""
    lacks: tuple[Lack, ...] = ()
    ttl_s: float | None = None
    """For how long the server says that it holds; None: it does not say."""


class Paging:
    """Asks for pages as long as there are more."""

    def __init__(
        self, kind: Kind, *, most_pages: int = MOST_PAGES, most_entries: int = MOST_ENTRIES
    ) -> None:
        self._kind = kind
        self._most = most_pages, most_entries
        self._entries: dict[str, Mapping[str, Any]] = {}
        self._twice = set[str]()
        self._lacks: dict[Lack, None] = {}
        self._cursors = set[str]()
        self._pages = 0
        self._next: str | None = None
        self._ttl_ms: float | None = None

    @property
    def params(self) -> dict[str, Any] | None:
        """Those of the next request; None when there is nothing more to ask."""
        if self._pages and self._next is None:
            return None
        return {} if self._next is None else {"cursor": self._next}

    def feed(self, result: Mapping[str, Any]) -> None:
        """Read one page.

        Raises:
            ServerFailed: it is none.
        """
        entries = result.get(self._kind.value)
        if not isinstance(entries, list):
            raise ServerFailed(f"the server's answer to {self._kind.method} is no list")
        self._pages += 1
        for entry in entries:
            self._take(entry)
        ttl = result.get("ttlMs")
        if isinstance(ttl, int | float) and not isinstance(ttl, bool) and ttl >= 0:
            self._ttl_ms = ttl if self._ttl_ms is None else min(ttl, self._ttl_ms)
        self._next = self._following(result.get("nextCursor"))

    def listing(self) -> Listing:
        """What was read."""
        kept = (entry for key, entry in self._entries.items() if key not in self._twice)
        return Listing(
            kind=self._kind,
            entries=tuple(kept),
            lacks=tuple(self._lacks),
            ttl_s=None if self._ttl_ms is None else self._ttl_ms / 1000,
        )

    def _take(self, entry: Any) -> None:  # noqa: ANN401 - what a server sent
        key = key_of(self._kind, entry)
        if key is None:
            self._lacks[Lack.MALFORMED] = None
        elif key not in self._entries:
            if len(self._entries) < self._most[1]:
                self._entries[key] = entry
            else:
                self._lacks[Lack.ENTRIES] = None
        elif self._entries[key] != entry:
            self._twice.add(key)
            self._lacks[Lack.TWICE] = None

    def _following(self, cursor: object) -> str | None:
        if not isinstance(cursor, str):
            return None
        if cursor in self._cursors:
            self._lacks[Lack.CIRCLE] = None
            return None
        if self._pages >= self._most[0] or Lack.ENTRIES in self._lacks:
            self._lacks[Lack.PAGES] = None
            return None
        self._cursors.add(cursor)
        return cursor
