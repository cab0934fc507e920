"""What policy documents may speak of, given how detection is configured."""

from collections.abc import Mapping
from pathlib import Path

import click

from guardrail_gw.catalog.catalog import Catalog
from guardrail_gw.detection.arranged import detection_settings
from guardrail_gw.detection.detectable import detectable, elsewhere, looks_only
from guardrail_gw.detection.settings import DetectionSettings
from guardrail_gw.dialects.every import SURFACES
from guardrail_gw.policy.condition import conditions_installed
from guardrail_gw.policy.explanation import Place
from guardrail_gw.policy.vocabulary import Vocabulary, surrogates_installed
from guardrail_gw.settings import Settings

FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)
FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
AS_JSON = click.option("--json", "as_json", is_flag=True, help="For machines.")


def detection(config: Path | None) -> DetectionSettings:
    """How a gateway.yaml detects; without one, as shipped."""
    return detection_settings(Settings.load(config)) if config else DetectionSettings()


def vocabulary(settings: DetectionSettings) -> Vocabulary:
    """The entities that these detectors find, and the places and surfaces that exist.

    Raises:
        ConfigError: a model or a recognizer cannot be read.
    """
    return Vocabulary(
        detectable=detectable(settings),
        jurisdictions=Catalog.load().jurisdictions.members,
        surfaces=SURFACES,
        looks_only=looks_only(settings),
        surrogates=surrogates_installed(),
        conditions=conditions_installed(),
        elsewhere=elsewhere(),
    )


def places(config: Path | None) -> Mapping[str, Place]:
    """Deployment -> where it is, by a gateway.yaml; nothing without one."""
    if config is None:
        return {}
    settings = Settings.load(config)
    catalog = settings.catalog()
    known = (catalog.deployment(each) for each in settings.gateway.deployments)
    return {d.id: Place(inference=d.inference, storage=d.storage) for d in known}


def routes(settings: Settings) -> Mapping[str, Mapping[str, Place]]:
    """Virtual model -> deployment -> where it is."""
    known = places(settings.path)
    return {
        model.name: {name: known[name] for name in model.deployments}
        for model in settings.gateway.models
    }
