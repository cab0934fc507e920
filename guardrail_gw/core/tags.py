"""Tags: what a request is for, in words of the configuration, so that spending can be told apart.

A key has tags, or a request says them. Their values are a closed list: what a client writes is
compared with it and goes no further.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from guardrail_gw.errors import ClientFault

Tags = tuple[tuple[str, str], ...]
"""Names and values, by name."""
LINE = "tag."
"""Begins what budgets and reports call a tag: `tag.project`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """One of them, as configured."""

    name: str
    values: frozenset[str]
    header: str | None = None
    """In which a request may say it."""
    metadata: str | None = None
    """The member of a body's `metadata` in which it may."""
    is_required: bool = False

    def of(self, said: Sequence[object], fixed: str | None) -> str | None:
        """The value that counts; None where there is none.

        Args:
            said: what the request says, wherever it does.
            fixed: what its key has.

        Raises:
            ClientFault: it is none of the values, or another one than said elsewhere, or missing.
        """
        given = {each if type(each) is str else None for each in said}
        if not given <= self.values:
            raise self._fault(f"has no such value; it is one of {self._known()}")
        if fixed is not None:
            given.add(fixed)
        if len(given) > 1:
            text = "is fixed for this key" if fixed is not None else "is said twice"
            raise self._fault(f"{text}; say it once, or not at all")
        if not given and self.is_required:
            raise self._fault(f"is required: one of {self._known()}{self._place()}")
        return next(iter(given), None)

    def _known(self) -> str:
        return ", ".join(sorted(self.values)[:20])

    def _place(self) -> str:
        if self.header is not None:
            return f", in the header {self.header}"
        return "" if self.metadata is None else f", in metadata.{self.metadata}"

    def _fault(self, text: str) -> ClientFault:
        return ClientFault(
            f"tag {self.name!r} {text}", code="request.tag", facts={"tag": self.name}
        )


def tags_of(
    tags: Sequence[Tag], fixed: Tags, headers: Mapping[str, Sequence[str]], metadata: object
) -> Tags:
    """The tags of one request.

    Args:
        tags: those that are configured.
        fixed: those of its key.
        headers: name of a header -> its values; the headers of tags are enough.
        metadata: the body's member of that name, if it has one.

    Raises:
        ClientFault: one of them is not as it must be.
    """
    own = dict(fixed)
    found = ((tag, tag.of(_said(tag, headers, metadata), own.get(tag.name))) for tag in tags)
    return tuple(sorted((tag.name, value) for tag, value in found if value is not None))


def _said(tag: Tag, headers: Mapping[str, Sequence[str]], metadata: object) -> list[object]:
    said: list[object] = [] if tag.header is None else list(headers.get(tag.header, ()))
    if tag.metadata is not None and isinstance(metadata, Mapping):
        said += [metadata[tag.metadata]] if tag.metadata in metadata else []
    return said
