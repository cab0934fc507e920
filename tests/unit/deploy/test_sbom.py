"""The bill of materials names what the image holds, and nothing of unknown licence is in it."""

import json
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from deploy.recipe.licences import UnknownLicence, expression, texts
from deploy.recipe.lock import Locked, locked
from deploy.recipe.sbom import bom, licences
from tests.house.sources import ROOT


@pytest.fixture(scope="module")
def text() -> str:
    """The bill of materials; it was validated when it was made."""
    return bom()


@pytest.fixture(scope="module")
def made(text: str) -> Any:
    """The same, read."""
    return json.loads(text)


def test_it_is_the_same_when_it_is_made_again(text: str) -> None:
    """Nothing in it depends on when it is made; and what is no CycloneDX would be refused."""
    assert bom() == text
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text.replace("purl", "pUrl", 1))


def test_it_names_each_package_of_the_lock(made: Any) -> None:
    """With its version, its licence and the digests of its archives; and the model beside them."""
    libraries = {c["name"]: c for c in made["components"] if c["type"] == "library"}
    models = [c["name"] for c in made["components"] if c["type"] == "machine-learning-model"]

    assert set(libraries) == {package.name for package in locked()}
    assert all(c["licenses"] for c in libraries.values())
    assert all(c["externalReferences"][0]["hashes"] for c in libraries.values())
    assert models == ["guardrail_xx_ner"]


def test_everything_in_it_is_there_for_somebody(made: Any) -> None:
    """Whatever the image holds is needed by the project, directly or through others."""
    edges = {each["ref"]: each["dependsOn"] for each in made["dependencies"]}
    reached: set[str] = set()
    waiting = [made["metadata"]["component"]["bom-ref"]]
    while waiting:
        here = waiting.pop()
        if here not in reached:
            reached.add(here)
            waiting += edges[here]

    assert {c["bom-ref"] for c in made["components"]} - reached == set()


def test_other_systems_packages_are_left_out() -> None:
    """What the lock names for Windows only is in no Linux image."""
    assert "colorama" not in {package.name for package in locked()}


def test_what_nobody_has_looked_at_is_refused() -> None:
    """Another version than the lock's, and a licence that is not on the list."""
    with pytest.raises(UnknownLicence, match="the lock says other"):
        expression(Locked(name="aiohttp", version="0.0.1", archives=()))
    with pytest.raises(UnknownLicence, match="look at it"):
        expression(Locked(name="pillow", version=version("pillow"), archives=()))


def test_the_page_has_every_package_and_its_texts() -> None:
    """A row for each, and the licence texts of nearly all: some wheels carry none."""
    page = licences()
    without = [package.name for package in locked() if not texts(package)]

    assert page.count("\n## ") > 70
    assert all(f"| {package.name} | {package.version} |" in page for package in locked())
    assert len(without) < len(locked()) / 10


def test_the_images_lock_is_part_of_the_whole() -> None:
    """Each version and digest of the image's lock is one of the development lock's."""
    whole = {p.name: p for p in locked(ROOT / "requirements-dev.lock")}
    least = {p.name for p in locked(ROOT / "requirements.lock")}
    image = locked()

    assert [p.name for p in image if whole.get(p.name) != p] == []
    assert least <= {p.name for p in image}


def test_the_lock_says_archives_of_each(tmp_path: Path) -> None:
    """A package without a digest would be installed by its name alone: it is not in the list."""
    lock = tmp_path / "requirements.lock"
    lock.write_text("left==1.0\nright==2.0 \\\n    --hash=sha256:" + "a" * 64 + "\n")

    assert [package.name for package in locked(lock)] == ["right"]
