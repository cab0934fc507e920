"""Presidio's recognizers as rules of ours: its own by name, the operator's from its YAML files.

Three things differ from Presidio's AnalyzerEngine. A recognizer runs on every text, whatever its
language. A pattern that runs out of time is an error, not an empty answer (upstream logs it and
goes on). Context words count as whole words in a bounded window, at a cost that does not grow
with the text.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import yaml

from guardrail_gw.core.text import Entity, Finding
from guardrail_gw.detection.rules.context import Words, near, phrases
from guardrail_gw.detection.rules.rule import NOTHING, Needs, Rule
from guardrail_gw.errors import ConfigError

if TYPE_CHECKING:
    from presidio_analyzer import EntityRecognizer

BOOST, BOOSTED_MIN = 0.35, 0.4
"""What a context word adds, and the least it makes of a score: Presidio's own defaults."""

CHANCE: Mapping[str, float] = MappingProxyType(
    {
        "DE_ID_CARD": 0.35,  # check digit modulo 10
        "DE_PASSPORT": 0.35,  # ditto
        "ES_NIE": 0.6,  # a letter of 23
        "ES_NIF": 0.6,  # ditto
        "PL_PESEL": 0.6,  # 1.8 % with the date
        "UK_NHS": 0.3,  # modulo 11 on ten digits: one timestamp in eleven
    }
)
"""The most a match without context may score: upstream gives 1.0 to whatever its check passes."""

NEEDS: Mapping[str, Needs] = MappingProxyType(
    {
        "DeSocialSecurityRecognizer": Needs(digits=11),
        "DeTaxIdRecognizer": Needs(digits=11),
        "EsNieRecognizer": Needs(digits=7),
        "EsNifRecognizer": Needs(digits=7),
        "FiPersonalIdentityCodeRecognizer": Needs(digits=9),
        "NhsRecognizer": Needs(digits=10),
        "PlPeselRecognizer": Needs(digits=11),
        "SePersonnummerRecognizer": Needs(digits=10),
        "UkNinoRecognizer": Needs(digits=6),
    }
)
"""Digits that stand in whatever upstream's patterns match. The others read every text."""


class PatternTimeout(Exception):  # noqa: N818 - named for what happened
    """A pattern took longer than allowed, so the text was not scanned whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bounded:
    """A compiled pattern that raises when its time is up.

    Upstream catches TimeoutError and reports nothing; it does not catch this.
    """

    compiled: Any
    timeout_s: float

    def finditer(self, text: str, timeout: float | None = None) -> Iterator[Any]:  # noqa: ARG002 - upstream's signature
        try:
            yield from self.compiled.finditer(text, timeout=self.timeout_s)
        except TimeoutError:
            raise PatternTimeout from None


def load(*, names: Sequence[str], files: Sequence[Path], timeout_s: float) -> tuple[Rule, ...]:
    """Load recognizers as rules.

    Raises:
        ConfigError: an unknown name, a file that cannot be read, a recognizer that cannot run.
    """
    if not names and not files:
        return ()
    logging.getLogger("presidio-analyzer").disabled = True  # it may log what it matched
    _stay_off_the_network()
    built = [_predefined(name) for name in names]
    for path in files:
        built.extend(_from_file(path))
    return tuple(_rule(recognizer, timeout_s) for recognizer in built)


def _stay_off_the_network() -> None:
    """Upstream's e-mail recognizer fetches a list of domains at its first match; one is built in.

    Source: tldextract, "Note about caching": without URLs it reads the list that it ships.
    """
    import tldextract  # noqa: PLC0415 - slow

    tldextract.tldextract.TLD_EXTRACTOR = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)


def _predefined(name: str) -> "EntityRecognizer":
    from presidio_analyzer import EntityRecognizer, predefined_recognizers  # noqa: PLC0415 - slow

    kind = _imported(name) if ":" in name else getattr(predefined_recognizers, name, None)
    if not (isinstance(kind, type) and issubclass(kind, EntityRecognizer)):
        raise ConfigError(
            f"{name} is not a recognizer: neither of the installed Presidio nor 'module:Class'"
        )
    try:
        return _built(kind)
    except Exception as error:
        raise ConfigError(f"the recognizer {name} cannot start: {type(error).__name__}") from error


def _imported(name: str) -> object:
    """The operator's own class, written as `module:Class`."""
    module, _, kind = name.partition(":")
    try:
        return getattr(import_module(module), kind, None)
    except Exception as error:
        raise ConfigError(f"{module} cannot be imported: {type(error).__name__}") from error


