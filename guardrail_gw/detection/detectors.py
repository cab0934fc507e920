"""What whoever starts the gateway has to know of detectors, wherever they run."""

from collections.abc import Mapping
from typing import Protocol

from guardrail_gw.core.ports import Detector
from guardrail_gw.core.text import Entity


class Detectors(Detector, Protocol):
    """Detectors that run; a `DetectorPool`, or in tests an engine within the process."""

    @property
    def entities(self) -> frozenset[Entity]:
        """What they can find; known once started."""
        ...

    @property
    def elsewhere(self) -> Mapping[Entity, frozenset[str]]:
        """Those that they look for only where a policy asks for these states' identifiers."""
        ...

    @property
    def digest(self) -> str:
        """Of what they are: where it changes, so may what they find."""
        ...

    @property
    def ready(self) -> bool:
        """Whether a canary text was scanned and they still answer."""
        ...

    @property
    def alive(self) -> bool:
        """Whether processes answer."""
        ...

    @property
    def pids(self) -> tuple[int, ...]:
        """Those processes."""
        ...

    @property
    def waiting(self) -> int:
        """Texts that no process has taken yet."""
        ...

    async def start(self) -> None:
        """Raises ConfigError or DetectionDown."""
        ...

    async def close(self) -> None:
        """Stop them."""
        ...
