"""What policy documents may speak of, given how detection is configured."""

from guardrail_gw.catalog.catalog import Catalog
from guardrail_gw.detection.detectable import detectable, elsewhere, looks_only
from guardrail_gw.detection.settings import DetectionSettings
from guardrail_gw.dialects.every import SURFACES
from guardrail_gw.policy.vocabulary import Vocabulary, surrogates_installed


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
        elsewhere=elsewhere(),
    )
