"""Records of processing and of transfers, each statement with the records that show it.

Sources: Regulation (EU) 2016/679, Article 30 for what a record of processing has, Articles 44 to 49
for what a transfer rests on. What only people know is null and named under `for_people`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from guardrail_gw.audit.findings import Verdict
from guardrail_gw.audit.report import Report
from guardrail_gw.compliance.configuration import Configured
from guardrail_gw.compliance.register import Entry, register
from guardrail_gw.compliance.traffic import Flow, Traffic

Document = dict[str, Any]
_FOR_PEOPLE = (
    "controller, representative and data protection officer",
    "categories of data subjects",
    "purposes beyond those of the contracts",
    "time limits for erasure",
)
UNKNOWN = "the deployment is not in this configuration"
NO_BASIS = "outside the EEA, and no basis on file"
AFTER_END = "requests were received after the basis or the agreement had ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """What statements are drawn from."""

    configured: Configured
    report: Report
    traffic: Traffic

    @property
    def entries(self) -> Mapping[str, Entry]:
        """The register, by deployment."""
        return {entry.deployment: entry for entry in register(self.configured)}


def processing(observed: Observed) -> Document:
    """The record of processing activities: one activity for each team that sent something."""
    teams = sorted({team for team, _ in observed.traffic.by_team})
    return {
        "document": "record of processing activities (GDPR Art. 30), draft from observed traffic",
        **_about(observed),
        "for_people": list(_FOR_PEOPLE),
        "activities": [_activity(observed, team) for team in teams],
        "drift": _drift(observed),
        "security": {
            "log": "sealed to the recipients, chained, under signed checkpoints",
            "recipients": list(observed.configured.recipients or ()),
            "policies": sorted({d for f in observed.traffic.flows.values() for d in f.digests}),
        },
    }


def transfers(observed: Observed) -> Document:
    """Where requests went, and on what basis outside the EEA."""
    rows = [_transfer(observed, name) for name in sorted(observed.traffic.flows)]
    return {
        "document": "transfers (GDPR Arts. 44 to 49), from observed traffic",
        **_about(observed),
        "transfers": rows,
        "unresolved": [row["deployment"] for row in rows if row["findings"]],
        "not_known": {
            "what": "requests that were allowed and have no outcome; they may have been sent",
            "evidence": str(observed.traffic.unknown),
        },
    }


def is_sound(document: Document) -> bool:
    """Whether nothing in a document is left for people to mend, and its log is whole."""
    drift = document.get("drift", {})
    unresolved = document.get("unresolved", drift.get("seen_not_configured"))
    return not unresolved and document["log"]["verdict"] == "ok"


def _about(observed: Observed) -> Document:
    report = observed.report
    proves = report.verdict is not Verdict.TAMPERED
    return {
        "made": _time(observed.configured.now_us),
        "log": {
            "origin": report.origin,
            "verdict": report.verdict.name.lower(),
            "records": report.records,
            "under_signed_checkpoint": report.signed,
            "root": report.root,
            "note": None if proves else "the log was tampered with: what follows proves nothing",
        },
        "exchanges": observed.traffic.exchanges,
    }


def _activity(observed: Observed, team: str) -> Document:
    flows = {n: flow for (t, n), flow in sorted(observed.traffic.by_team.items()) if t == team}
    found = sorted({entity for flow in flows.values() for entity in flow.entities})
    return {
        "activity": team,
        "purposes": sorted({p for n in flows if (p := _purpose(observed.entries.get(n)))}),
        "categories_of_data_subjects": None,
        "categories_of_personal_data_found": found,
        "recipients": [
            {
                "deployment": name,
                "recipient": _recipient(observed.entries.get(name)),
                **_places(observed.entries.get(name)),
                "evidence": _evidence(flow),
            }
            for name, flow in flows.items()
        ],
    }


def _transfer(observed: Observed, name: str) -> Document:
    entry, flow = observed.entries.get(name), observed.traffic.flows[name]
    return {
        "deployment": name,
        "recipient": _recipient(entry),
        **_places(entry),
        "agreement": entry.dpa if entry else None,
        "basis": entry.transfer_mechanism if entry else None,
        "basis_expires": entry.transfer_expires if entry else None,
        "personal_data_found": dict(sorted(flow.entities.items())),
        "teams": sorted(flow.teams),
        "findings": list(_findings(observed, entry, flow)),
        "evidence": _evidence(flow),
    }


def _findings(observed: Observed, entry: Entry | None, flow: Flow) -> list[str]:
    if entry is None:
        return [UNKNOWN]
    terms = observed.configured.deployments[entry.deployment].terms
    found = [NO_BASIS] if entry.lacks_mechanism else []
    if any(flow.records.until_us >= term.ends_us for term in terms):
        found.append(AFTER_END)
    return found


def _drift(observed: Observed) -> Document:
    seen, told = set(observed.traffic.flows), set(observed.entries)
    return {"seen_not_configured": sorted(seen - told), "configured_not_seen": sorted(told - seen)}


def _recipient(entry: Entry | None) -> str | None:
    if entry is None:
        return None
    return "own servers" if entry.own else entry.processor or entry.provider


def _purpose(entry: Entry | None) -> str | None:
    return entry.purpose if entry else None


def _places(entry: Entry | None) -> Document:
    return {
        "inference": list(entry.inference) if entry else None,
        "storage": list(entry.storage) if entry else None,
        "outside_eea": list(entry.outside_eea) if entry else None,
    }


def _evidence(flow: Flow) -> Document:
    return {
        "requests": flow.records.count,
        "attempts": flow.attempts,
        "records": str(flow.records),
        "first_received": _time(flow.records.since_us),
        "last_received": _time(flow.records.until_us),
    }


def _time(ts_us: int) -> str:
    return datetime.fromtimestamp(ts_us / 1e6, tz=UTC).isoformat(timespec="seconds")
