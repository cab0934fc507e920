"""docs/cli.md lists exactly the commands, with their arguments and options."""

import re
from collections.abc import Iterator

import click

from guardrail_gw.cli.main import commands
from tests.house.sources import ROOT, names, rows

TEXT = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
EXIT_CODE = re.compile(r"sys\.exit\((\d+)\)")


def test_every_command_is_documented_with_its_options() -> None:
    """A command or option that the page lacks, or one that does not exist, fails."""
    sections = re.split(r"^## ", TEXT, flags=re.MULTILINE)[1:]
    documented = {
        section.splitlines()[0]: {names(row[0])[0] for row in rows(section)} for section in sections
    }

    assert documented == dict(walk(commands, "guardrail-gw"))


def test_every_exit_code_is_documented() -> None:
    """The exit codes of `main` are in the page's first table."""
    source = (ROOT / "guardrail_gw" / "cli" / "main.py").read_text(encoding="utf-8")
    table = TEXT.split("## ")[0]

    assert all(f"| {code} |" in table for code in EXIT_CODE.findall(source))


def walk(command: click.Command, name: str) -> Iterator[tuple[str, set[str]]]:
    """Each command with what it takes; groups without options of their own are left out."""
    taken = {taken_as(p) for p in command.params}
    if taken or not isinstance(command, click.Group):
        yield name, taken
    if isinstance(command, click.Group):
        context = click.Context(command)
        for inner in command.list_commands(context):
            found = command.get_command(context, inner)
            assert found is not None
            yield from walk(found, f"{name} {inner}")


def taken_as(parameter: click.Parameter) -> str:
    """An option's long name, an argument's in capitals."""
    if isinstance(parameter, click.Option):
        return max(parameter.opts, key=len)
    return (parameter.name or "").upper()
