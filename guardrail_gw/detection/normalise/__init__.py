"""The copies of a text that detectors read, and the way back to the original."""

from guardrail_gw.detection.normalise.normalise import Normalised, normalise

__all__ = ["Normalised", "normalise"]
