"""Faults among good answers: how many of the requests fare how, and when.

    fault = share "%" ":" behaviour                      5%:status-500   0.5%:cut?after=2

Which requests they are follows from the seed and the request's number alone, so a run repeats.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

from guardrail_gw.standin.behaviour import is_known, parse

_FAULT: Final = re.compile(r"(\d{1,3}(?:\.\d{1,3})?)%:(.+)")
_WAVE: Final = re.compile(r"(\d+(?:\.\d+)?)/(\d+(?:\.\d+)?)")
_WHOLE: Final = 2**64


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What of the requests fares otherwise than its model's name says."""

    faults: tuple[tuple[float, str], ...] = ()
    """Share of all requests, from 0.0 to 1.0, and the behaviour that meets them."""
    seed: int = 0
    wave: tuple[float, float] | None = None
    """Faults come only in the first so many seconds of each so many; None: at any time."""

    @classmethod
    def read(cls, faults: Sequence[str], *, seed: int = 0, wave: str | None = None) -> Self:
        """Take it from words.

        Args:
            faults: each a share and a behaviour: `5%:status-500`.
            seed: another one chooses other requests.
            wave: `2/10`: in the first 2 seconds of every 10.

        Raises:
            ValueError: one is not written so, a behaviour is unknown, or they are more than all.
        """
        read = tuple(_fault(each) for each in faults)
        if sum(share for share, _ in read) > 1.0:
            raise ValueError("the faults are more than all requests")
        return cls(faults=read, seed=seed, wave=_wave(wave) if wave is not None else None)

    def behaviour(self, number: int, at_s: float) -> str | None:
        """What happens to one request; None: as its model's name says.

        Args:
            number: of the request, from 1.
            at_s: since the stand-in began to listen.
        """
        if self.wave is not None and at_s % self.wave[1] >= self.wave[0]:
            return None
        digest = hashlib.sha256(f"{self.seed}/{number}".encode()).digest()
        drawn = int.from_bytes(digest[:8], "big") / _WHOLE
        for share, behaviour in self.faults:
            if drawn < share:
                return behaviour
            drawn -= share
        return None


def _fault(text: str) -> tuple[float, str]:
    found = _FAULT.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no fault; write 5%:status-500")
    if not is_known(found[2].partition("?")[0]):
        raise ValueError(f"{found[2]!r} is no behaviour")
    parse(found[2])
    return float(found[1]) / 100, found[2]


def _wave(text: str) -> tuple[float, float]:
    found = _WAVE.fullmatch(text)
    if found is None or not 0 < float(found[1]) <= float(found[2]):
        raise ValueError(f"{text!r} is no wave; write 2/10 for 2 seconds of every 10")
    return float(found[1]), float(found[2])
