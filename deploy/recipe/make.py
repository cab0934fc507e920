"""`make deploy`: write what is made of something else, each from its one source."""

from collections.abc import Iterator
from pathlib import Path

from deploy.recipe.dashboard import dashboard
from deploy.recipe.image import DOCKERFILE, dockerfile, image
from deploy.recipe.kustomize import made
from deploy.recipe.places import CHART, DEPLOY, KUSTOMIZE


def of_sources() -> dict[Path, str]:
    """What the chart carries, which has to be there before it is rendered; and the Dockerfile."""
    return {
        CHART / "files" / "alerts.yaml": (DEPLOY / "alerts.yaml").read_text(encoding="utf-8"),
        CHART / "files" / "dashboard.json": dashboard(),
        DOCKERFILE: dockerfile(image()),
    }


def of_the_chart() -> dict[Path, str]:
    """What is made of the chart and of the sidecar."""
    return {KUSTOMIZE / name: text for name, text in made().items()}


def written() -> Iterator[Path]:
    """Write each file that is not as it should be."""
    for files in (of_sources, of_the_chart):
        for path, text in files().items():
            path.parent.mkdir(parents=True, exist_ok=True)
            if not path.exists() or path.read_text(encoding="utf-8") != text:
                path.write_text(text, encoding="utf-8")
                yield path


if __name__ == "__main__":
    for path in written():
        print(f"written: {path.relative_to(DEPLOY)}")
