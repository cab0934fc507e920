"""Words as numbers: each is kept once, sealed, and found by its token."""

from guardrail_gw.audit.index.file import IndexFile


class Terms:
    """The words of an index; remembers those it has met."""

    def __init__(self, index: IndexFile) -> None:
        """Read as they are needed."""
        self._index = index
        self._ids: dict[tuple[str, str], int] = {}
        self._texts: dict[int, str] = {}

    def id(self, field: str, value: str) -> int:
        """The word's number; it gets one if it is new."""
        known = self._ids.get((field, value))
        return known if known is not None else self._made(field, value)

    def find(self, field: str, value: str) -> int | None:
        """The word's number; None when no record has it."""
        token = self._index.secrets.token(field, value)
        found = self._index.db.execute("SELECT id FROM term WHERE token = ?", (token,)).fetchone()
        return None if found is None else int(found[0])

    def text(self, number: int | None) -> str | None:
        """The word of a number; None has none."""
        if number is None:
            return None
        if number not in self._texts:
            row = self._index.db.execute("SELECT token, sealed FROM term WHERE id = ?", (number,))
            self._texts[number] = self._index.secrets.opened(*row.fetchone())
        return self._texts[number]

    def all(self, field: str, most: int) -> list[str]:
        """The words of a field in alphabetical order, at most that many of the earliest."""
        rows = self._index.db.execute(
            "SELECT id FROM term WHERE field = ? ORDER BY id LIMIT ?", (field, most)
        )
        return sorted(text for (number,) in rows if (text := self.text(number)) is not None)

    def _made(self, field: str, value: str) -> int:
        number = self.find(field, value)
        if number is None:
            token = self._index.secrets.token(field, value)
            sealed = self._index.secrets.sealed(token, value)
            made = self._index.db.execute(
                "INSERT INTO term (field, token, sealed) VALUES (?, ?, ?)", (field, token, sealed)
            )
            number = int(made.lastrowid or 0)
        self._ids[field, value] = number
        return number
