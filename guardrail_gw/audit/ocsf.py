"""Exchanges as OCSF events, for security monitoring: who asked what of whom, never what was said.

Class API Activity (6003) with the profiles `ai_operation`, `security_control` and
`record_integrity`. An event's fingerprint is taken over the event itself and names the event
before it, so a feed that lost or altered events shows it; `metadata.log_name` and
`metadata.sequence` lead to the record, whose proof is `audit prove`.

Source: OCSF 1.9.0, https://schema.ocsf.io/1.9.0/classes/api_activity, and pull request
https://github.com/ocsf/ocsf-schema/pull/1661 for what an attestation covers. Pure.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final

import orjson

from guardrail_gw import __version__
from guardrail_gw.audit.exchanges import UNKNOWN, Exchange, read_tokens

VERSION: Final = "1.9.0"
PROFILES: Final = ("ai_operation", "record_integrity", "security_control")
_CLASS, _CATEGORY, _CREATE = 6003, 6, 1
_TYPE = _CLASS * 100 + _CREATE
_SHA256 = {"algorithm": "SHA-256", "algorithm_id": 3, "encoding_id": 1, "serialization_id": 1}
"""The value is hex, taken over RFC 8785 (JCS)."""
_ALLOWED, _DENIED, _MODIFIED = (1, "Allowed"), (2, "Denied"), (4, "Modified")
_DISPOSITION = {"allowed": (1, "Allowed"), "blocked": (2, "Blocked"), "refused": (25, "Rejected")}
_OTHER = (99, "Other")
_INFORMATIONAL, _LOW, _MEDIUM = (1, "Informational"), (2, "Low"), (3, "Medium")
_SUCCESS, _FAILURE, _NOT_KNOWN = (1, "Success"), (2, "Failure"), (0, "Unknown")
_USER = 1
_SECOND_US = 1_000_000

Event = dict[str, Any]


def events(found: Iterable[Exchange]) -> Iterator[Event]:
    """Turn exchanges into a chain of events, in their order."""
    chain, before = "", Event()
    for exchange in found:
        chain = chain or f"{exchange.origin}/ocsf/{exchange.index}"
        event = _event(exchange)
        attestation: Event = {
            "authority_uid": exchange.origin,
            "chain_uid": chain,
            "uid": f"{chain}/{exchange.index}",
            **({"prev_event": before} if before else {}),
        }
        event["attestation_list"] = [attestation]
        attestation["fingerprint"] = {**_SHA256, "value": fingerprint(event)}
        before = {
            "fingerprint": attestation["fingerprint"],
            "type_uid": _TYPE,
            "uid": event["metadata"]["uid"],
        }
        yield event


def fingerprint(event: Mapping[str, Any]) -> str:
    """Hex SHA-256 of an event without the fingerprint and signatures of its attestations."""
    bare = [
        {name: value for name, value in one.items() if name not in {"fingerprint", "signatures"}}
        for one in event["attestation_list"]
    ]
    # Keys are ASCII and numbers whole, so sorted JSON without whitespace is that of RFC 8785.
    plain = orjson.dumps({**event, "attestation_list": bare}, option=orjson.OPT_SORT_KEYS)
    return sha256(plain).hexdigest()


def _event(exchange: Exchange) -> Event:
    said, ended = exchange.intent, exchange.outcome or {}
    return _known(
        {
            **_numbers(said, ended),
            **_control(said, ended),
            **_status(said, ended),
            "actor": _actor(said),
            "ai_model": _model(said, ended),
            "api": _api(said, ended),
            "dst_endpoint": _destination(ended),
            "message_context": _context(said, ended),
            "metadata": _metadata(exchange),
            "policy": _policy(said),
            "src_endpoint": {"uid": said["key"]} if said.get("key") else {"name": "unknown"},
            "unmapped": {"guardrail_gw": _unmapped(exchange)},
        }
    )


def _numbers(said: Mapping[str, Any], ended: Mapping[str, Any]) -> Event:
    begun = said.get("received_us", 0) // 1000
    lasted = ended.get("duration_us")
    return {
        "activity_id": _CREATE,
        "activity_name": "Create",
        "category_name": "Application Activity",
        "category_uid": _CATEGORY,
        "class_name": "API Activity",
        "class_uid": _CLASS,
        "type_name": "API Activity: Create",
        "type_uid": _TYPE,
        "time": begun,
        "start_time": begun,
        "end_time": None if lasted is None else begun + lasted // 1000,
        "duration": None if lasted is None else lasted // 1000,
    }


def _control(said: Mapping[str, Any], ended: Mapping[str, Any]) -> Event:
    """What the gateway did: let pass, let pass with personal data replaced, or not."""
    decision = said.get("decision")
    passed = _MODIFIED if said.get("entities") else _ALLOWED
    action_id, action = passed if decision == "allowed" else _DENIED
    disposition_id, disposition = _DISPOSITION.get(str(decision), _OTHER)
    severity_id, severity = _INFORMATIONAL if ended.get("ending") == "ok" else _LOW
    if decision == "blocked":
        severity_id, severity = _MEDIUM
    return {
        "action": action,
        "action_id": action_id,
        "disposition": disposition,
        "disposition_id": disposition_id,
        "is_alert": decision == "blocked",
        "severity": severity,
        "severity_id": severity_id,
    }


def _status(said: Mapping[str, Any], ended: Mapping[str, Any]) -> Event:
    ending = ended.get("ending", UNKNOWN)
    known = _SUCCESS if ending == "ok" else _FAILURE
    status_id, status = _NOT_KNOWN if ending == UNKNOWN else known
    code = ended.get("status")
    return {
        "status": status,
        "status_id": status_id,
        "status_code": None if code is None else str(code),
        "status_detail": ended.get("code") or said.get("code") or ending,
    }


def _actor(said: Mapping[str, Any]) -> Event:
    if not (said.get("user") or said.get("key")):
        return {"app_name": "unknown"}
    team = said.get("team")
    user = {
        "credential_uid": said.get("key"),
        "groups": [{"name": team}] if team else None,
        "type_id": _USER,
        "uid": said.get("user") or said["key"],
    }
    return {"user": _known(user)}


def _model(said: Mapping[str, Any], ended: Mapping[str, Any]) -> Event | None:
    if not said.get("model"):
        return None
    return {"ai_provider": _provider(ended) or "none reached", "name": said["model"]}


def _api(said: Mapping[str, Any], ended: Mapping[str, Any]) -> Event:
    response = _known({"code": ended.get("status"), "error": ended.get("code")})
    api = {
        "operation": said.get("surface") or UNKNOWN,
        "request": {"uid": said.get("request") or UNKNOWN},
        "response": response or None,
        "service": {"name": "guardrail-gw"},
    }
    return _known(api)


def _destination(ended: Mapping[str, Any]) -> Event | None:
    deployment = ended.get("deployment")
    return _known({"name": deployment, "svc_name": _provider(ended)}) if deployment else None


def _context(said: Mapping[str, Any], ended: Mapping[str, Any]) -> Event:
    usage = ended.get("usage") or {}
    asked, answered = (read_tokens(usage), usage.get("output")) if usage else (None, None)
    context = {
        "completion_tokens": answered,
        "prompt_tokens": asked,
        "service": {"name": ended.get("deployment") or "none reached"},
        "total_tokens": None if asked is None or answered is None else asked + answered,
        "uid": said.get("request"),
    }
    return _known(context)


def _metadata(exchange: Exchange) -> Event:
    said = exchange.intent
    request = said.get("request") or f"{exchange.origin}/{exchange.index}"
    metadata = {
        "correlation_uid": request,
        "log_name": exchange.origin,
        "log_provider": "guardrail-gw",
        "original_time": _iso(said.get("received_us", 0)),
        "product": {"name": "guardrail-gw", "vendor_name": "guardrail-gw", "version": __version__},
        "profiles": list(PROFILES),
        "sequence": exchange.index,
        "tenant_uid": said.get("tenant"),
        "uid": request,
        "version": VERSION,
    }
    return _known(metadata)


def _policy(said: Mapping[str, Any]) -> Event | None:
    if not said.get("policy"):
        return None
    documents = " ".join(said.get("documents") or ())
    return _known({"is_applied": True, "name": documents or None, "uid": said["policy"]})


def _unmapped(exchange: Exchange) -> Event:
    """What OCSF has no place for, as flat columns."""
    named = ("outcome_index", "entities", "rules", "lawful", "rejected", "attempts", "ending")
    row = exchange.row()
    more = ("provider_request_id", "cost_usd", "cached_input_tokens")
    return _known({name: row[name] for name in (*named, *more)})


def _provider(ended: Mapping[str, Any]) -> str | None:
    """Of the deployment that answered, else of the last one that was tried."""
    attempts = ended.get("attempts") or [{}]
    answered = [a for a in attempts if a.get("deployment") == ended.get("deployment")]
    provider = (answered or attempts)[-1].get("provider")
    return str(provider) if provider else None


def _known(members: Event) -> Event:
    """Without what is not known: OCSF has no null."""
    return {name: value for name, value in members.items() if value is not None}


def _iso(us: int) -> str:
    return datetime.fromtimestamp(us / _SECOND_US, tz=UTC).isoformat(timespec="milliseconds")
