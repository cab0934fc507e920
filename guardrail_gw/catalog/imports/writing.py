"""Writes what is known of a provider's models: a line for each, sorted, for diffs to be read."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from guardrail_gw.catalog.model_facts import Import, ModelFact, ModelsFile


def text(provider: str, imports: Mapping[str, Import], models: Mapping[str, ModelFact]) -> str:
    """The whole file; imports that no model was taken from are left out."""
    used = {model.by for model in models.values()}
    kept = {name: fact for name, fact in sorted(imports.items()) if name in used}
    return "\n".join(
        (
            "{",
            f'"provider": {json.dumps(provider)},',
            '"imports": {',
            *_lines({name: fact.model_dump(mode="json") for name, fact in kept.items()}),
            "},",
            '"models": {',
            *_lines({name: _stated(model) for name, model in sorted(models.items())}),
            "}",
            "}",
            "",
        )
    )


def write(
    folder: Path, provider: str, imports: Mapping[str, Import], models: Mapping[str, ModelFact]
) -> Path:
    """Put models into a folder's file; those that stand there and are not given anew stay."""
    path = folder / "models" / f"{provider}.json"
    if path.exists():
        there = ModelsFile.model_validate_json(path.read_bytes(), strict=True)
        imports, models = {**there.imports, **imports}, {**there.models, **models}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text(provider, imports, models), encoding="utf-8")
    return path


def _stated(model: ModelFact) -> dict[str, object]:
    """Without what is unknown."""
    return model.model_dump(mode="json", exclude_defaults=True, exclude_none=True)


def _lines(rows: Mapping[str, object]) -> Iterator[str]:
    last = len(rows) - 1
    for place, (name, row) in enumerate(rows.items()):
        comma = "," if place < last else ""
        yield f"  {json.dumps(name)}: {json.dumps(row)}{comma}"
