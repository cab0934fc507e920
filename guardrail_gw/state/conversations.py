"""What a provider keeps: what the placeholders in it stand for, and who keeps it.

recall    before a request is redacted: what was issued in the conversation it goes on with, or in
          the files and the batch that it names
promise   before anything leaves: the store takes what is about to be issued
known     once the answer begins: what other turns of the conversation had issued meanwhile
keep      before the client learns the answer's name: what it will be called by is remembered, and
          of a list everything that others had stored is taken out

What is remembered belongs to the principal that began it: for any other it has another name, so
that there is nothing to find (docs/adr/0030).
"""

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from guardrail_gw.core.exchange import (
    Inbound,
    Placed,
    Question,
    Redacted,
    Reply,
)
from guardrail_gw.core.identity import Principal
from guardrail_gw.core.kept import Held, Issue, Kept, Recall
from guardrail_gw.core.ports import Offload, Share, StateStore
from guardrail_gw.core.text import Entity
from guardrail_gw.errors import StateDown, StateTooLarge, StateUnknown, StoringForbidden
from guardrail_gw.policy.policy import Policy, Store
from guardrail_gw.state.joined import disagree, joined
from guardrail_gw.state.lists import own
from guardrail_gw.state.seal import StateKey
from guardrail_gw.state.shares import Bounds

MAX_BYTES: Final = 4 << 20
"""Of one conversation's memory, before it is sealed."""

