"""From settings to an engine; called in detector processes only."""

from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from guardrail_gw.core.spared import BY_RULES, spared
from guardrail_gw.core.text import Segment, SegmentKind
from guardrail_gw.detection.detectable import is_transformer
from guardrail_gw.detection.engine import Engine
from guardrail_gw.detection.rules.every import RULES
from guardrail_gw.detection.settings import DetectionSettings
from guardrail_gw.errors import ConfigError

if TYPE_CHECKING:
    from guardrail_gw.detection.ner import SpacyNames
    from guardrail_gw.detection.transformer import TransformerNames

CANARY = Segment(text="Write to canary@example.com, or call 030 901820.", place="")
"""Scanned before a detector is ready; the number makes the numbering plans load before the fork."""


class Loaded(NamedTuple):
    """An engine and what identifies it."""

    engine: Engine
    digest: str
    """Changes when the model or the settings do."""
    note: str | None
    """What the operator should know; nothing of it stops the start."""


def load_engine(settings: DetectionSettings) -> Loaded:
    """Load rules, recognizers and model, and scan a first text with them.

    Raises:
        ConfigError: something configured cannot be loaded, or does not detect.
    """
    digest = sha256(repr(sorted(settings.wire().items())).encode())
    rules, is_ours = RULES, settings.model is None
    if settings.recognizers or settings.recognizer_files:
        is_ours = False
        from guardrail_gw.detection import presidio  # noqa: PLC0415 - imports spaCy

        rules += presidio.load(
            names=settings.recognizers,
            files=settings.recognizer_files,
            timeout_s=settings.pattern_timeout_s,
        )
        for path in settings.recognizer_files:
            digest.update(path.read_bytes())
    names = None
    if settings.model is not None:
        names = _names(settings.model)
        digest.update(names.digest.encode())
    engine = Engine(rules=rules, names=names, required=settings.require)
    with spared(BY_RULES if is_ours else {}):
        engine.warm()
        found = engine.scan([(CANARY.text, SegmentKind.PROSE)])[0]
    if not found:
        raise ConfigError("the detectors do not find the e-mail address of the canary text")
    return Loaded(engine, digest.hexdigest(), names.note if names else None)


def _names(model: Path) -> "SpacyNames | TransformerNames":
    """The model in a folder, of either kind."""
    if is_transformer(model):
        from guardrail_gw.detection.transformer import TransformerNames  # noqa: PLC0415 - an extra

        return TransformerNames(model)
    from guardrail_gw.detection.ner import SpacyNames  # noqa: PLC0415 - imports spaCy

    return SpacyNames(model)
