"""Replacements that fit the schema of where they stand, or none at all.

A placeholder is a text of a form of its own: where a tool asks for an address, a number or a text
of some pattern, something of that kind stands for it. Where nothing does, nothing is sent.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from guardrail_gw.core.body import Path, pointer
from guardrail_gw.core.text import Segment
from guardrail_gw.dialects.mcp.marked import Marked, at_path
from guardrail_gw.dialects.mcp.schemas import MOST_BROKEN, UnusableSchemaError, broken
from guardrail_gw.mcp_errors import SchemaBroken
from guardrail_gw.redaction.typed import forms

_MOST_TRIES: Final = 256
"""How often one value is held to its schema."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """What is put in the place of values in the end."""

    replacements: Mapping[int, str] = field(repr=False)
    typed: Mapping[str, str] = field(repr=False)
    """What stands for a placeholder where that may not stand itself -> the placeholder."""


@dataclass(slots=True, kw_only=True)
class Fit:
    """Holds one value of one message to its schema."""

    message: Marked = field(repr=False)
    prefix: Path
    """Where in the message the value stands."""
    schema: Mapping[str, Any] = field(repr=False)
    tokens: Mapping[str, str] = field(repr=False)
    """Placeholder -> value."""
    _typed: dict[str, str] = field(default_factory=dict, repr=False)
    _tries: int = 0

    def fitted(self, replacements: Mapping[int, str]) -> Fitted:
        """What to put in the place of values instead.

        What was not what its schema asks for before is left to whoever gets it, and the rest fits;
        so is a schema that cannot be judged here, and a value that is wrong in too many places.

        Raises:
            SchemaBroken: nothing fits.
        """
        try:
            wrong = self._wrong(replacements)
            before = frozenset(self._wrong({}) if wrong else ())
            ours = [place for place in wrong if place not in before]
            if not ours or len(before) >= MOST_BROKEN:
                return Fitted(replacements=replacements, typed={})
            made = dict(replacements)
            for place in ours:
                self._mend(made, place)
            if left := [place for place in self._wrong(made) if place not in before]:
                raise self._broken(left[0])
        except UnusableSchemaError:
            return Fitted(replacements=replacements, typed={})
        return Fitted(replacements=made, typed=self._typed)

    def _mend(self, made: dict[int, str], place: Path) -> None:
        index = next((i for i in made if self.message.at(i) == (*self.prefix, *place)), None)
        if index is None:
            raise self._broken(place)
        for text in self._texts(made[index]):
            made[index] = text
            if place not in self._wrong(made):
                return
        raise self._broken(place)

    def _texts(self, text: str) -> Iterator[str]:
        """The text with something else for each placeholder in it."""
        within = [token for token in self.tokens if token in text]
        many = [[*forms(token, self.tokens[token])] for token in within]
        for each in zip(*many, strict=False):
            if not self._are_free(each, within):
                continue
            changed = text
            for token, form in zip(within, each, strict=True):
                changed = changed.replace(token, form)
            self._typed.update(zip(each, within, strict=True))
            yield changed
            for form in each:
                self._typed.pop(form, None)

    def _are_free(self, made: Sequence[str], tokens: Sequence[str]) -> bool:
        """Whether these can be told from everything else that stands in the message."""
        if len(set(made)) < len(made):
            return False
        taken = any(self._typed.get(form, token) != token for form, token in zip(made, tokens))  # noqa: B905 - as many
        return not taken and not any(_stands_in(form, self.message.segments) for form in made)

    def _wrong(self, replacements: Mapping[int, str]) -> list[Path]:
        self._tries += 1
        if self._tries > _MOST_TRIES:
            raise self._broken(())
        return broken(self.schema, at_path(self.message.rewritten(replacements), self.prefix))

    def _broken(self, place: Path) -> SchemaBroken:
        shown = pointer((*self.prefix, *place), {str(step) for step in self.prefix})
        return SchemaBroken(
            f"with a placeholder in the place of a protected value, {shown!r} would not be what "
            "the tool's schema asks for"
        )


def _stands_in(form: str, segments: Sequence[Segment]) -> bool:
    low = form.lower()
    return any(low in segment.text.lower() for segment in segments)
