"""A log whose content has keys of its own, the register that holds them, and who acts on it."""

import asyncio
import secrets
from collections.abc import Coroutine
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from guardrail_gw.audit.acts import Acts
from guardrail_gw.audit.content import texts
from guardrail_gw.audit.erasure import Custody
from guardrail_gw.audit.facts import intent_allowed
from guardrail_gw.audit.keyring import Keyring, Tags
from guardrail_gw.audit.ledger import Ledger, Limits
from guardrail_gw.audit.record import Draft
from guardrail_gw.audit.review import Opened, show, verify_directory
from guardrail_gw.audit.verify import Report
from guardrail_gw.core.exchange import Inbound, Question
from guardrail_gw.core.identity import Principal
from guardrail_gw.keys.audit_keys import AuditKeys, load_audit_keys
from guardrail_gw.keys.generate import KeyFolders
from guardrail_gw.keys.private import RecipientKey, load_recipient
from guardrail_gw.keys.register import Register
from guardrail_gw.keys.register_sqlite import sqlite_register
from guardrail_gw.policy.policy import Detail, Policy, Retention
from tests.support.audit_world import SteadyClock, arrival, outcome, placed, policy
from tests.support.governed import governed

T = TypeVar("T")
SPECS = ("auditor:review", "dpo:privacy")
FULL = Detail.FULL
BASIS, SAID = "art17", {"by": "dpo", "reason": "a request"}


@dataclass(slots=True, kw_only=True)
class Kept:
    """Everything of one gateway in one folder; its own event loop asks the register."""

    home: Path
    folders: KeyFolders
    keys: AuditKeys
    clock: SteadyClock
    register: Register
    tags: Tags
    runner: asyncio.Runner
    limits: Limits = field(default_factory=Limits)
    ledger: Ledger | None = None
    keyring: Keyring | None = None

    @property
    def log(self) -> Path:
        return self.home / "audit"

    @property
    def acts(self) -> Path:
        return self.home / "audit-acts"

    @property
    def custody(self) -> Custody:
        return Custody(self.register, Acts(self.acts, self.keys, self.clock), self.clock)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    def start(self) -> Ledger:
        """A fresh process: nothing is remembered."""
        self.ledger = Ledger(self.log, self.keys, self.clock, self.limits)
        self.ledger.open()
        self.keyring = Keyring(self.register, self.tags, self.keys, self.clock)
        return self.ledger

    def stop(self) -> None:
        if self.ledger is not None:
            self.ledger.close()
            self.ledger = None

    def draft(self, user: str, text: str, obeyed: Policy) -> Draft:
        """What an exchange of that person would have recorded."""
        assert self.keyring is not None
        asked = inbound_of(user, text)
        keys = self.run(self.keyring.keys_for(asked.principal, obeyed, content=True))
        return intent_allowed(asked, placed(asked), obeyed, keys)

    def say(self, user: str, text: str, obeyed: Policy) -> None:
        """One exchange."""
        assert self.ledger is not None
        self.ledger.append([[self.draft(user, text, obeyed), outcome()]])

    def scope(self, user: str | None = None) -> str:
        return self.tags.tenant("acme") if user is None else self.tags.person("acme", user)

    def private(self, *names: str) -> list[RecipientKey]:
        wanted = names or ("auditor", "dpo")
        return [load_recipient(self.folders.auditors / f"{name}.key") for name in wanted]

    def read(self, *names: str, log: Path | None = None) -> list[Opened]:
        """The intents, as recipients of these names open them; of `full`, what the client sent."""
        return [said(record) for record in self.raw(*names, log=log)]

    def raw(self, *names: str, log: Path | None = None) -> list[Opened]:
        """The intents, with their content as it was sealed."""
        kinds = frozenset({"intent"})
        return list(show(log or self.log, self.private(*names), kinds=kinds))

    def verified(self, log: Path | None = None) -> Report:
        return verify_directory(log or self.log, self.folders.public)

    def close(self) -> None:
        self.stop()
        self.run(self.register.close())
        self.runner.close()


def said(record: Opened) -> Opened:
    """A record with what the client sent as its content."""
    if record.content is None or record.level is None:
        return record
    found = texts(record.level, record.content)
    return replace(record, content=found.sent if found.original is None else found.original)


def kept_content(home: Path, *, suite: int = 1) -> Kept:
    """Make one; `close` it."""
    folders = governed(home / "keys", SPECS, suite=suite)
    clock, runner = SteadyClock(), asyncio.Runner()
    return Kept(
        home=home,
        folders=folders,
        keys=load_audit_keys(folders.gateway, folders.public, now_us=clock.now_us()),
        clock=clock,
        register=sqlite_register(home / "audit-register" / "register.db"),
        tags=Tags((folders.gateway / "register.key").read_bytes()),
        runner=runner,
    )


def inbound_of(user: str, text: str, tenant: str = "acme") -> Inbound:
    """A request of a person, whose body says a text."""
    question = Question(
        dialect="openai_chat", model="chat", stream=False, segments=(), attachments=(), source=None
    )
    who = Principal(tenant=tenant, team="support", user=user, key_id=f"key-of-{user}")
    number = secrets.randbelow(1 << 30)
    return Inbound(arrival=arrival(number), principal=who, question=question, body=text.encode())


def obeyed(
    detail: Detail = FULL, *, subject: bool = True, retention: Retention | None = None
) -> Policy:
    """A policy of that detail, with content of persons or of the tenant."""
    return replace(policy(detail), audit_subject=subject, retention=retention or Retention())
