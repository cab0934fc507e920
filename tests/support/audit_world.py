"""Keys, a clock that tests own, and exchanges to record."""

import asyncio
import errno
import os
import threading
from dataclasses import dataclass
from pathlib import Path

import pytest

from guardrail_gw.audit.keepers import Keepers
from guardrail_gw.audit.ledger import Ledger, Limits
from guardrail_gw.audit.record import Content, Draft, Kind, Level, canonical
from guardrail_gw.audit.registry import FolderRegistry
from guardrail_gw.audit.verify import LogFiles, Report, verify
from guardrail_gw.core.deployment import Deployment, Rejection
from guardrail_gw.core.exchange import Arrival, Envelope, Inbound, Placed, Question, Redacted
from guardrail_gw.core.identity import Principal, RequestId
from guardrail_gw.core.reason import Reason
from guardrail_gw.core.text import Entity
from guardrail_gw.keys.audit_keys import (
    AuditKeys,
    PublicMaterial,
    load_audit_keys,
    load_public,
    load_recipient,
)
from guardrail_gw.keys.generate import init
from guardrail_gw.keys.private import RecipientKey
from guardrail_gw.policy.policy import Action, Detail, EntityRule, Policy
from tests.support.second_opinion import second_opinion

START_US = 1_795_000_000_000_000
DIGEST = "sha256:" + "ab" * 32


class SteadyClock:
    """Time that moves when a test says so."""

    def __init__(self) -> None:
        self.at_us = START_US

    def now_us(self) -> int:
        return self.at_us

    def monotonic_s(self) -> float:
        return self.at_us / 1e6

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0)

    def pass_s(self, seconds: float) -> None:
        self.at_us += round(seconds * 1e6)


class HeldDisk:
    """In the place of fdatasync: waits until it is let go, and then fails if it is told to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.go, self.fails, self._real = threading.Event(), False, os.fdatasync
        monkeypatch.setattr("guardrail_gw.audit.segments.os.fdatasync", self._sync)

    def _sync(self, handle: int) -> None:
        assert self.go.wait(20)
        if self.fails:
            raise OSError(errno.EIO, "Input/output error")
        self._real(handle)


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """A gateway's keys and the place of its log."""

    home: Path
    keys: AuditKeys
    public: PublicMaterial
    auditor: RecipientKey
    escrow: RecipientKey

    @property
    def log(self) -> Path:
        return self.home / "log"

    @property
    def public_folder(self) -> Path:
        return self.home / "keys" / "audit-public"

    @property
    def registry_folder(self) -> Path:
        return self.home / "registry"

    def registry(self) -> FolderRegistry:
        return FolderRegistry(self.registry_folder, self.keys.name, self.keys.signer)

    def ledger(
        self, clock: SteadyClock, limits: Limits | None = None, keepers: Keepers | None = None
    ) -> Ledger:
        return Ledger(self.log, self.keys, clock, limits or Limits(), keepers or Keepers())


def world(home: Path, name: str = "log.example") -> World:
    """Make keys in `home`."""
    folders = init(home / "keys", name=name)
    return World(
        home=home,
        keys=load_audit_keys(folders.gateway, folders.public),
        public=load_public(folders.public),
        auditor=load_recipient(folders.auditors / "auditor.key"),
        escrow=load_recipient(folders.auditors / "escrow.key"),
    )


def intent(number: int = 0, content: Content | None = None) -> Draft:
    """An intent with sealed metadata."""
    return Draft(
        kind=Kind.INTENT,
        clear={"dec": "allowed", "pol": DIGEST},
        sealed=canonical({"request": f"r{number}", "user": "erika"}),
        content=content,
    )


def outcome(of: int | None = None, number: int = 0) -> Draft:
    """An outcome; without `of` it answers the intent of its group."""
    clear: dict[str, str | int] = {"end": "ok"}
    if of is not None:
        clear["of"] = of
    return Draft(kind=Kind.OUTCOME, clear=clear, sealed=canonical({"request": f"r{number}"}))


