"""The image's one list of steps, and the Dockerfile that says the same."""

import json
from typing import Annotated, Final

import yaml
from pydantic import Field

from deploy.recipe.places import DEPLOY
from guardrail_gw.documents import Strict, load

_STEPS: Final = DEPLOY / "image" / "steps.yaml"
DOCKERFILE: Final = DEPLOY / "image" / "Dockerfile"
Words = Annotated[tuple[str, ...], Field(min_length=1)]
_HEAD: Final = """\
# Made by `make deploy` from deploy/image/steps.yaml; how it is built: docs/packaging.md
ARG BASE={base}
"""


class Copy(Strict):
    """A file or a folder of the checkout."""

    source: Annotated[str, Field(alias="from")]
    to: str


class Take(Strict):
    """A folder of an earlier stage, in the same place."""

    stage: Annotated[str, Field(alias="from")]
    path: str


class Step(Strict):
    """One of three."""

    run: Words | None = None
    copies: Annotated[Copy | None, Field(alias="copy")] = None
    take: Take | None = None


class Stage(Strict):
    """A root folder of its own, that begins as the base."""

    name: str
    steps: tuple[Step, ...]


class Image(Strict):
    """The whole list; the last stage is the image."""

    base: str
    stages: Annotated[tuple[Stage, ...], Field(min_length=1)]
    environment: dict[str, str]
    user: str
    folder: str
    entrypoint: Words
    command: Words


def image() -> Image:
    """The steps, as they are written."""
    return load(_STEPS, Image)


def dockerfile(made: Image) -> str:
    """The same for a container engine."""
    stages = (
        f"FROM ${{BASE}} AS {stage.name}\n" + "".join(map(_line, stage.steps))
        for stage in made.stages
    )
    parts = [_HEAD.format(base=made.base), *stages]
    variables = "".join(f"ENV {n}={json.dumps(v)}\n" for n, v in made.environment.items())
    parts[-1] += (
        f"{variables}USER {made.user}\nWORKDIR {made.folder}\nSTOPSIGNAL SIGTERM\n"
        f"ENTRYPOINT {json.dumps(made.entrypoint)}\nCMD {json.dumps(made.command)}\n"
    )
    return "\n".join(parts)


def _line(step: Step) -> str:
    if step.run is not None:
        return f"RUN {json.dumps(step.run)}\n"
    if step.copies is not None:
        return f"COPY {step.copies.source} {step.copies.to}\n"
    if step.take is not None:
        return f"COPY --from={step.take.stage} {step.take.path} {step.take.path}\n"
    raise ValueError(yaml.safe_dump(step.model_dump()))
