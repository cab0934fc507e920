"""`make sbom`: what the image holds as CycloneDX 1.6, and under which licences, as a page.

Made of the lock and of the metadata of what is installed; no time is in it, so that it is the same
from the same.
Source: CycloneDX 1.6 (ECMA-424), JSON.
"""

import json
import tomllib
import uuid
from collections.abc import Iterable
from importlib.metadata import requires
from pathlib import Path
from typing import Any, Final

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name

from deploy.recipe.licences import expression, texts
from deploy.recipe.lock import IMAGE, LOCK, Locked, locked
from deploy.recipe.places import DEPLOY
from guardrail_gw import __version__

_OURS: Final = "guardrail-gw"
_PURL: Final = f"pkg:pypi/{_OURS}@{__version__}"
_MODEL: Final = DEPLOY.parent / "models" / "guardrail_xx_ner"
_EXTRAS: Final = ("otel", "postgres", "redis", "s3")
"""Of the project; the image has them."""


def bom() -> str:
    """The bill of materials.

    Raises:
        UnknownLicence: a package of which nobody knows whether it may be shipped.
    """
    packages = locked()
    whole = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, LOCK.read_text() + _PURL)}",
        "version": 1,
        "metadata": {"component": _project()},
        "components": [_model(), *map(_component, packages)],
        "dependencies": _dependencies(packages),
    }
    text = json.dumps(whole, indent=1) + "\n"
    if fault := JsonStrictValidator(SchemaVersion.V1_6).validate_str(text):
        raise ValueError(f"no bill of materials: {fault}")
    return text


def licences() -> str:
    """The page: each package with its licence, then the texts that its wheel carries."""
    packages = locked()
    rows = [f"| {p.name} | {p.version} | {expression(p)} |" for p in packages]
    parts = [
        f"# Licences of guardrail-gw {__version__} and of what its image holds\n",
        "The project and its language model: Apache-2.0 (LICENSE). The base image has its own.\n",
        "\n".join(["| package | version | licence |", "|---|---|---|", *rows, ""]),
    ]
    for package in packages:
        for name, text in texts(package).items():
            quoted = "\n".join(f"    {line}".rstrip() for line in text.splitlines())
            parts.append(f"## {package.name}: {name}\n\n{quoted}\n")
    return "\n".join(parts)


def _project() -> dict[str, Any]:
    return {
        "type": "application",
        "bom-ref": _PURL,
        "name": _OURS,
        "version": __version__,
        "licenses": [{"license": {"id": "Apache-2.0"}}],
        "purl": _PURL,
    }


def _model() -> dict[str, Any]:
    about = json.loads((_MODEL / "meta.json").read_text(encoding="utf-8"))
    return {
        "type": "machine-learning-model",
        "bom-ref": f"{_MODEL.name}@{about['version']}",
        "name": _MODEL.name,
        "version": about["version"],
        "description": about["description"],
        "licenses": [{"license": {"id": about["license"]}}],
    }


def _component(package: Locked) -> dict[str, Any]:
    said = expression(package)
    is_one = " " not in said
    return {
        "type": "library",
        "bom-ref": package.purl,
        "name": package.name,
        "version": package.version,
        "licenses": [{"license": {"id": said}}] if is_one else [{"expression": said}],
        "purl": package.purl,
        "externalReferences": [
            {
                "type": "distribution",
                "url": package.purl,
                "comment": "each archive that the lock lets in",
                "hashes": [{"alg": "SHA-256", "content": each} for each in package.archives],
            }
        ],
    }


def _dependencies(packages: list[Locked]) -> list[dict[str, Any]]:
    """Who needs whom, of what the lock names."""
    known = {canonicalize_name(package.name): package.purl for package in packages}
    ours = [known[name] for name in _named(_direct()) if name in known]
    model = _model()["bom-ref"]
    return [
        {"ref": _PURL, "dependsOn": sorted({*ours, model})},
        {"ref": model, "dependsOn": [known[canonicalize_name("spacy")]]},
        *(
            {"ref": p.purl, "dependsOn": sorted({known[n] for n in _needed(p.name) if n in known})}
            for p in packages
        ),
    ]


def _direct() -> list[str]:
    """What the project asks for, with the extras that the image has."""
    project = tomllib.loads((DEPLOY.parent / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    return [*project["dependencies"], *(line for name in _EXTRAS for line in extras[name])]


def _needed(name: str) -> list[NormalizedName]:
    return _named(requires(name) or ())


def _named(lines: Iterable[str]) -> list[NormalizedName]:
    asked = [Requirement(line) for line in lines]
    return [
        canonicalize_name(each.name)
        for each in asked
        if each.marker is None or each.marker.evaluate(IMAGE | {"extra": ""})
    ]


def main(folder: Path) -> None:
    """Write both."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "guardrail-gw.cdx.json").write_text(bom(), encoding="utf-8")
    (folder / "licences.md").write_text(licences(), encoding="utf-8")
    print(f"written: {folder}/guardrail-gw.cdx.json, licences.md")


if __name__ == "__main__":
    main(Path("build/sbom"))
