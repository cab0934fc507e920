"""What can be found, told without starting detectors."""

from pathlib import Path

import pytest

from guardrail_gw.core.text import Entity
from guardrail_gw.detection.detectable import detectable, elsewhere
from guardrail_gw.detection.load import load_engine
from guardrail_gw.detection.settings import DetectionSettings
from guardrail_gw.errors import ConfigError


def test_what_is_told_is_what_the_engine_finds() -> None:
    """The static answer and the loaded engine's own agree, with a model and without."""
    for settings in (DetectionSettings(), DetectionSettings(model=None, recognizers=())):
        assert detectable(settings) == load_engine(settings).engine.entities


def test_a_model_without_labels_is_refused(tmp_path: Path) -> None:
    """A folder that says nothing about its labels is a configuration error."""
    with pytest.raises(ConfigError):
        detectable(DetectionSettings(model=tmp_path))


def test_what_only_other_states_have_is_told_with_them() -> None:
    """An identifier is `elsewhere` when every rule that finds it is for a state outside Europe."""
    entities = elsewhere()

    assert entities[Entity("US_SSN")] == {"US"}
    assert Entity("NL_BSN") not in entities
    assert Entity("EMAIL_ADDRESS") not in entities
