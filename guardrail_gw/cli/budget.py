"""`guardrail-gw budget`: what operators do with budgets and rates while gateways run."""

import asyncio
import getpass
import sys
from pathlib import Path

import click
import orjson

from guardrail_gw.core.allowance import Allowance
from guardrail_gw.observability.clock import SystemClock
from guardrail_gw.resetting import Used, allowance_of, reset
from guardrail_gw.settings import Settings


@click.group(name="budget")
def command() -> None:
    """What was used of budgets and rates."""


@command.command(name="reset")
@click.argument("named")
@click.option(
    "--config",
    "path",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    required=True,
    help="gateway.yaml",
)
@click.option(
    "--of",
    "of",
    multiple=True,
    metavar="LINE=NAME",
    help="Whose, by each line of `per`: --of tenant=acme --of team=crm.",
)
@click.option("--reason", required=True, help="On what ground; recorded, sealed.")
@click.option("--by", default=getpass.getuser, help="Who does it; you if left out.")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def reset_allowance(
    named: str, path: Path, of: tuple[str, ...], reason: str, by: str, as_json: bool
) -> None:
    """Forget what was used of the budget or rate NAMED in its present window.

    It is on record before it is done. Exit codes: 0 it was done, 1 nothing was used, 2 no such
    budget or rate, or nobody else can reset it, 4 the store does not answer.
    """
    settings = Settings.load(path)
    allowance = allowance_of(settings, named)
    whose = _whose(allowance, of)
    said = {"by": by, "reason": reason}
    used = asyncio.run(reset(settings, SystemClock(), allowance, whose, said))
    if used is None:
        click.echo("nothing was used of it in this window", err=True)
        sys.exit(1)
    if as_json:
        told = {"id": allowance.id, "of": dict(whose), **used.told}
        sys.stdout.buffer.write(orjson.dumps(told) + b"\n")
    else:
        click.echo(f"{allowance.id}: {_words(used)}")


def _whose(allowance: Allowance, of: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    given = [(line, name) for line, _, name in (each.partition("=") for each in of)]
    if sorted(line for line, _ in given) != sorted(allowance.lines):
        wanted = " ".join(f"--of {line}=…" for line in allowance.lines) or "no --of"
        raise click.UsageError(f"{allowance.id} is counted by: {wanted}")
    return tuple((line, dict(given)[line]) for line in allowance.lines)


def _words(used: Used) -> str:
    told = used.told
    if told["kind"] == "rate":
        return "its minute begins anew"
    return f"{told['used']} {told['unit']} of {told['window']} are forgotten"
