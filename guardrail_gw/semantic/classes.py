"""Route classes as people write them: each with examples, and when a request is of none."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Final

from pydantic import Field

from guardrail_gw.catalog.facts import Name
from guardrail_gw.documents import Strict, closest, read

SHIPPED: Final = "models/route_classes"
"""The folder with classes to start from, and the cases that they are measured by."""

Example = Annotated[str, Field(min_length=1, max_length=10_000)]
Cosine = Annotated[float, Field(ge=0, le=1)]


class ClassConfig(Strict):
    """One route class."""

    examples: Annotated[tuple[Example, ...], Field(min_length=3, max_length=1000)]
    """Prompts of it; at least as many as are compared with a request."""


class ClassesConfig(Strict):
    """The whole file."""

    classes: Annotated[dict[Name, ClassConfig], Field(min_length=2, max_length=32)]
    fallback: Name
    """The class of a request that is like none of them."""
    threshold: Cosine = 0.23
    """How like the examples of a class a request has to be."""
    margin: Cosine = 0.0
    """How much less like those of the next class."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Classes:
    """Route classes, in the order of their file."""

    examples: dict[str, tuple[str, ...]] = field(repr=False)
    """Name -> prompts."""
    fallback: str
    threshold: float
    margin: float

    @property
    def names(self) -> tuple[str, ...]:
        """Of all of them."""
        return tuple(self.examples)


def load_classes(path: Path) -> Classes:
    """Read a file of route classes.

    Raises:
        ConfigError: with file, line, field and what to do.
    """
    loaded = read(path, ClassesConfig)
    config = loaded.value
    if config.fallback not in config.classes:
        raise loaded.fault(
            ("fallback",),
            f"no class {config.fallback!r}",
            near=closest(config.fallback, config.classes),
        )
    return Classes(
        examples={name: each.examples for name, each in config.classes.items()},
        fallback=config.fallback,
        threshold=config.threshold,
        margin=config.margin,
    )
