"""An OpenAPI document, as far as its operations need it; nothing outside the file is asked for.

Source: OpenAPI Specification 3.1.1, 4.8 ("Schema") and 4.9 (references); RFC 6901.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

from pydantic import RootModel

from guardrail_gw.documents import load_json
from guardrail_gw.errors import ConfigError

_VERSION: Final = "3.1."
_HOPS: Final = 16
"""References that lead to references."""


class _Anything(RootModel[dict[str, Any]]):
    """A JSON object."""


class Document:
    """One that was read."""

    def __init__(self, path: Path, root: Mapping[str, Any]) -> None:
        self._path = path
        self.root = root

    @classmethod
    def read(cls, path: Path) -> "Document":
        """Read a file, JSON or YAML as all files of the configuration are. Blocks.

        Raises:
            ConfigError: it cannot be read, or is no document of OpenAPI 3.1.
        """
        root = load_json(path, _Anything).root
        if not str(root.get("openapi", "")).startswith(_VERSION):
            raise ConfigError(f"{path}: openapi: only documents of OpenAPI 3.1 are read")
        return cls(path, root)

    def fault(self, place: str, message: str) -> ConfigError:
        """An error at a place of the document, to raise."""
        return ConfigError(f"{self._path}: {place}: {message}")

    def member(self, value: object, place: str) -> Mapping[str, Any]:
        """An object, or what a reference that stands for it leads to.

        Raises:
            ConfigError: it is no object, or leads nowhere.
        """
        for _ in range(_HOPS):
            if not isinstance(value, Mapping):
                break
            if not isinstance(value.get("$ref"), str):
                return value
            value = self.at(value["$ref"], place)
        raise self.fault(place, "is no object")

    def at(self, reference: str, place: str) -> object:
        """What a reference leads to.

        Raises:
            ConfigError: it leads out of the document, or nowhere.
        """
        if not reference.startswith("#/"):
            raise self.fault(place, f"$ref {reference!r} leads out of the document")
        found: object = self.root
        for step in unquote(reference[2:]).split("/"):
            name = step.replace("~1", "/").replace("~0", "~")
            if not isinstance(found, Mapping) or name not in found:
                raise self.fault(place, f"$ref {reference!r} leads nowhere")
            found = found[name]
        return found
