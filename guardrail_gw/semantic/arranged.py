"""What sorts requests into route classes, as the configuration has it."""

from typing import TYPE_CHECKING

from guardrail_gw.core.objective import Objective
from guardrail_gw.core.ports import Clock
from guardrail_gw.documents import closest, suggestion
from guardrail_gw.errors import ConfigError
from guardrail_gw.settings import Settings

if TYPE_CHECKING:
    from guardrail_gw.semantic.classifier import SemanticClassifier


def arranged_classifier(settings: Settings, clock: Clock) -> "SemanticClassifier | None":
    """It, not started; None where no model asks for it, and then nothing of it is imported.

    Raises:
        ConfigError: the extra is missing, or the classes are none, or not those of the models.
    """
    config = settings.gateway.semantic
    models = [m for m in settings.gateway.models if m.objective is Objective.SEMANTIC]
    if config is None or not models:
        return None
    from guardrail_gw.semantic.classes import load_classes  # noqa: PLC0415 - only where configured
    from guardrail_gw.semantic.classifier import SemanticClassifier  # noqa: PLC0415 - ditto
    from guardrail_gw.semantic.installed import check_installed  # noqa: PLC0415 - ditto

    check_installed()
    classes = load_classes(settings.resolve(config.classes))
    for model in models:
        for name in model.classes:
            if name not in classes.examples:
                near = suggestion(closest(name, classes.examples))
                raise ConfigError(
                    f"{settings.path}: models: {model.name}: {config.classes} has no class"
                    f" {name!r}{near}"
                )
    return SemanticClassifier(classes, clock, deadline_s=config.deadline_ms / 1000)
