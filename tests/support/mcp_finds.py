"""Detectors that find made-up people, and need no time to begin."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from guardrail_gw.core.text import Entity, Finding, Segment
from guardrail_gw.errors import DetectionDown
from tests.support.mcp_gateway import Blind

PERSON: Final = re.compile(r"Änne Schmidt-[0-9a-f]{4}")


@dataclass(slots=True)
class Finds(Blind):
    """Find every person whose name ends with four hexadecimal digits."""

    broken: bool = False

    async def detect(
        self, segments: Sequence[Segment], *, countries: frozenset[str] = frozenset()
    ) -> Sequence[tuple[Finding, ...]]:
        """Each of them, wherever it stands."""
        del countries
        if self.broken:
            raise DetectionDown("the detectors are down")
        return [
            tuple(
                Finding(
                    start=m.start(),
                    end=m.end(),
                    entity=Entity("PERSON"),
                    score=1.0,
                    recognizer="test",
                )
                for m in PERSON.finditer(segment.text)
            )
            for segment in segments
        ]
