"""Gold documents with other names in them: real sentences about people nobody knows.

The corpora are small and some are used several times, so that a network learns their names by
heart. Here a person, place or organisation becomes another of its kind, the same one wherever the
document repeats it, in the case of letters that stood there.
"""

import random
import re
from typing import Any

from models.recipe.values import Values

RENAMED = {"en": 0.55, "es": 0.4, "fr": 0.4, "nl": 0.4, "de": 0.3, "ro": 0.2, "cs": 0.2}
"""Share of a language's documents that get other names: fewer where names are inflected."""

_PLACES = {"city": 50, "country": 22, "place": 16, "state": 12}
_PART = {"first": 55, "last": 45}
_NAME = re.compile(r"[^\W\d_][^\d@_#/\n]{2,59}")
"""What can be put in place of another: no handle, no single letter, no number, on one line."""


class Renamer:
    """Puts other names into documents of one language."""

    def __init__(self, values: Values, rng: random.Random) -> None:
        """Draw the names from `values`; `rng` decides which kind."""
        self._values = values
        self._rng = rng

    def __call__(self, source: dict[str, Any]) -> dict[str, Any]:
        """The text and spans of `source` with other names, or nothing if spans overlap."""
        spans = sorted(source["spans"], key=lambda span: (span["start"], span["end"]))
        text, moved, done = "", [], 0
        chosen: dict[tuple[str, str], str] = {}
        for span in spans:
            if span["start"] < done:
                return {}
            old = source["text"][span["start"] : span["end"]]
            key = (span["label"], old)
            new = chosen[key] = chosen.get(key) or self._other(*key)
            text += source["text"][done : span["start"]]
            moved.append(span | {"start": len(text), "end": len(text) + len(new)})
            text += new
            done = span["end"]
        return {"text": text + source["text"][done:], "spans": moved}

    def _other(self, label: str, old: str) -> str:
        """Another name of this kind, or the same for what is none."""
        kind = self._kind(label, old)
        if kind is None or not _NAME.fullmatch(old):
            return old
        new = self._values(kind)
        if old.isupper() and len(old) > len("USA"):
            return new.upper()
        return new.lower() if old.islower() else new

    def _kind(self, label: str, old: str) -> str | None:
        kinds = {"LOCATION": _PLACES, "ORGANIZATION": {"org": 1}}
        if label == "PERSON":
            kinds["PERSON"] = {"person": 1} if " " in old else _PART
        some = kinds.get(label)
        return self._rng.choices(list(some), list(some.values()))[0] if some else None
