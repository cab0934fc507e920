"""Reads OSCAL documents with compliance-trestle; runs where that is installed, on its own."""

import sys
from pathlib import Path

from trestle.oscal.assessment_results import AssessmentResults
from trestle.oscal.component import ComponentDefinition

MODELS = {
    "component-definition.json": ComponentDefinition,
    "assessment-results.json": AssessmentResults,
}


def main(folder: Path) -> None:
    """Read each document, or end with what is wrong with it."""
    for name, model in MODELS.items():
        read = model.oscal_read(folder / name)
        if read is None:
            sys.exit(f"{name}: cannot be read")
        print(f"{name} {read.metadata.oscal_version}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
