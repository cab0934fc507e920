"""The files of models: a line for each, and nothing lost on the way."""

from datetime import date
from decimal import Decimal
from pathlib import Path

from hypothesis import given, strategies as st

from guardrail_gw.catalog.imports.writing import text, write
from guardrail_gw.catalog.model_facts import Import, ModelFact, ModelsFile, PriceFact, RateFact

TAKEN = Import(
    source="https://example.org", version="7", licence="MIT", verified_on=date(2026, 11, 1)
)
AMOUNTS = st.decimals("0.000001", "99999", places=6)
RATES = st.builds(RateFact, input=st.none() | AMOUNTS, cached_input=st.none() | AMOUNTS)
PRICES = st.builds(
    PriceFact,
    input=AMOUNTS,
    output=st.none() | AMOUNTS,
    above=st.dictionaries(st.sampled_from(["32000", "200000"]), RATES),
)
MODELS = st.builds(
    ModelFact,
    context=st.none() | st.integers(1, 10**7),
    takes=st.sampled_from([(), ("text",), ("text", "image")]),
    can=st.sampled_from([(), ("tools", "reasoning")]),
    price=st.none() | PRICES,
    retires=st.none() | st.dates(),
    by=st.just("x-7"),
)


@given(models=st.dictionaries(st.text("abc/:@. \"'é", min_size=1, max_size=9), MODELS, max_size=4))
def test_what_is_written_is_read(models: dict[str, ModelFact]) -> None:
    """Every fact comes back as it was, one line for each model, sorted by name."""
    written = text("acme", {"x-7": TAKEN}, models)
    file = ModelsFile.model_validate_json(written, strict=True)

    assert file.models == models
    assert list(file.models) == sorted(models)
    assert written.count("\n  ") == len(models) + len(file.imports)


def test_what_stands_there_stays(tmp_path: Path) -> None:
    """Writing again replaces what is given, and drops imports that nothing was taken from."""
    newer = TAKEN.model_copy(update={"version": "8"})
    old, new = ModelFact(by="x-7"), ModelFact(by="x-8", context=5)

    write(tmp_path, "acme", {"x-7": TAKEN}, {"a": old, "b": old})
    path = write(tmp_path, "acme", {"x-8": newer}, {"b": new})
    between = ModelsFile.model_validate_json(path.read_bytes())
    write(tmp_path, "acme", {"x-8": newer}, {"a": new})
    last = ModelsFile.model_validate_json(path.read_bytes())

    assert between.models == {"a": old, "b": new}
    assert between.imports == {"x-7": TAKEN, "x-8": newer}
    assert last.imports == {"x-8": newer}


def test_amounts_are_text() -> None:
    """So that no digit is lost, and none is added."""
    price = PriceFact(input=Decimal("0.10"), output=Decimal("1E+1"))

    written = text("acme", {"x-7": TAKEN}, {"m": ModelFact(price=price, by="x-7")})

    assert '"input": "0.10"' in written
