"""`guardrail-gw serve`: run the gateway until it is told to stop."""

import sys
from pathlib import Path

import click

from guardrail_gw.detection.forked import forked
from guardrail_gw.errors import GuardrailError
from guardrail_gw.supervision.sizes import Profile

_FOR_PEOPLE = "rich"
"""structlog imports it where it is installed, for tracebacks that are never written here."""


@click.command(name="serve")
@click.option(
    "--config",
    "path",
    required=True,
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="gateway.yaml; see docs/configuration.md.",
)
@click.option(
    "--log-level",
    type=click.Choice(["debug", "info", "warning", "error"]),
    default="info",
    show_default=True,
)
@click.option(
    "--profile",
    type=click.Choice(["sidecar", "tier"]),
    help="Choose how many processes there are, where gateway.yaml does not say.",
)
def command(path: Path, log_level: str, profile: Profile | None) -> None:
    """Run the gateway; SIGTERM drains it, SIGHUP loads policies and keys anew."""
    try:
        host = forked()  # first: of what comes now it needs nothing
    except OSError as error:
        raise GuardrailError(f"no process could be started: {error.strerror}") from None
    if is_spared := _FOR_PEOPLE not in sys.modules:
        sys.modules[_FOR_PEOPLE] = None  # type: ignore[assignment] # importlib's way to say no
    from guardrail_gw.supervision.run import run  # noqa: PLC0415 - after the fork

    if is_spared:
        del sys.modules[_FOR_PEOPLE]
    sys.exit(run(path, log_level, profile, host))