def _built(kind: Any) -> "EntityRecognizer":  # noqa: ANN401 - each class has its own signature
    recognizer: EntityRecognizer = kind()
    return recognizer


def _from_file(path: Path) -> Iterator["EntityRecognizer"]:
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        entries = document["recognizers"]
    except (OSError, UnicodeDecodeError, yaml.YAMLError, KeyError, TypeError) as error:
        raise ConfigError(f"{path.name} is not a Presidio recognizer file") from error
    for number, entry in enumerate(entries or (), start=1):
        if isinstance(entry, str):
            yield _predefined(entry)
        elif not isinstance(entry, dict):
            raise ConfigError(f"{path.name}: recognizer {number} is neither a name nor a mapping")
        elif entry.get("enabled", True):
            yield _from_entry(path.name, number, entry)


def _from_entry(file: str, number: int, entry: Mapping[str, Any]) -> "EntityRecognizer":
    from presidio_analyzer import PatternRecognizer  # noqa: PLC0415 - slow

    if entry.get("type") == "predefined" or not (entry.get("patterns") or entry.get("deny_list")):
        return _predefined(str(entry.get("class_name") or entry.get("name")))
    kept = {key: entry[key] for key in _PATTERN_KEYS if entry.get(key) is not None}
    kept["context"] = [*(entry.get("context") or ()), *_language_contexts(entry)]
    try:
        return PatternRecognizer.from_dict(kept)
    except Exception as error:
        raise ConfigError(
            f"{file}: recognizer {number} cannot be built: {type(error).__name__}"
        ) from error


_PATTERN_KEYS = (
    "name",
    "supported_entity",
    "supported_entities",
    "patterns",
    "deny_list",
    "deny_list_score",
)


def _language_contexts(entry: Mapping[str, Any]) -> Iterator[str]:
    """Context words given per language; all of them count, for any text."""
    for language in entry.get("supported_languages") or ():
        if isinstance(language, dict):
            yield from language.get("context") or ()


def _rule(recognizer: "EntityRecognizer", timeout_s: float) -> Rule:
    name = str(recognizer.name)  # type: ignore[has-type]  # upstream leaves it open
    _bound(recognizer, timeout_s)
    rule = Rule(
        name=name,
        entities=frozenset(map(Entity, recognizer.supported_entities)),
        find=_finder(recognizer, phrases(getattr(recognizer, "context", None) or ())),
        needs=NEEDS.get(type(recognizer).__name__, NOTHING),
    )
    try:
        list(rule.find("A text without anything in it 12345678901"))
    except Exception as error:
        raise ConfigError(f"the recognizer {name} cannot run: {type(error).__name__}") from error
    return rule


def _bound(recognizer: "EntityRecognizer", timeout_s: float) -> None:
    """Give each pattern our time limit."""
    import regex  # noqa: PLC0415 - Presidio's own engine

    flags = getattr(recognizer, "global_regex_flags", None)
    for pattern in getattr(recognizer, "patterns", None) or ():
        try:
            compiled = regex.compile(pattern.regex, flags=flags)
        except regex.error as error:
            raise ConfigError("a recognizer has a pattern that is none") from error
        pattern.compiled_with_flags = flags
        pattern.compiled_regex = _Bounded(compiled=compiled, timeout_s=timeout_s)


def _finder(recognizer: "EntityRecognizer", words: Words) -> Callable[[str], Iterable[Finding]]:
    entities = list(recognizer.supported_entities)
    analyze: Any = recognizer.analyze  # without the artifacts of a language model
    patterns = getattr(recognizer, "patterns", None) or ()
    name = str(recognizer.name)  # type: ignore[has-type]  # upstream leaves it open

    def find(text: str) -> Iterator[Finding]:
        results = analyze(text, entities, None) or ()
        if not all(type(pattern.compiled_regex) is _Bounded for pattern in patterns):
            raise PatternTimeout  # it compiled its own, and nothing bounds that
        for result in results:
            score = _score(
                result.entity_type,
                result.score,
                is_near=bool(words) and near(text, result.start, result.end, words),
            )
            yield Finding(
                start=result.start,
                end=result.end,
                entity=Entity(result.entity_type),
                score=score,
                recognizer=name,
            )

    return find


def _score(entity: str, score: float, *, is_near: bool) -> float:
    score = min(score, CHANCE.get(entity, 1.0))
    return round(min(1.0, max(score + BOOST, BOOSTED_MIN)) if is_near else score, 4)
