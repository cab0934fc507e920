"""Which row of the key register an exchange's content is sealed under.

The gateway makes rows and can open none: a row's private half is sealed to recipients before it
is stored, and dropped. A row bears a mark that only `register.key` makes: whoever can write the
register cannot put a key of their own there, and read what is sealed from then on. Public halves
are remembered for an epoch's time at most, so that what was erased is soon met with a fresh key.
"""

import asyncio
import hmac
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

from guardrail_gw.audit.record import RecordError, RowKey, canonical, parse_json
from guardrail_gw.audit.retention import period
from guardrail_gw.audit.rows import KEY_BYTES, make_row
from guardrail_gw.core.identity import Principal
from guardrail_gw.core.ports import Clock, KeyRegister, RegisterRow
from guardrail_gw.errors import RegisterDown
from guardrail_gw.keys.audit_keys import AuditKeys
from guardrail_gw.keys.recipients import Reach
from guardrail_gw.policy.policy import Detail, Policy

REMEMBERED_S = 600.0
PATIENCE_S = 2.0
_MOST = 50_000
_IDENTITY = "identity"
_REACHES = {
    _IDENTITY: Reach.METADATA,
    Detail.REDACTED.value: Reach.REDACTED,
    Detail.FULL.value: Reach.FULL,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """What an exchange's record is sealed under besides its epoch's keys."""

    identity: RowKey | None = None
    """None: the policy names no subject, and who asks is in the metadata."""
    content: RowKey | None = None


NO_KEYS = Keys()


class Tags:
    """Names of people and tenants as the register knows them; only `register.key` makes them."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def tenant(self, tenant: str) -> str:
        """Of a tenant."""
        return self.of("tenant", tenant)

    def person(self, tenant: str, user: str) -> str:
        """Of a person."""
        return self.of("person", tenant, user)

    def of(self, *parts: str) -> str:
        """Of any words; no two lists of words have the same."""
        encoded = [part.encode("utf-8", "surrogatepass") for part in parts]
        message = b"".join(len(part).to_bytes(4, "big") + part for part in encoded)
        return hmac.digest(self._secret, message, sha256).hex()

    def marked(self, row: RegisterRow) -> RegisterRow:
        """A row as the register holds it, with the mark of whoever has made it."""
        sealed = parse_json(row.sealed)
        return replace(row, sealed=canonical({**sealed, "by": self._mark(row, sealed)}))

    def made(self, row: RegisterRow) -> bool:
        """Whether a row bears the mark, and is as it was then."""
        try:
            sealed = parse_json(row.sealed)
        except RecordError:
            return False
        by = str(sealed.pop("by", ""))
        return hmac.compare_digest(by.encode(), self._mark(row, sealed).encode())

    def _mark(self, row: RegisterRow, sealed: Mapping[str, Any]) -> str:
        words = (row.sid, row.tag, row.scope, row.tenant, row.level, str(row.suite))
        times = (str(row.not_before_us), str(row.until_us))
        text = canonical(sealed).decode()
        return self.of("made", *words, *times, row.public.hex(), text)


class Keyring:
    """Finds or makes rows."""

    def __init__(self, register: KeyRegister, tags: Tags, keys: AuditKeys, clock: Clock) -> None:
        self._register = register
        self._tags = tags
        self._keys = keys
        self._clock = clock
        self._remembered: OrderedDict[str, tuple[float, RowKey]] = OrderedDict()

    async def keys_for(self, who: Principal, policy: Policy, *, content: bool) -> Keys:
        """The rows for one exchange.

        Args:
            who: the principal.
            policy: says whether content belongs to a person, and how long it is kept.
            content: whether the record has any.

        Raises:
            RegisterDown: the register cannot be asked and nothing is remembered, or what it holds
                was not made by a gateway.
        """
        wanted = content and policy.audit_detail is not Detail.METADATA
        if not (wanted or policy.audit_subject):
            return NO_KEYS
        level = policy.audit_detail.value
        identity = await self._key(who, policy, _IDENTITY) if policy.audit_subject else None
        return Keys(
            identity=identity, content=await self._key(who, policy, level) if wanted else None
        )

    async def _key(self, who: Principal, policy: Policy, level: str) -> RowKey:
        row = self._row(who, policy, level)
        remembered = self._remembered.get(row.tag)
        if remembered is not None and self._clock.monotonic_s() < remembered[0]:
            return remembered[1]
        try:
            async with asyncio.timeout(PATIENCE_S):
                found = await self._register.found(row.tag)
                found = found or await self._register.put(self._filled(row))
        except TimeoutError:
            raise RegisterDown("the key register did not answer in time") from None
        if found.tag != row.tag or not self._tags.made(found):
            raise RegisterDown("the key register holds a row that no gateway made; who wrote it?")
        key = _public(found)
        self._remember(row.tag, key)
        return key

    def _row(self, who: Principal, policy: Policy, level: str) -> RegisterRow:
        days = policy.retention.days(level)
        when = period(days, policy.retention, self._clock.now_us())
        tenant = self._tags.tenant(who.tenant)
        scope = self._tags.person(who.tenant, who.user) if policy.audit_subject else tenant
        suite, least = self._keys.suite, policy.retention.minimum_days
        text = self._keys.digest  # who may open a row does not change
        words = (scope, level, text, str(suite), str(days), str(least), str(when.number))
        return RegisterRow(
            sid="",
            tag=self._tags.of("marked row", *words),
            scope=scope,
            tenant=tenant,
            level=level,
            suite=suite,
            public=b"",
            sealed=b"",
            not_before_us=when.not_before_us,
            until_us=when.until_us,
        )

    def _filled(self, row: RegisterRow) -> RegisterRow:
        made = make_row(self._keys.recipients, _REACHES[row.level], row.suite)
        public = made.key.x25519 + (made.key.mlkem or b"")
        return self._tags.marked(replace(row, sid=made.key.sid, public=public, sealed=made.sealed))

    def _remember(self, tag: str, key: RowKey) -> None:
        self._remembered[tag] = (self._clock.monotonic_s() + REMEMBERED_S, key)
        self._remembered.move_to_end(tag)
        if len(self._remembered) > _MOST:
            self._remembered.popitem(last=False)


def _public(row: RegisterRow) -> RowKey:
    return RowKey(
        sid=row.sid,
        suite=row.suite,
        x25519=row.public[:KEY_BYTES],
        mlkem=row.public[KEY_BYTES:] or None,
    )
