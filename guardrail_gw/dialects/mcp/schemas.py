"""Whether a value is what a JSON Schema asks for, within bounds, and without asking anybody else.

Source: JSON Schema 2020-12; Model Context Protocol 2026-07-28, server/tools ("Schemas"): a `$ref`
that leads elsewhere is never followed.
"""

import json
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Final

from guardrail_gw.core.body import Path
from guardrail_gw.core.spared import BY_SCHEMAS, spared
from guardrail_gw.dialects.mcp.patterns import is_quick

with spared(BY_SCHEMAS):
    from jsonschema import Draft202012Validator, FormatChecker
    from jsonschema.exceptions import SchemaError, ValidationError
    from jsonschema.validators import extend
    from referencing import Registry
    from referencing.exceptions import Unresolvable

MAX_SCHEMA_BYTES: Final = 256 << 10
MOST_BROKEN: Final = 32
"""Places of one value that are told."""
_HELD: Final = (
    *("date", "time", "date-time", "email", "idn-email", "hostname", "idn-hostname"),
    *("ipv4", "ipv6", "uri", "uri-reference", "uuid", "regex"),
)
"""These formats and no others, whatever else happens to be installed; of another all is right."""
_FORMATS: Final = FormatChecker(())
_FORMATS.checkers = {name: Draft202012Validator.FORMAT_CHECKER.checkers[name] for name in _HELD}
_NOWHERE: Final[Registry[Any]] = Registry()
"""Knows the drafts, and retrieves nothing."""


class UnusableSchemaError(Exception):
    """The schema is none, is too large, or refers to what is not in it."""


def broken(schema: Mapping[str, Any], value: Any) -> list[Path]:  # noqa: ANN401 - JSON
    """Where a value is not what its schema asks for; nothing: it is.

    Raises:
        UnusableSchemaError: nobody can say.
    """
    validator = _validator(_written(schema))
    places: list[Path] = []
    try:
        for error in validator.iter_errors(value):
            places += _places(error)
            if len(places) >= MOST_BROKEN:
                break
    except (Unresolvable, RecursionError, ValueError, TypeError):
        raise UnusableSchemaError from None
    return list(dict.fromkeys(places))


def _pattern(_: Any, pattern: str, text: Any, __: Any) -> Iterator[ValidationError]:  # noqa: ANN401 - JSON
    if isinstance(text, str):
        if not is_quick(pattern, text):
            raise UnusableSchemaError
        if not re.search(pattern, text):
            yield ValidationError("is not of the pattern")


def _named_by_pattern(validator: Any, patterns: Any, value: Any, __: Any) -> Iterator[Any]:  # noqa: ANN401 - JSON
    if isinstance(value, dict):
        for pattern, schema in patterns.items():
            for name, member in value.items():
                if not is_quick(pattern, name):
                    raise UnusableSchemaError
                if re.search(pattern, name):
                    yield from validator.descend(member, schema, path=name, schema_path=pattern)


def _names_by_pattern(schema: Any) -> Iterator[str]:  # noqa: ANN401 - JSON
    """Every pattern that names of members are held to: other keywords try them, too."""
    todo = [schema]
    for node in todo:  # grows
        if isinstance(node, dict):
            patterns = node.get("patternProperties")
            yield from patterns if isinstance(patterns, dict) else ()
            todo += node.values()
        elif isinstance(node, list):
            todo += node


def _places(error: ValidationError) -> list[Path]:
    """Where it is; where one of several schemas has to hold, all that is wrong by any of them."""
    inner = [place for each in error.context or () for place in _places(each)]
    return inner or [tuple(error.absolute_path)]


def _written(schema: Mapping[str, Any]) -> str:
    try:
        text = json.dumps(schema)
    except (ValueError, TypeError, RecursionError):
        raise UnusableSchemaError from None
    if len(text) > MAX_SCHEMA_BYTES:
        raise UnusableSchemaError
    return text


_KEYWORDS: Final = {"pattern": _pattern, "patternProperties": _named_by_pattern}
_Validator: Final = extend(Draft202012Validator, _KEYWORDS)  # type: ignore[no-untyped-call] # theirs


@lru_cache(maxsize=512)
def _validator(written: str) -> Any:  # noqa: ANN401 - a class made just here
    schema = json.loads(written)
    if not all(is_quick(pattern, "") for pattern in _names_by_pattern(schema)):
        raise UnusableSchemaError
    try:
        Draft202012Validator.check_schema(schema)
    except (SchemaError, RecursionError, ValueError):
        raise UnusableSchemaError from None
    return _Validator(schema, format_checker=_FORMATS, registry=_NOWHERE)
