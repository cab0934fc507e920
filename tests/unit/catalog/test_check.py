"""What the checks of a catalog see, each of them with a fault planted."""

from datetime import date
from pathlib import Path

import pytest

from guardrail_gw.catalog.catalog import Catalog
from guardrail_gw.catalog.check import Grade, check
from tests.unit.catalog.test_files import OWN, overlay, price

TODAY = date(2026, 11, 26)
DIALECTS = frozenset({"openai_chat"})
FINE = OWN.format(url="https://llm.acme.example/v1", host=r"llm\.acme\.example", place="FI")


def said(folder: Path, *, today: date = TODAY) -> list[tuple[str, str, str]]:
    """The remarks about one provider."""
    files = Catalog.load([folder]).files
    return [(r.grade, r.place, r.said) for r in check(files, ["acme"], today, DIALECTS)]


def test_a_sound_entry_has_no_remark(tmp_path: Path) -> None:
    """A provider with a place, a matching host and a price is fine."""
    assert said(price(overlay(tmp_path, "acme", FINE), "acme", "m", "1")) == []


@pytest.mark.parametrize(
    ("old", "new", "place", "words"),
    [
        (r"host: llm\.acme", r"host: lm\.acme", "acme: eu", "does not belong to region 'eu'"),
        ("https://llm.acme.example/v1", "https://LLM.acme.example", "acme: eu", "in lower case"),
        (
            "https://llm.acme.example/v1\n    host: llm\\.acme\\.example",
            "https://api.openai.com/v1\n    host: api\\.openai\\.com",
            "acme: eu",
            "is openai's in region 'global'",
        ),
        ("2026-11-01", "2026-12-24", "acme", "region eu: verified on a day to come, 2026-12-24"),
    ],
)
def test_a_fault_is_seen(tmp_path: Path, old: str, new: str, place: str, words: str) -> None:
    """A host that does not match, or is somebody else's, and a date that cannot be."""
    assert old in FINE

    remarks = said(overlay(tmp_path, "acme", FINE.replace(old, new)))

    assert [(grade, at) for grade, at, _ in remarks] == [(Grade.FAULT, place)]
    assert words in remarks[0][2]


@pytest.mark.parametrize(
    ("rates", "words"),
    [
        ('"input": "1", "cached_input": "2"', "cached_input costs more than input"),
        (
            '"input": "1", "cached_input": "0.5", "cache_write": "0.4"',
            "cached_input costs more than cache_write",
        ),
        (
            '"input": "1", "cache_write": "2", "cache_write_long": "1"',
            "cache_write costs more than cache_write_long",
        ),
        (
            '"input": "2", "above": {"9000": {"input": "1"}}',
            "above 9000: input costs less than below it",
        ),
    ],
)
def test_a_price_that_no_provider_asks_is_a_fault(tmp_path: Path, rates: str, words: str) -> None:
    """Classes of tokens keep their order."""
    folder = price(overlay(tmp_path, "acme", FINE), "acme", "m", "1")
    path = folder / "models" / "acme.json"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('"input": "1"', rates), encoding="utf-8")

    assert said(folder) == [(Grade.FAULT, "acme: m", words)]


def test_old_facts_are_warned_of(tmp_path: Path) -> None:
    """Half a year is fine, a day more is not."""
    folder = price(overlay(tmp_path, "acme", FINE), "acme", "m", "1")

    assert said(folder, today=date(2027, 4, 30)) == []
    assert said(folder, today=date(2027, 5, 1)) == [
        (Grade.WARNING, "acme", "region eu: last verified 181 days ago"),
        (Grade.WARNING, "acme", "models of own: last verified 181 days ago"),
    ]


def test_an_old_word_on_parameters_is_warned_of(tmp_path: Path) -> None:
    """It says which."""
    entry = (
        "parameters:\n  - {says: it answers 400, dialects: [openai_chat], drop: [seed],"
        ' source: "https://acme.example", verified_on: "2026-01-01"}\n'
    )

    remarks = said(overlay(tmp_path, "acme", FINE + entry))

    assert (
        Grade.WARNING,
        "acme",
        "parameters, it answers 400: last verified 329 days ago",
    ) in remarks


def test_a_retired_model_and_an_unheard_of_dialect_are_warned_of(tmp_path: Path) -> None:
    """Neither stops anybody, both are worth a look."""
    odd = FINE.replace("[openai_chat]", "[openai_chta]")
    folder = price(overlay(tmp_path, "acme", odd), "acme", "m", "1")
    path = folder / "models" / "acme.json"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('"by"', '"retires": "2026-11-25", "by"'), encoding="utf-8")

    assert said(folder) == [
        (Grade.WARNING, "acme", "speaks openai_chta, which nothing else does; is it spelt so?"),
        (Grade.WARNING, "acme: m", "retired on 2026-11-25"),
    ]
