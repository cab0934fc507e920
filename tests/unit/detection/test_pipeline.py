"""What is imported to load a pipeline: in processes of their own, where nothing is imported yet."""

import subprocess
import sys
from pathlib import Path

from guardrail_gw.core.shipped import shipped

_LOAD_SHIPPED = """
import sys
from pathlib import Path
from guardrail_gw.detection.ner import SpacyNames
SpacyNames(Path(sys.argv[1]))
"""
_COMPONENT = """
from spacy.language import Language
@Language.component("quiet")
def quiet(doc):
    return doc
"""
_SAVE = """
import sys
import spacy, their_component
nlp = spacy.blank("xx")
nlp.add_pipe("ner").add_label("PERSON")
nlp.add_pipe("quiet")
nlp.initialize()
nlp.to_disk(sys.argv[1])
"""
_LOAD_THEIRS = """
import sys
from pathlib import Path
from guardrail_gw.detection.pipeline import load_pipeline
print(load_pipeline(Path(sys.argv[1]), ()).pipe_names)
"""


def _run(script: str, *arguments: Path, path: Path | None = None) -> str:
    added = f"import sys; sys.path.insert(0, {str(path)!r})\n" if path else ""
    command = [sys.executable, "-c", added + script, *map(str, arguments)]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_shipped_model_needs_no_http_client() -> None:
    """Neither spaCy's command line nor a package that offers a component is imported."""
    show = "print(*{'spacy.cli', 'requests', 'httpx', 'presidio_analyzer'} & set(sys.modules))"

    unneeded = _run(_LOAD_SHIPPED + show, shipped("models/guardrail_xx_ner"))

    assert unneeded.split() == []


def test_the_command_line_can_be_imported_later() -> None:
    """Whoever wants spaCy's command line after us gets all of it."""
    ask = "import spacy.cli; print(spacy.cli.download.__module__)"

    told = _run(_LOAD_SHIPPED + ask, shipped("models/guardrail_xx_ner"))

    assert "spacy.cli.download" in told


def test_a_pipeline_of_somebody_else_is_made_as_before() -> None:
    """After ours was loaded, spaCy offers the components of packages again, and tells of itself."""
    ask = (
        "import spacy; from spacy.util import registry;"
        "told = isinstance(spacy.info(silent=True), dict);"
        "print(registry._entry_point_factories.entry_points, told)"
    )

    told = _run(_LOAD_SHIPPED + ask, shipped("models/guardrail_xx_ner"))

    assert told.split()[-2:] == ["True", "True"]


def test_a_component_of_a_package_is_found(tmp_path: Path) -> None:
    """A pipeline that names a component of an installed package is loaded with it."""
    about = tmp_path / "their_component-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: their-component\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[spacy_factories]\nquiet = their_component:quiet\n")
    (tmp_path / "their_component.py").write_text(_COMPONENT)
    _run(_SAVE, tmp_path / "model", path=tmp_path)

    told = _run(_LOAD_THEIRS, tmp_path / "model", path=tmp_path)

    assert told.strip() == "['ner', 'quiet']"
