"""The room as the configuration has it."""

from pathlib import Path

from guardrail_gw.core.shipped import shipped
from guardrail_gw.core.text import Entity
from guardrail_gw.detection.settings import DetectionSettings
from guardrail_gw.settings import Settings


def detection_settings(settings: Settings) -> DetectionSettings:
    """What the detector processes are told."""
    config = settings.gateway.detection
    return DetectionSettings(
        detectors=config.detectors,
        deadline_s=config.deadline_s,
        memory_limit_mb=config.memory_limit_mb,
        model=model_folder(settings),
        recognizers=config.recognizers,
        recognizer_files=tuple(settings.resolve(name) for name in config.recognizer_files),
        require={Entity(e): frozenset(languages) for e, languages in config.require.items()},
    )


def model_folder(settings: Settings) -> Path | None:
    """The folder of the pipeline, or None for rules only."""
    name = settings.gateway.detection.model
    if name is None:
        return None
    return shipped("models/guardrail_xx_ner") if name == "shipped" else settings.resolve(name)
