"""`guardrail-gw compliance ropa` and `transfers`: what the log shows was processed, and where."""

import sys
from collections.abc import Callable

import click
import orjson
import yaml

from guardrail_gw.cli.compliance_sources import Sources, traffic_sources
from guardrail_gw.compliance.statements import (
    Document,
    Observed,
    is_sound,
    processing,
    transfers as transfers_of,
)

_JSON = click.option("--json", "as_json", is_flag=True, help="JSON in the place of YAML.")


@click.command(name="ropa")
@traffic_sources
@_JSON
def ropa(sources: Sources, as_json: bool) -> None:
    """Draft the record of processing activities (GDPR Art. 30) from log and configuration.

    Needs --config, --log and --key. Exit codes: 0 written; 1 the log is not whole, or something was
    sent to a deployment that the configuration does not have; it is written all the same.
    """
    _write(sources, "compliance.ropa", processing, as_json=as_json)


@click.command(name="transfers")
@traffic_sources
@_JSON
def transfers(sources: Sources, as_json: bool) -> None:
    """Report where requests went, and on what basis outside the EEA (GDPR Arts. 44 to 49).

    Needs --config, --log and --key. Exit codes: 0 written; 1 the log is not whole, or a transfer
    has no basis on file or outlived it; it is written all the same.
    """
    _write(sources, "compliance.transfers", transfers_of, as_json=as_json)


def _write(
    sources: Sources, act: str, make: Callable[[Observed], Document], *, as_json: bool
) -> None:
    found = sources.found(act)
    if found.configured is None or found.report is None or found.traffic is None:
        raise click.UsageError("give --config, --log and --key")
    document = make(
        Observed(configured=found.configured, report=found.report, traffic=found.traffic)
    )
    if as_json:
        sys.stdout.buffer.write(orjson.dumps(document, option=orjson.OPT_INDENT_2) + b"\n")
    else:
        click.echo(
            yaml.safe_dump(document, sort_keys=False, allow_unicode=False, width=100), nl=False
        )
    sys.exit(not is_sound(document))
