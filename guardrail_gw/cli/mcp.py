"""`guardrail-gw mcp`: what MCP servers offer, whether that is approved, and who decides."""

import click

from guardrail_gw.cli.mcp_approve import approve, deny, waiting
from guardrail_gw.cli.mcp_call import call
from guardrail_gw.cli.mcp_console import console
from guardrail_gw.cli.mcp_doctor import doctor
from guardrail_gw.cli.mcp_list import listed
from guardrail_gw.cli.mcp_pin import pin


@click.group(name="mcp")
def command() -> None:
    """Look at MCP servers and their tools, approve them, and decide about calls."""


for each in (listed, call, pin, approve, deny, waiting, console, doctor):
    command.add_command(each)
