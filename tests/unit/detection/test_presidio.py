"""Presidio's recognizers as rules."""

from pathlib import Path

import pytest

from guardrail_gw.detection import presidio
from guardrail_gw.detection.presidio import PatternTimeout
from guardrail_gw.errors import ConfigError

OWN = """
recognizers:
  - name: Staff
    supported_entity: STAFF_ID
    supported_languages:
      - language: de
        context: [personalnummer]
    patterns:
      - {name: staff, regex: 'S-[0-9]{4}', score: 0.3}
  - name: MacAddressRecognizer
    type: predefined
  - {name: Off, enabled: false, supported_entity: NO, deny_list: [x]}
"""
CLASS = """
from presidio_analyzer import Pattern, PatternRecognizer


class Staff(PatternRecognizer):
    def __init__(self):
        super().__init__("STAFF_ID", patterns=[Pattern("staff", "S-[0-9]{4}", 0.8)])
"""
SLOW = """
recognizers:
  - name: Slow
    supported_entity: SLOW
    patterns: [{name: slow, regex: '(a+)+(a+)+(a+)+!', score: 0.5}]
"""


def written(folder: Path, text: str) -> Path:
    """A recognizer file."""
    path = folder / "recognizers.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("name", "entity", "text"),
    [
        ("DeTaxIdRecognizer", "DE_TAX_ID", "Steuer-ID 86095742719"),
        ("EsNifRecognizer", "ES_NIF", "DNI 12345678Z"),
        ("ItFiscalCodeRecognizer", "IT_FISCAL_CODE", "RSSMRA85T10A562S"),
        ("PlPeselRecognizer", "PL_PESEL", "PESEL 44051401359"),
        ("NhsRecognizer", "UK_NHS", "NHS number 943 476 5919"),
        ("UkNinoRecognizer", "UK_NINO", "AB123456C"),
        ("FiPersonalIdentityCodeRecognizer", "FI_PERSONAL_IDENTITY_CODE", "131052-308T"),
    ],
)
def test_a_named_recognizer_finds_its_kind(name: str, entity: str, text: str) -> None:
    """Presidio's recognizers can be named, and find their kind in any text."""
    (rule,) = presidio.load(names=(name,), files=(), timeout_s=1)

    assert [finding.entity for finding in rule.find(text)] == [entity]


def test_a_class_of_the_operator_takes_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A recognizer in Python is named by its module and runs as it is."""
    (tmp_path / "acme_staff.py").write_text(CLASS, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    (rule,) = presidio.load(names=["acme_staff:Staff"], files=[], timeout_s=1.0)

    found = list(rule.find("ask S-1234"))

    assert [(f.start, f.end, f.entity) for f in found] == [(4, 10, "STAFF_ID")]


@pytest.mark.parametrize("name", ["acme_staff:Nobody", "no_such_module:Staff", "json:loads"])
def test_a_class_that_is_none_stops_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """No such class, no such module, or something else than a recognizer."""
    (tmp_path / "acme_staff.py").write_text(CLASS, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))

    with pytest.raises(ConfigError):
        presidio.load(names=[name], files=[], timeout_s=1.0)


def test_a_recognizer_of_upstream_asks_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Checking the domain of an address opens no connection: the list that is built in counts."""
    asked: list[object] = []
    monkeypatch.setattr("requests.Session.get", lambda _, url, **__: asked.append(url))
    (rule,) = presidio.load(names=["EmailRecognizer"], files=[], timeout_s=1.0)

    found = list(rule.find("write to anna@example.co.uk"))

    assert [finding.entity for finding in found] == ["EMAIL_ADDRESS"]
    assert asked == []


def test_a_weak_check_needs_context() -> None:
    """Ten digits that pass modulo 11 score low alone, and high beside a word that names them."""
    (rule,) = presidio.load(names=("NhsRecognizer",), files=(), timeout_s=1)

    (alone,) = rule.find("row 9434765919")
    (beside,) = rule.find("nhs number 9434765919")
    (within,) = rule.find("xnhsx 9434765919")

    assert alone.score == within.score == 0.3
    assert beside.score == 0.65


def test_a_file_of_the_operator_loads(tmp_path: Path) -> None:
    """Patterns, context per language, predefined names and switched-off entries work."""
    rules = presidio.load(names=(), files=(written(tmp_path, OWN),), timeout_s=1)

    assert [sorted(rule.entities) for rule in rules] == [["STAFF_ID"], ["MAC_ADDRESS"]]
    assert [f.score for f in rules[0].find("S-1234, Personalnummer S-1234")] == [0.65, 0.65]
    assert [f.score for f in rules[0].find("room S-1234")] == [0.3]


def test_a_pattern_out_of_time_is_an_error(tmp_path: Path) -> None:
    """Upstream would report nothing found; here nobody may take the text for clean."""
    (rule,) = presidio.load(names=(), files=(written(tmp_path, SLOW),), timeout_s=0.05)

    with pytest.raises(PatternTimeout):
        list(rule.find("a" * 5_000))


@pytest.mark.parametrize(
    "text",
    [
        "[",
        "recognizers: [7]",
        "x: 1",
        "recognizers: [{name: Nobody}]",
        "recognizers: [{supported_entity: A, patterns: [{name: a, regex: '(', score: 1}]}]",
    ],
)
def test_a_file_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    """A file that cannot be used stops the start."""
    with pytest.raises(ConfigError):
        presidio.load(names=(), files=(written(tmp_path, text),), timeout_s=1)
