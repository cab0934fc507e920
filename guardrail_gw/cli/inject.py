"""`guardrail-gw inject`: manifests of Kubernetes, with a sidecar for each workload."""

import sys
from pathlib import Path

import click

from guardrail_gw.documents import Loaded, read
from guardrail_gw.errors import ConfigError
from guardrail_gw.inject.agreed import check_config
from guardrail_gw.inject.edit import loaded
from guardrail_gw.inject.text import injected
from guardrail_gw.inject.values import Sidecar

_STDIN = "-"


@click.command(name="inject")
@click.option(
    "-f",
    "--file",
    "manifests",
    required=True,
    type=click.Path(path_type=Path, allow_dash=True),
    help="Manifests, in one file; - for standard input.",
)
@click.option(
    "--values",
    "values",
    required=True,
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="What the sidecar is to be: docs/kubernetes.md.",
)
@click.option(
    "--config",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="The gateway.yaml of the sidecar: whether it says the same.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Where to; standard output if left out. The file that was read may be named.",
)
def command(manifests: Path, values: Path, config: Path | None, output: Path | None) -> None:
    """Give each workload of a file the gateway as a sidecar; the same again changes nothing.

    Everything else stays as it is, comments and layout included. A workload that the sidecar could
    not guard is refused, and then nothing is written.
    """
    sidecar: Loaded[Sidecar] = read(values, Sidecar)
    if config is not None:
        check_config(loaded(_text(config)), sidecar.value)
    made = injected(_text(manifests), sidecar.value)
    if output is None:
        sys.stdout.buffer.write(made.text.encode())
    else:
        output.write_bytes(made.text.encode())
    for name in made.workloads:
        click.echo(f"{name}: has the sidecar", err=True)
    for name in made.left_alone:
        click.echo(f"{name}: left alone, as its annotation says", err=True)


def _text(manifests: Path) -> str:
    data = sys.stdin.buffer.read() if str(manifests) == _STDIN else manifests.read_bytes()
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        problem = f"{manifests}: not UTF-8"
    raise ConfigError(problem)
