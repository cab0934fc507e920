"""`guardrail-gw`: finds the command, and says what went wrong in words.

Exit codes: 0 done; 1 the answer is no (a check failed, a log was tampered with); 2 wrong use or a
file that cannot be used (`audit verify`: incomplete); 3 cannot be verified; 4 a safeguard does not
work; 130 interrupted.
"""

import importlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from guardrail_gw import __version__
from guardrail_gw.errors import GuardrailError
from guardrail_gw.keys.passphrase import Passphrases, at_hand

if TYPE_CHECKING:
    from guardrail_gw.detection.forked import ForkedHost

_COMMANDS = {
    "audit": "Verify and open the audit log.",
    "budget": "Have what was used of a budget or a rate forgotten.",
    "catalog": "What is known of providers, places, models and prices.",
    "collect": "Collect the audit logs of many gateways in PostgreSQL.",
    "compliance": "Evidence for assessments: controls, checks, registers.",
    "config": "Check gateway.yaml.",
    "cost": "What requests cost, from the audit log.",
    "demo": "One governed conversation from end to end, on this machine.",
    "doctor": "Whether a gateway can serve on this machine.",
    "inject": "Put the gateway beside workloads of Kubernetes.",
    "keys": "Make and change keys, and say who may open records.",
    "mcp": "Look at MCP servers and their tools, approve them, decide about calls.",
    "pii": "Find personal data in files, explain findings, measure detection.",
    "policy": "Check, test, compare, explain, sign and activate policies.",
    "ready": "Wait until a gateway on this machine is ready.",
    "review": "Look through an audit log in your browser.",
    "route": "Whom a request would be sent to, and why.",
    "serve": "Run the gateway.",
    "standin": "Run a stand-in provider for tests.",
}


class _Commands(click.Group):
    """Imports a command only when it is used, so that each starts fast."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - ditto
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"guardrail_gw.cli.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - ditto
        with formatter.section("Commands"):
            formatter.write_dl(sorted(_COMMANDS.items()))


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="guardrail-gw")
@click.option("--passphrase-file", type=click.Path(path_type=Path), help="One passphrase per line.")
@click.option("--passphrase-fd", type=int, help="The same, from an open file descriptor.")
@click.pass_context
def commands(ctx: click.Context, passphrase_file: Path | None, passphrase_fd: int | None) -> None:
    """A governance gateway for LLM traffic: redact, keep in region, record, then route."""
    if passphrase_file is not None and passphrase_fd is not None:
        raise click.UsageError("give either --passphrase-file or --passphrase-fd")
    if passphrase_file is not None:
        ctx.with_resource(at_hand(Passphrases.of_file(passphrase_file)))
    elif passphrase_fd is not None:
        ctx.with_resource(at_hand(Passphrases.of_descriptor(passphrase_fd)))


def main(host: "ForkedHost | None" = None) -> NoReturn:
    """Run the command line.

    Args:
        host: of detectors, for `serve`, which forks one itself where there is none.
    """
    try:
        commands(standalone_mode=False, obj=host)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
    except GuardrailError as error:
        _complain(str(error))
        sys.exit(error.exit_code)
    except OSError as error:
        _complain(f"{error.filename or 'a file'}: {error.strerror}")
        sys.exit(2)
    sys.exit(0)


def _complain(message: str) -> None:
    from rich.console import Console  # noqa: PLC0415 - most commands have nothing to complain of

    Console(stderr=True).print(f"[bold red]guardrail-gw:[/] {_plain(message)}", highlight=False)


def _plain(text: str) -> str:
    """Keep rich from reading our own brackets as its markup."""
    return text.replace("[", "\\[")
