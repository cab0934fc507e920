"""Lists of many servers as one: in a stable order, page by page, with what is missing said.

The order is that of the configuration, and within a server its own.

Source: Model Context Protocol, 2026-07-28: "Caching" (`ttlMs`, `cacheScope`), "Pagination".
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from guardrail_gw.mcp.aggregate.cursors import Cursor, read, unknown, written
from guardrail_gw.mcp.aggregate.kinds import Kind, key_of
from guardrail_gw.mcp.aggregate.paging import Lack, Listing

PAGE: Final = 1000
"""Entries of one page; more than any client shows its model at once."""
PARTIAL: Final = "guardrail-gw/partial"
"""The member of `_meta` that says what is missing: server -> why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry of a joined list."""

    server: str
    key: str
    """As its server has it."""
    told: dict[str, Any] = field(repr=False)
    """As clients are told it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """A joined list, and what it lacks."""

    kind: Kind
    entries: tuple[Entry, ...] = field(repr=False)
    lacks: Mapping[str, tuple[Lack, ...]]
    """Server -> why its part may be incomplete."""

    def page(self, cursor: object = None, *, ttl_s: float = 0, size: int = PAGE) -> dict[str, Any]:
        """The result of a list request.

        Args:
            cursor: as the client sent it; None: from the beginning.
            ttl_s: for how long it may be kept, by this client alone: what others may see differs.
            size: entries of a page.

        Raises:
            BodyRefused: nobody was told this cursor, or its entry is gone.
        """
        start = 0 if cursor is None else self._behind(read(cursor))
        shown, rest = self.entries[start : start + size], self.entries[start + size :]
        result: dict[str, Any] = {
            self.kind.value: [each.told for each in shown],
            "ttlMs": 0 if self.lacks else round(ttl_s * 1000),
            "cacheScope": "private",
        }
        if rest:
            result["nextCursor"] = written(Cursor(shown[-1].server, shown[-1].key))
        if self.lacks:
            said = {server: [*map(str, lacks)] for server, lacks in self.lacks.items()}
            result["_meta"] = {PARTIAL: said}
        return result

    def _behind(self, cursor: Cursor) -> int:
        for at, entry in enumerate(self.entries, 1):
            if (entry.server, entry.key) == cursor:
                return at
        raise unknown()


Tell = Callable[[str, Mapping[str, Any]], dict[str, Any] | None]
"""Server and entry -> the entry as clients are told it; None: it is not shown."""


def joined(
    kind: Kind, listings: Mapping[str, Listing | Lack], order: Sequence[str], tell: Tell
) -> Joined:
    """Join what servers list.

    Args:
        kind: of all of them.
        listings: server -> its list, or why there is none.
        order: of the servers, as configured.
        tell: shows an entry, or leaves it out.
    """
    entries: list[Entry] = []
    lacks: dict[str, tuple[Lack, ...]] = {}
    for server in order:
        listing = listings.get(server)
        if isinstance(listing, Lack):
            lacks[server] = (listing,)
        elif listing is not None:
            entries.extend(_told(kind, server, listing.entries, tell))
            if listing.lacks:
                lacks[server] = listing.lacks
    return Joined(kind=kind, entries=tuple(entries), lacks=lacks)


def _told(
    kind: Kind, server: str, entries: Iterable[Mapping[str, Any]], tell: Tell
) -> Iterable[Entry]:
    for entry in entries:
        key, told = key_of(kind, entry), tell(server, entry)
        if key is not None and told is not None:
            yield Entry(server=server, key=key, told=told)
