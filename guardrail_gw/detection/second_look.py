"""A second look at what the network takes for places and organizations in German texts.

German writes every noun with a capital, and the network knows of a word that it never met no more
than its first letter, its last three and its shape. So trades, illnesses and misread words become
places. Here the letters of what it found, two to five in a row, are weighed with the words on
either side and with how much the network preferred a name: a logistic regression over hashed
features, made with the model (models/recipe/second_look.py) and kept in its folder. A pipeline
without that file gets no second look.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, Protocol, Self
from zipfile import BadZipFile
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from guardrail_gw.detection.rules.lists import places
from guardrail_gw.errors import ConfigError

FILE = "second_look.npz"
"""In the model's folder: for each label one array of weights."""
NEEDED = 0.8
"""The chance of being one from which on something counts as a place or an organization."""
DENSE, HASHED = 4, 1 << 15
"""Weights that stand for one thing each, and those that features share by their hash."""
_LENGTHS = (2, 3, 4, 5)
_BEFORE, _BEHIND, _LONGEST = 30, 14, 40
"""Code points that are looked at before a finding, behind it, and of it."""
_NEXT = re.compile(r"\W*\w{0,8}")
_SURE, _HARDLY = 8.0, 2.0

Floats = NDArray[np.float32]
Span = tuple[int, int, str]
"""First token, token behind the last, label; or code points instead of tokens."""


class Features(NamedTuple):
    """Which weights count, and how much each."""

    weights: Sequence[int]
    values: Sequence[float]


class Looked(Protocol):
    """A text in which something was found."""

    @property
    def text(self) -> str:
        """All of it."""

    @property
    def places(self) -> Sequence[tuple[int, int]]:
        """Where each token begins and ends, in code points."""

    def margin(self, token: int) -> float:
        """What it scores more as the beginning of a name than as none; natural logarithms."""


@dataclass(frozen=True, slots=True)
class SecondLook:
    """What was learnt for each label."""

    weights: Mapping[str, Floats] = field(repr=False)

    @classmethod
    def of(cls, model: Path) -> Self | None:
        """What a model's folder holds; None if it holds nothing of the kind.

        Raises:
            ConfigError: the file is no such thing.
        """
        path = model / FILE
        if not path.exists():
            return None
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as kept:
                weights = {label: kept[label].astype(np.float32) for label in kept.files}
        except (OSError, ValueError, EOFError, BadZipFile) as error:
            raise ConfigError(f"{FILE} cannot be read: {type(error).__name__}") from error
        if any(each.shape != (DENSE + HASHED,) for each in weights.values()):
            raise ConfigError(f"{FILE} holds no weights of this version")
        return cls(weights)

    def graded(
        self, looked: Looked, sure: Sequence[Span], leaning: Sequence[Span]
    ) -> tuple[list[Span], list[Span]]:
        """What counts, and what is doubtful.

        Args:
            looked: the text.
            sure: what the network found, in tokens.
            leaning: what else it would find if it leaned to names more.
        """
        counts: list[Span] = []
        doubtful: list[Span] = []
        for span in sure:
            (counts if self._is_one(looked, span, others=True) else doubtful).append(span)
        for span in candidates(sure, leaning):
            (counts if self._is_one(looked, span, others=False) else doubtful).append(span)
        found = frozenset((*sure, *doubtful, *counts))
        return counts, [*doubtful, *(span for span in leaning if span not in found)]

    def chance(self, label: str, seen: Features) -> float:
        """Of being one of this label."""
        weights = self.weights[label].take(seen.weights)
        score = float(weights @ np.array(seen.values, dtype=np.float32))
        return float(1 / (1 + np.exp(-score)))

    def _is_one(self, looked: Looked, span: Span, *, others: bool) -> bool:
        """Whether a finding counts; `others`: whether those of labels that nothing is known of."""
        label = span[2]
        if label not in self.weights:
            return others
        return self.chance(label, features_of(looked, span)) >= NEEDED


def candidates(sure: Sequence[Span], leaning: Sequence[Span]) -> Iterator[Span]:
    """What only leaning finds, and lies apart from all that is sure."""
    for span in leaning:
        if all(span[1] <= start or end <= span[0] for start, end, _ in sure):
            yield span


def features_of(looked: Looked, span: Span) -> Features:
    """Those of a finding, given in tokens."""
    first, end, _ = span
    start, stop = looked.places[first][0], looked.places[end - 1][1]
    return features(looked.text, start, stop, looked.margin(first))


def features(text: str, start: int, end: int, margin: float) -> Features:
    """What is looked at of a finding in `text`, given in code points."""
    found = text[start:end]
    before, behind = text[max(0, start - _BEFORE) : start], text[end : end + _BEHIND]
    weights = list(range(DENSE))
    values = [1.0, min(margin, _SURE) / 4, min(margin, _HARDLY) / 2, float(found in places())]
    for name, value in _named(found, before, behind):
        number = crc32(name.encode())
        weights.append(DENSE + number % HASHED)
        values.append(value if number & 0x80000000 else -value)
    return Features(weights, values)


def _named(found: str, before: str, behind: str) -> Iterator[tuple[str, float]]:
    """Yield the features that share weights, by name."""
    word = f"^{found.lower()[:_LONGEST]}$"
    share = float(len(word) ** -0.5)
    for length in _LENGTHS:
        for at in range(len(word) - length + 1):
            yield word[at : at + length], share
    last, following = before.lower().split()[-1:], _NEXT.match(behind.lower())
    yield f"<{last[0][-12:] if last else '^'}", 0.7
    yield f">{following.group().strip() if following else ''}", 0.5
    yield f"#{shape(found[:_BEFORE])}", 0.5
    yield f"[{shape(before[-4:])}", 0.5
    yield f"]{shape(behind[:3])}", 0.5
    yield f"={word}", 0.7


def shape(text: str) -> str:
    """Kinds of characters, the same in a row once: `Aa-Aa` for Bad-Ischl."""
    kinds: list[str] = []
    for character in text:
        kind = _kind(character)
        if kinds[-1:] != [kind]:
            kinds.append(kind)
    return "".join(kinds)


def _kind(character: str) -> str:
    if character.isupper():
        return "A"
    if character.islower():
        return "a"
    return "0" if character.isdigit() else character
