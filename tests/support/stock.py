"""Stock Presidio: its own engine and recognizers, with the spaCy pipeline that we are given."""

import logging
import warnings
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import tldextract
from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
from presidio_analyzer.nlp_engine import NerModelConfiguration, SpacyNlpEngine

LANGUAGES = ("en", "de", "es", "fr", "nl", "ro")
Scored = tuple[int, int, str, float]
"""Start, end, entity, score."""


class Stock:
    """An `AnalyzerEngine` as its documentation builds one.

    Args:
        model: a spaCy pipeline's folder; its labels are taken as they are, none is left out.
        names: class names of recognizers; None means those that Presidio enables by itself.
    """

    def __init__(self, model: Path, names: Sequence[str] | None = None) -> None:
        logging.getLogger("presidio-analyzer").disabled = True
        # stock looks up a list of domains on the network; the one in the package is the same
        tldextract.tldextract.TLD_EXTRACTOR = tldextract.TLDExtract(suffix_list_urls=())
        nlp = _nlp_engine(model)
        registry = RecognizerRegistry(supported_languages=list(LANGUAGES))
        if names is None:
            registry.load_predefined_recognizers(languages=list(LANGUAGES), nlp_engine=nlp)
        else:
            for recognizer in _recognizers(names):
                registry.add_recognizer(recognizer)
            registry.add_nlp_recognizer(nlp_engine=nlp)
        self._engine = AnalyzerEngine(
            registry=registry, nlp_engine=nlp, supported_languages=list(LANGUAGES)
        )

    def find(self, text: str, language: str = "en") -> list[Scored]:
        """What it reports, every score; a language that it does not know is taken for English."""
        known = language if language in LANGUAGES else "en"
        results = self._engine.analyze(text, language=known)
        return [(r.start, r.end, r.entity_type, r.score) for r in results]


def _nlp_engine(model: Path) -> SpacyNlpEngine:
    import spacy  # noqa: PLC0415 - only benches and the differential test need it

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        nlp = spacy.load(model)
    labels = nlp.get_pipe("ner").labels  # type: ignore[attr-defined]  # untyped component
    engine = SpacyNlpEngine(
        models=[{"lang_code": language, "model_name": str(model)} for language in LANGUAGES],
        ner_model_configuration=NerModelConfiguration(
            model_to_presidio_entity_mapping={label: label for label in labels},
            labels_to_ignore=[],
        ),
    )
    # one pipeline for all: it is multilingual
    engine.nlp = dict.fromkeys(LANGUAGES, nlp)  # type: ignore[assignment]  # None until loaded
    return engine


def _recognizers(names: Iterable[str]) -> Iterable[Any]:
    from presidio_analyzer import predefined_recognizers  # noqa: PLC0415 - ditto

    for name in names:
        yield getattr(predefined_recognizers, name)(supported_language="en")
