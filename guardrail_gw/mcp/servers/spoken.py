"""In which eras a server can be asked: its client's own first, so that little is translated.

A server of both answers each client in its own. What a server does not speak is found out by asking
it, and forgotten when the server fails.

Source: Model Context Protocol 2026-07-28, basic/versioning ("Compatibility").
"""

from guardrail_gw.mcp.ports import Era


class Spoken:
    """Of one server."""

    def __init__(self, speaks: Era | None) -> None:
        """Ask it in this one era; None: in whichever it answers."""
        self._speaks = speaks
        self._lacking: set[Era] = set()

    def order(self, own: Era) -> tuple[Era, ...]:
        """The eras that are tried, for a client of its own."""
        if self._speaks is not None:
            return (self._speaks,)
        both = (own, Era.LEGACY if own is Era.MODERN else Era.MODERN)
        return tuple(era for era in both if era not in self._lacking) or both

    def lacks(self, era: Era) -> None:
        """It did not answer as one of this era does."""
        self._lacking.add(era)

    def doubt(self) -> None:
        """Find out anew."""
        self._lacking.clear()
