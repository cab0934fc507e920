"""`guardrail-gw config explain`: what a field of gateway.yaml is for, and what it is without it.

What it says is what docs/configuration.md says; a house test holds that page to the model.
"""

import difflib
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Final

import click
import orjson

from guardrail_gw.cli.policies import AS_JSON
from guardrail_gw.core.shipped import shipped
from guardrail_gw.errors import ConfigError

_PAGE: Final = "docs/configuration.md"
_ROW: Final = re.compile(
    r"^\| `(?P<path>[^`]+)` \| (?P<default>.*?) \| (?P<says>.+) \|$", re.MULTILINE
)
_LINK: Final = re.compile(r"\[([^\]]+)\]\(([^)]+)\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """One field."""

    field: str
    default: str
    """`required`, `none`, or the value as YAML."""
    says: str


def explanations(text: str) -> dict[str, Explained]:
    """Every field, by its path, as the page's table of fields has them."""
    table = text.partition("## Every field")[2].partition("\n## ")[0]
    return {
        row["path"]: Explained(
            field=row["path"],
            default=row["default"].strip("`"),
            says=_LINK.sub(_named, row["says"]),
        )
        for row in _ROW.finditer(table)
    }


def _named(link: re.Match[str]) -> str:
    """A link as it can be read without a browser."""
    where = link[2]
    if "://" in where:
        return f"{link[1]} ({where})"
    page = _PAGE if where.startswith("#") else f"docs/{where}"
    return f"{link[1]} ({page.partition('#')[0]})"


def below(fields: Mapping[str, Explained], path: str) -> Iterator[Explained]:
    """A field and those within it; every one for an empty path.

    Raises:
        ConfigError: there is no such field; says which is nearly called so.
    """
    found = [each for name, each in fields.items() if not path or _is_within(name, path)]
    if not found:
        near = difflib.get_close_matches(path, fields, n=3)
        hint = f"; did you mean {' or '.join(near)}?" if near else ""
        raise ConfigError(f"gateway.yaml has no field {path!r}{hint}")
    yield from found


def _is_within(name: str, path: str) -> bool:
    return name == path or name.startswith((f"{path}.", f"{path}["))


@click.command(name="explain")
@click.argument("field", default="")
@AS_JSON
def explain_field(field: str, as_json: bool) -> None:
    """Say what FIELD of gateway.yaml is for, as `mcp.servers[].url`, and those within it.

    Exit codes: 0 said, 2 there is no such field.
    """
    found = list(below(explanations(shipped(_PAGE).read_text(encoding="utf-8")), field))
    if as_json:
        said = orjson.dumps([asdict(each) for each in found], option=orjson.OPT_INDENT_2)
        sys.stdout.buffer.write(said + b"\n")
        return
    for each in found:
        click.echo(f"{each.field}  ({_default(each)})\n    {each.says}")


def _default(each: Explained) -> str:
    if each.default in ("required", ""):
        return each.default or "of any name"
    return f"default: {each.default}"
