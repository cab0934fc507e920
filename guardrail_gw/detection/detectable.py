"""What the detectors can find, told without starting them: for policy checks.

Reads the model's metadata and asks Presidio only about what is not in our own list, so that a
gateway with the default recognizers stays free of spaCy. `DetectorPool.entities` is what runs.
"""

import json
from collections.abc import Mapping
from pathlib import Path

from guardrail_gw.core.text import Entity
from guardrail_gw.detection import transformer
from guardrail_gw.detection.findable import Findable
from guardrail_gw.detection.labels import entity_of
from guardrail_gw.detection.regions import LOOKS_ONLY
from guardrail_gw.detection.rules.every import RULES
from guardrail_gw.detection.rules.rule import EUROPE, Rule
from guardrail_gw.detection.settings import DetectionSettings
from guardrail_gw.errors import ConfigError


def detectable(settings: DetectionSettings) -> frozenset[Entity]:
    """The entities that at least one configured detector finds.

    Raises:
        ConfigError: the model or a recognizer cannot be read.
    """
    found = frozenset[Entity]().union(*(rule.detects for rule in _rules(settings)))
    return found | _labels(settings.model)


def looks_only(settings: DetectionSettings) -> frozenset[Entity]:
    """The entities that do not count in source code: a model's, and those of `regions.LOOKS_ONLY`.

    Raises:
        ConfigError: the model or a recognizer cannot be read.
    """
    ruled = frozenset[Entity]().union(*(rule.entities for rule in _rules(settings)))
    return LOOKS_ONLY | (_labels(settings.model) - ruled)


def findable(settings: DetectionSettings) -> Findable:
    """What the configured detectors can find, value by value.

    Raises:
        ConfigError: the model or a recognizer cannot be read.
    """
    return Findable(_rules(settings), _labels(settings.model))


def elsewhere() -> Mapping[Entity, frozenset[str]]:
    """The entities that are looked for only where a policy asks for a country's identifiers."""
    always = frozenset[Entity]().union(*(rule.entities for rule in RULES if _is_always(rule)))
    return {
        entity: frozenset(
            rule.country for rule in RULES if rule.country and entity in rule.entities
        )
        for entity in frozenset[Entity]().union(*(rule.entities for rule in RULES)) - always
    }


def _rules(settings: DetectionSettings) -> tuple[Rule, ...]:
    """Ours and the operator's."""
    if not (settings.recognizers or settings.recognizer_files):
        return RULES
    from guardrail_gw.detection import presidio  # noqa: PLC0415 - imports spaCy

    return RULES + presidio.load(
        names=settings.recognizers,
        files=settings.recognizer_files,
        timeout_s=settings.pattern_timeout_s,
    )


def _is_always(rule: Rule) -> bool:
    return rule.country is None or rule.country in EUROPE


def is_transformer(model: Path) -> bool:
    """Whether a folder holds an exported transformer and no spaCy pipeline."""
    return (model / transformer.CONFIG).is_file() and not (model / "meta.json").exists()


def _labels(model: Path | None) -> frozenset[Entity]:
    if model is None:
        return frozenset()
    if is_transformer(model):
        return transformer.entities(model)
    try:
        meta = json.loads((model / "meta.json").read_text(encoding="utf-8"))
        return frozenset(entity_of(label) for label in meta["labels"]["ner"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigError(
            f"{model.name} is not a spaCy pipeline: no labels in meta.json"
        ) from error
