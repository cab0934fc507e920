"""What the operator decides about detection."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from guardrail_gw.core.shipped import shipped
from guardrail_gw.core.text import Entity


def _shipped_model() -> Path:
    return shipped("models/guardrail_xx_ner")


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectionSettings:
    """Which detectors run, how many at once, and within what bounds."""

    detectors: int = 1
    """Processes that scan."""
    deadline_s: float = 10.0
    """From the call to its answer, waiting included."""
    max_queue: int = 256
    """Frames waiting for a detector or within one."""
    max_bytes: int = 32 * 1024 * 1024
    """Text waiting for a detector or within one, in UTF-8 bytes."""
    memory_limit_mb: int = 600
    """A detector larger than this is replaced once its answer is given (resident set, MiB)."""
    start_timeout_s: float = 60.0
    model: Path | None = field(default_factory=_shipped_model)
    """A spaCy pipeline's folder; None runs rules only."""
    recognizers: tuple[str, ...] = ()
    """Class names of Presidio recognizers. With no model and none of these, and no files, spaCy
    is never imported (Presidio itself imports it)."""
    recognizer_files: tuple[Path, ...] = ()
    """Presidio recognizer files (YAML) of the operator."""
    pattern_timeout_s: float = 1.0
    """For one pattern of a Presidio recognizer on one text; exceeding it refuses the request."""
    cache_bytes: int = 24 * 1024 * 1024
    """For findings of segments seen before; 0 remembers none."""
    require: Mapping[Entity, frozenset[str]] = field(default_factory=dict)
    """What the operator relies on: the gateway does not start if nothing detects one of these, or
    not in one of its languages (ISO 639-1; none: in any)."""

    @property
    def rules_apart(self) -> bool:
        """Whether rules can be run apart from names: there are names, and all rules are our own."""
        return self.model is not None and not (self.recognizers or self.recognizer_files)

    def wire(self) -> dict[str, Any]:
        """What a detector process needs to know, as JSON."""
        return {
            "memory_limit_mb": self.memory_limit_mb,
            "model": None if self.model is None else str(self.model),
            "recognizers": list(self.recognizers),
            "recognizer_files": [str(path) for path in self.recognizer_files],
            "pattern_timeout_s": self.pattern_timeout_s,
            "require": {e: sorted(languages) for e, languages in self.require.items()},
        }

    @classmethod
    def from_wire(cls, wire: Mapping[str, Any]) -> Self:
        """The inverse of `wire`."""
        return cls(
            memory_limit_mb=wire["memory_limit_mb"],
            model=None if wire["model"] is None else Path(wire["model"]),
            recognizers=tuple(wire["recognizers"]),
            recognizer_files=tuple(map(Path, wire["recognizer_files"])),
            pattern_timeout_s=wire["pattern_timeout_s"],
            require={Entity(e): frozenset(named) for e, named in wire["require"].items()},
        )
