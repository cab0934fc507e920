"""What ends one day: recipients, certificates, contracts; and who else can read a secret."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from guardrail_gw.doctor.check import Check, Verdict

SOON_DAYS: Final = 30
_DAY_US: Final = 86_400_000_000
_OTHERS: Final = 0o004
_CHANGE: Final = 0o022


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """Something that ends."""

    name: str
    """Of the check: `keys.recipients`."""
    what: str
    ends_us: int
    then: str
    """What happens then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mode:
    """A file that holds a secret, and who may read it."""

    name: str
    """Of what it belongs to, in the configuration."""
    mode: int
    """Permission bits."""


def judge_end(end: End, now_us: int) -> Check:
    """How many days are left."""
    days = (end.ends_us - now_us) // _DAY_US
    if end.ends_us <= now_us:
        said, verdict = f"{end.what} ended {-days} day(s) ago", Verdict.FAIL
    else:
        said = f"{end.what} end{'s' if _is_one(end.what) else ''} in {days} day(s)"
        verdict = Verdict.WARN if days < SOON_DAYS else Verdict.OK
    advice = "" if verdict is Verdict.OK else end.then
    return Check(name=end.name, verdict=verdict, said=said, advice=advice)


def judge_modes(modes: Iterable[Mode]) -> Check:
    """Whether everybody on the machine could read a credential, or change one."""
    every = tuple(modes)
    name = "credentials.mode"
    if not every:
        return Check(name=name, verdict=Verdict.OK, said="no credential lies in a file")
    changed = [m.name for m in every if m.mode & _CHANGE]
    read = [m.name for m in every if m.mode & _OTHERS]
    if bad := sorted({*changed, *read}):
        return Check(
            name=name,
            verdict=Verdict.WARN,
            said=f"others may read or change the file(s) of {', '.join(bad)}",
            advice="chmod 600, or 400; in Kubernetes defaultMode: 0400 or 0440 with fsGroup",
        )
    return Check(name=name, verdict=Verdict.OK, said=f"{len(every)} file(s), closed to others")


def _is_one(what: str) -> bool:
    return not what.endswith("s")
