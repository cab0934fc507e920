"""`guardrail-gw serve`: run the gateway until it is told to stop."""

import sys
from pathlib import Path

import click

from guardrail_gw.core.spared import IN_GATEWAY, spared
from guardrail_gw.detection.forked import ForkedHost, forked
from guardrail_gw.errors import GuardrailError
from guardrail_gw.supervision.sizes import Profile


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
@click.pass_obj
def command(host: ForkedHost | None, path: Path, log_level: str, profile: Profile | None) -> None:
    """Run the gateway; SIGTERM drains it, SIGHUP loads policies and keys anew."""
    try:
        host = host or forked()  # first: of what comes now it needs nothing
    except OSError as error:
        raise GuardrailError(f"no process could be started: {error.strerror}") from None
    import mimetypes  # noqa: PLC0415 - after the fork

    mimetypes.init([])  # aiohttp would read the system's list: nothing here is served by its name
    with spared(IN_GATEWAY):
        from guardrail_gw.supervision.run import run  # noqa: PLC0415 - after the fork

    sys.exit(run(path, log_level, profile, host))