def pair(number: int = 0, content: Content | None = None) -> list[Draft]:
    """An intent and its outcome."""
    return [intent(number, content), outcome(number=number)]


def full(data: bytes) -> Content:
    """Content that two recipients open together."""
    return Content(level=Level.FULL, data=data)


def redacted_content(data: bytes) -> Content:
    """Content that each recipient opens."""
    return Content(level=Level.REDACTED, data=data)


def files(directory: Path) -> dict[str, bytes]:
    """The files of a log, to be altered."""
    return {p.name: p.read_bytes() for p in directory.iterdir() if p.is_file()}


def judged(
    found: dict[str, bytes],
    public: PublicMaterial,
    *,
    kept: bytes | None = None,
    now_us: int | None = None,
) -> Report:
    """Verify bytes; the checker that travels with a log has to agree, where it can know."""
    log = LogFiles(names=tuple(sorted(found)), read=found.__getitem__)
    report = verify(log, public, kept=() if kept is None else (kept,), now_us=now_us)
    if kept is None and now_us is None and not _in_a_loop():  # it reads files
        code, told = second_opinion(found, public)
        # What it cannot tell it does not judge further, and `verify` does.
        agrees = code == report.verdict or (code, report.verdict) == (3, 1)
        assert agrees, (report.findings, told)
    return report


def _in_a_loop() -> bool:
    try:
        return asyncio.get_running_loop().is_running()
    except RuntimeError:
        return False


def arrival(number: int = 0) -> Arrival:
    """A request at the door."""
    return Arrival(id=RequestId(f"request-{number}"), surface="openai_chat", received_us=START_US)


def inbound(number: int = 0, *, stream: bool = False, body: bytes = b"") -> Inbound:
    """A request that is understood."""
    question = Question(
        dialect="openai_chat", model="chat", stream=stream, segments=(), attachments=(), source=None
    )
    who = Principal(tenant="acme", team="support", user="erika.mustermann", key_id="key-7")
    return Inbound(arrival=arrival(number), principal=who, question=question, body=body)


def policy(detail: Detail = Detail.METADATA, digest: str = DIGEST) -> Policy:
    """A policy of that detail."""
    return Policy(
        digest=digest,
        documents=("default",),
        entities={},
        default=EntityRule(action=Action.TOKEN, min_score=0.5, rule="default/pii.default"),
        attachments_allowed=False,
        residency=(),
        audit_detail=detail,
    )


def redacted(of: Inbound) -> Redacted:
    """What redaction would hand on."""
    return Redacted(
        inbound=of,
        envelope=Envelope(before=b'{"model":', after=b',"input":"PERSON_7K2QX9MD"}'),
        originals={"PERSON_7K2QX9MD": "Erika Mustermann"},
        entities={Entity("PERSON"): 1},
        rules=("default/pii.PERSON",),
        policy_digest=DIGEST,
    )


def placed(of: Inbound) -> Placed:
    """What residency would hand on."""
    eu = Deployment(
        id="eu-1",
        provider="standin",
        model="m",
        base_url="http://127.0.0.1:1",
        dialect="openai_chat",
        inference=frozenset({"DE"}),
        storage=frozenset({"DE"}),
    )
    us = Rejection(deployment="us-1", reason=Reason.INFERENCE_OUTSIDE, detail="US is not in EU")
    return Placed(redacted=redacted(of), lawful=(eu,), rejected=(us,), rules=("default/residency",))


def written(made: World, pairs: int, *, epoch_records: int) -> None:
    """Write so many exchanges, and end the log in order."""
    ledger = made.ledger(SteadyClock(), Limits(epoch_records=epoch_records))
    ledger.open()
    for number in range(pairs):
        ledger.append([pair(number)])
        if ledger.due_s() <= 0:
            ledger.tend()
    ledger.close()
