"""JSON Schemas of the files that people write, so that editors complete and check them.

`python -m guardrail_gw.policy.schema docs/schema` writes them anew; a test holds them current.
"""

import json
import sys
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from guardrail_gw.policy.case_document import CasesDocument
from guardrail_gw.policy.document import PolicyDocument

_MODELS: dict[str, type[BaseModel]] = {
    "policy.schema.json": PolicyDocument,
    "cases.schema.json": CasesDocument,
}


def schemas() -> dict[str, str]:
    """File name -> JSON text, the same for the same models."""
    return {name: _text(model.model_json_schema()) for name, model in _MODELS.items()}


def _text(schema: dict[str, Any]) -> str:
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return json.dumps(head | schema, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    for file_name, text in schemas().items():
        (Path(sys.argv[1]) / file_name).write_text(text, encoding="utf-8")
