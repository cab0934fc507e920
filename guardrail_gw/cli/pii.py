"""`guardrail-gw pii`: personal data in files and texts, without a gateway."""

import click

from guardrail_gw.cli.pii_eval import evaluate_files
from guardrail_gw.cli.pii_explain import explain_text
from guardrail_gw.cli.pii_scan import scan_file


@click.group(name="pii")
def command() -> None:
    """Find personal data in files, explain findings, measure detection; all on this machine."""


for _each in (scan_file, explain_text, evaluate_files):
    command.add_command(_each)
