"""`guardrail-gw config schema`: the form of gateway.yaml as JSON Schema, for editors and checks."""

import json
from typing import Final

import click

from guardrail_gw.callers import KeysDocument
from guardrail_gw.documents import Strict
from guardrail_gw.settings import Gateway

_DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"
_DOCUMENTS: Final[dict[str, type[Strict]]] = {"gateway": Gateway, "keys": KeysDocument}


def schema(name: str) -> str:
    """The schema of one kind of file as JSON text, the same for the same model."""
    made = {"$schema": _DRAFT} | _DOCUMENTS[name].model_json_schema(by_alias=True)
    return json.dumps(made, indent=2, ensure_ascii=False) + "\n"


@click.command(name="schema")
@click.argument("name", type=click.Choice(sorted(_DOCUMENTS)), default="gateway")
def print_schema(name: str) -> None:
    """Print the JSON Schema of gateway.yaml, or of a file of keys (`keys`)."""
    click.echo(schema(name), nl=False)