_ISSUE_BYTES: Final = 256
"""What remembering one value costs as much as; 4 MiB of them take 0.2 s."""
_PENDING: Final = "pending"
_PENDING_S: Final = 3600.0
_FILED: Final = frozenset({Kept.FILE, Kept.BATCH})
_MADE: Final = frozenset({Kept.CONVERSATION, Kept.FILE, Kept.BATCH})
"""What is made to be kept, and is nothing else."""
_TRIES: Final = 16
"""Requests of one conversation that may add to it at the same moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversations:
    """Remembers, in a store, what conversations at providers need to be gone on with."""

    store: StateStore
    key: StateKey
    ttl_s: float
    """How long something is remembered; a conversation that is added to begins anew."""
    bounds: Bounds
    """How much of the store one key, and one tenant, may have."""
    offload: Offload
    """Where what is remembered of long conversations is sealed and opened."""
    home: str = ""
    """The virtual model whose deployments keep conversations that clients make."""
    homes: Mapping[str, str] = field(default_factory=dict)
    """Surface -> the virtual model whose deployments keep files that name no model."""

    async def recall(self, inbound: Inbound, policy: Policy) -> Held | None:
        """What is known of what a request goes on with; None for one that stands alone.

        Raises:
            StoringForbidden: the policy has nothing kept.
            StateUnknown: nothing is known under that name for this caller.
            StateElsewhere: what is named is kept by several, or does not fit together.
            StateDown: the store does not answer.
        """
        question = inbound.question
        if policy.store is Store.NEVER and _needs_keeping(question):
            raise StoringForbidden(
                "the request makes, names or goes on from what the provider keeps, and the policy "
                "has nothing kept; send the content itself instead"
            )
        if question.recall is None and not question.files and question.makes is not Kept.BATCH:
            return None
        asked = () if question.recall is None else (question.recall,)
        found = [await self._known(inbound.principal, each) for each in asked]
        found += [held async for held in self._files(inbound, policy)]
        made_of = question.recall.kind if question.recall is not None else None
        is_made = question.makes is Kept.BATCH and made_of is Kept.FILE
        if is_made and not all(each.is_batch for each in found):
            raise StateUnknown(
                "the file was not uploaded for a batch, so that nobody read its lines as requests;"
                " upload it with the purpose `batch`"
            )
        return joined(found) if found else None

    async def _files(self, inbound: Inbound, policy: Policy) -> AsyncIterator[Held]:
        """What is known of the files that a request names; of those that are listed, if anything.

        Raises:
            StateUnknown: nothing is known of one that is not listed.
        """
        for each in inbound.question.files:
            try:
                yield await self._known(inbound.principal, each)
            except StateUnknown:
                if each.id not in (policy.provider_ids or ()):
                    raise

    async def promise(self, placed: Placed) -> None:
        """Have the store take what is about to be issued; where it cannot, nothing leaves.

        Raises:
            StateDown: the store does not take it.
            StateTooLarge: it is too much.
            StateFull: the key, or its tenant, has as much remembered as it may.
        """
        redacted = placed.redacted
        inbound = redacted.inbound
        asked = inbound.question.recall
        if asked is not None and asked.adds:
            await self._add(self._name(inbound.principal, asked), redacted)
        if redacted.stored:
            holder = redacted.held.holder if redacted.held else ""
            name = self.key.name(inbound.principal, _PENDING, inbound.arrival.id)
            sealed = await self._sealed(name, redacted, holder)
            await self.store.put(
                name, sealed, ttl_s=_PENDING_S, shares=self._shares(inbound.principal)
            )

    async def known(self, redacted: Redacted) -> Held | None:
        """What is known of a request's conversation now that its answer is here.

        Other turns may have added to it since it was recalled, and the answer may be about them.
        None where that cannot be: for answers, which stay as they were, and for what was deleted.

        Raises:
            StateDown: the store does not answer; the client does not get the answer.
        """
        asked = redacted.inbound.question.recall
        if asked is None or asked.kind is not Kept.CONVERSATION or asked.ends:
            return None
        return await self._remembered(self._name(redacted.inbound.principal, asked), asked.place)

    async def keep(self, redacted: Redacted, reply: Reply) -> bool:
        """Remember an answer by its name before the client learns it; say whether it is kept.

        Raises:
            StateDown: the store does not take it; the client does not get the answer.
        """
        inbound = redacted.inbound
        question, who = inbound.question, inbound.principal
        if question.recall is not None and question.recall.ends:
            await self.store.delete(self._name(who, question.recall))
        for kind, id_ in reply.names:
            await self._follows(self.key.name(who, kind, id_), redacted)
        if not redacted.stored:
            return False
        pending = self.key.name(who, _PENDING, inbound.arrival.id)
        if reply.named is not None:
            name = self.key.name(who, question.makes, reply.named)
            sealed = await self._sealed(name, redacted, reply.deployment.holder)
            await self.store.delete(pending)  # its room is that of what follows
            await self.store.put(name, sealed, ttl_s=self.ttl_s, shares=self._shares(who))
        await self.store.delete(pending)
        return reply.named is not None

    def _shares(self, principal: Principal) -> tuple[Share, ...]:
        return self.bounds.shares(self.key, principal)

    async def listed(self, redacted: Redacted, reply: Reply) -> Reply:
        """Of a list, what its principal had stored at whoever answers; any other reply as it is.

        Raises:
            StateDown: the store cannot say whose things are.
            UpstreamFault: the list broke off.
        """
        question, who = redacted.inbound.question, redacted.inbound.principal
        kind = question.lists
        if kind is None:
            return reply

        async def mine(id_: str) -> Held | None:
            held = await self._remembered(self.key.name(who, kind, id_), "the list")
            return held if held is not None and held.holder == reply.deployment.holder else None

        return await own(reply, mine, question.head.most)

    async def _known(self, principal: Principal, asked: Recall) -> Held:
        held = await self._remembered(self._name(principal, asked), asked.place)
        if held is None:
            raise StateUnknown(
                f"nothing is known here under the name at {asked.place!r}: this key did not have "
                "it stored through this gateway, it was deleted, or its time is over"
            )
        return held

    async def _follows(self, name: str, redacted: Redacted) -> None:
        """Remember what came of something that is kept, as if it were that."""
        if redacted.held is None or await self.store.get(name) is not None:
            return
        sealed = await self._sealed(name, redacted, redacted.held.holder)
        shares = self._shares(redacted.inbound.principal)
        await self.store.put(name, sealed, ttl_s=self.ttl_s, shares=shares)

    def _name(self, principal: Principal, asked: Recall) -> str:
        return self.key.name(principal, asked.kind, asked.id)

    async def _remembered(self, name: str, place: str) -> Held | None:
        sealed = await self.store.get(name)
        if sealed is None:
            return None
        return await self.offload(partial(self._opened, name, sealed, place), size=len(sealed))

    def _opened(self, name: str, sealed: bytes, place: str) -> Held | None:
        plain = self.key.open(name, sealed)
        return None if plain is None else _held(json.loads(plain), place)

    async def _add(self, name: str, redacted: Redacted) -> None:
        """Add what a request issued to its conversation; others may be adding, too."""
        for _ in range(_TRIES):
            old = await self.store.get(name)
            if old is None:
                break  # it was deleted in the meantime
            joined = partial(self._joined, name, old, redacted)
            new = await self.offload(joined, size=len(old) + _size(redacted))
            if new is None:
                break
            shares = self._shares(redacted.inbound.principal)
            if await self.store.swap(name, old, new, ttl_s=self.ttl_s, shares=shares):
                return
        raise StateDown("the conversation is being changed by others; try again", retry_after_s=1.0)

    def _joined(self, name: str, old: bytes, redacted: Redacted) -> bytes | None:
        """What is remembered and what a request issued, sealed; None where they do not go on."""
        plain = self.key.open(name, old)
        if plain is None or redacted.held is None:
            return None
        said = json.loads(plain)
        mine = _memory(redacted, redacted.held.holder, said["model"])
        if disagree(said["issued"], mine["issued"]):
            return None  # the same invented name for two people: the next try knows of the other
        return self.key.seal(name, _bounded(_merged(said, mine)))

    async def _sealed(self, name: str, redacted: Redacted, holder: str) -> bytes:
        model = redacted.inbound.question.model or self._home(redacted)
        return await self.offload(
            lambda: self.key.seal(name, _bounded(_memory(redacted, holder, model))),
            size=_size(redacted),
        )

    def _home(self, redacted: Redacted) -> str:
        """The virtual model of what names none: that of what it is made of, or as configured."""
        if redacted.held is not None:
            return redacted.held.model
        question = redacted.inbound.question
        return self.homes.get(question.dialect, "") if question.makes in _FILED else self.home


def _size(redacted: Redacted) -> int:
    """Of what a request has to have remembered, about, in bytes."""
    return _ISSUE_BYTES * len(redacted.originals)


def _needs_keeping(question: Question) -> bool:
    """Whether a request makes no sense where nothing is kept; to delete what was always does."""
    if question.recall is not None:
        return not question.recall.ends
    return question.makes in _MADE or bool(question.files)


def _memory(redacted: Redacted, holder: str, model: str) -> dict[str, Any]:
    """What has to be known later, as JSON."""
    held = redacted.held
    before: frozenset[Entity] = held.entities if held else frozenset()
    found = {entity for entity, count in redacted.entities.items() if count}
    return {
        "holder": holder,
        "model": model,
        "issued": {
            token: [redacted.kinds[token], value] for token, value in redacted.originals.items()
        },
        "entities": sorted(before | found),
        "unscanned": bool(redacted.inbound.question.attachments or (held and held.unscanned)),
        "is_batch": bool(redacted.envelope.lines),
    }


def _merged(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    return {
        **one,
        "issued": {**other["issued"], **one["issued"]},
        "entities": sorted({*one["entities"], *other["entities"]}),
        "unscanned": one["unscanned"] or other["unscanned"],
    }


def _bounded(memory: dict[str, Any]) -> bytes:
    written = json.dumps(memory).encode()
    if len(written) > MAX_BYTES:
        raise StateTooLarge(
            f"more than {MAX_BYTES >> 20} MiB would have to be remembered of what is kept; "
            "begin a new conversation, or cut the file in two"
        )
    return written


def _held(said: dict[str, Any], place: str) -> Held:
    return Held(
        place=place,
        holder=said["holder"],
        model=said["model"],
        issued={
            token: Issue(entity=Entity(entity), value=value)
            for token, (entity, value) in said["issued"].items()
        },
        entities=frozenset(map(Entity, said["entities"])),
        unscanned=said["unscanned"],
        is_batch=said.get("is_batch", False),
    )
