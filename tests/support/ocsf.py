"""The schema of OCSF's API Activity, to hold events to it.

The released schemas up to 1.8.0 are those of the package `ocsf-json-schema`. What 1.9.0 adds of
the profile `record_integrity` is written down here, from https://schema.ocsf.io/1.9.0/objects/
attestation, /fingerprint and /prev_event: names, types, which are required.
"""

from copy import deepcopy
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator
from ocsf_json_schema import OcsfJsonSchemaEmbedded, get_ocsf_schema

_PROFILES = ["ai_operation", "security_control"]
_TEXT, _NUMBER = {"type": "string"}, {"type": "integer"}
_FINGERPRINT = {
    "type": "object",
    "additionalProperties": False,
    "required": ["algorithm_id", "value"],
    "properties": {
        "algorithm": _TEXT,
        "algorithm_id": {"enum": [*range(21), 99]},
        "encoding": _TEXT,
        "encoding_id": {"enum": [*range(4), 99]},
        "serialization": _TEXT,
        "serialization_id": {"enum": [*range(9), 99]},
        "value": _TEXT,
    },
}
_PREVIOUS = {
    "type": "object",
    "additionalProperties": False,
    "required": ["uid"],
    "properties": {"fingerprint": _FINGERPRINT, "type_uid": _NUMBER, "uid": _TEXT},
}
_ATTESTATION = {
    "type": "object",
    "additionalProperties": False,
    "anyOf": [{"required": ["fingerprint"]}, {"required": ["signatures"]}],
    "properties": {
        "authority_uid": _TEXT,
        "chain_uid": _TEXT,
        "fingerprint": _FINGERPRINT,
        "prev_event": _PREVIOUS,
        "signatures": {"type": "array"},
        "uid": _TEXT,
    },
}


@cache
def validator() -> Draft202012Validator:
    """API Activity with the profiles that are used, and nothing besides."""
    released = OcsfJsonSchemaEmbedded(get_ocsf_schema("1.8.0"))
    schema: dict[str, Any] = deepcopy(released.get_class_schema("api_activity", _PROFILES))
    schema["properties"]["attestation_list"] = {"type": "array", "items": _ATTESTATION}
    return Draft202012Validator(schema)


def wrong(event: dict[str, Any]) -> list[str]:
    """What the schema does not allow in an event."""
    return [f"{error.json_path}: {error.message}" for error in validator().iter_errors(event)]
