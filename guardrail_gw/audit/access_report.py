"""Whether a record of looks is whole, as far as it can tell. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from guardrail_gw.audit.access import Access
from guardrail_gw.audit.findings import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessReport:
    """What is said of all looks together."""

    verdict: Verdict
    looks: tuple[Access, ...]
    head: str | None
    """Hex, hash of the last line: who keeps it notices when lines are removed at the end."""
    findings: tuple[str, ...]


def judge(
    looks: Iterable[Access], *, kept: str | None = None, readers: Mapping[str, str] | None = None
) -> AccessReport:
    """Judge the looks of a file.

    Args:
        looks: as `access.accesses` reads them.
        kept: the hash of a line that was kept elsewhere: it must still be there.
        readers: hex of a reader's key -> name; a look by any other reader cannot be attributed, and
            where nobody is named none can.
    """
    found = tuple(looks)
    tampered = [f"look {x.number} was altered, moved or put in" for x in found if not x.intact]
    if kept is not None and kept not in {look.hash for look in found}:
        tampered.append("the look that was kept elsewhere is not here: looks were removed")
    strangers = {look.reader for look in found if look.intact} - {*(readers or {})}
    unknown = [
        f"reader {reader[:16]} is nobody named: who may look?" for reader in sorted(strangers)
    ]
    worst = Verdict.TAMPERED if tampered else Verdict.UNVERIFIABLE if unknown else Verdict.OK
    return AccessReport(
        verdict=worst,
        looks=found,
        head=found[-1].hash if found else None,
        findings=(*tampered, *unknown),
    )
