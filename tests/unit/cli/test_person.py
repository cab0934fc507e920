"""A person's name stays off the command line if whoever gives the command wants it so."""

import click
from click.testing import CliRunner

from guardrail_gw.cli.person import PERSON


@click.command()
@click.option("--subject", type=PERSON)
def _asked(subject: str | None) -> None:
    click.echo(f"<{subject}>")


def test_a_name_comes_from_standard_input() -> None:
    """`-` takes the first line; another word is the name; none is none."""
    run = CliRunner().invoke

    assert run(_asked, ["--subject", "-"], input="Erika Mustermann\nmore\n").output == (
        "<Erika Mustermann>\n"
    )
    assert run(_asked, ["--subject", "erika"]).output == "<erika>\n"
    assert run(_asked, []).output == "<None>\n"


def test_no_name_is_an_error() -> None:
    """An empty line is nobody: a whole tenant is not meant by it."""
    result = CliRunner().invoke(_asked, ["--subject", "-"], input="\n")

    assert result.exit_code == 2
    assert "no name" in result.output
