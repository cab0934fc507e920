"""A person's name as a command takes it: from the command line, or where nobody else sees it.

What stands on a command line is shown by `ps` to every user of the machine, and kept by shells.
"""

import sys

import click


class Person(click.ParamType[str]):
    """A name; `-` reads it from standard input."""

    name = "NAME|-"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The name itself."""
        if value != "-":
            return value
        line = sys.stdin.readline().rstrip("\r\n")
        return line or self.fail("standard input holds no name", param, ctx)


PERSON = Person()
