"""Whoever holds the gateway's whole memory after a record opens none of the records before it.

The attack is run on the real objects: every secret that is reachable from the ledger and the
keyring is tried in every way in which the format uses a secret. That the attack works at all is
shown on the state of the moment before: it opens everything that came after.
"""

import gc
from collections.abc import Iterator
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from guardrail_gw.audit.frame import Frame, frames
from guardrail_gw.audit.record import head_of, parse, parse_json
from guardrail_gw.audit.rows import open_row_chain
from guardrail_gw.audit.seal import CHAINS, Chain, SealError, decrypt, open_chain
from guardrail_gw.audit.segments import segment_name
from guardrail_gw.keys.private import HybridKey, RecipientKey
from tests.support.kept_content import Kept, kept_content, obeyed

_STEPS = 12
_SECRET_BYTES = 32


def _reachable(*roots: object) -> Iterator[object]:
    """Everything that can be reached, but for code."""
    seen: set[int] = set()
    waiting: list[object] = list(roots)
    while waiting:
        each = waiting.pop()
        if id(each) in seen or isinstance(each, type | ModuleType | FunctionType):
            continue
        seen.add(id(each))
        yield each
        waiting += gc.get_referents(each)


def _memory(kept: Kept) -> tuple[set[bytes], list[RecipientKey]]:
    """The secrets in a gateway's memory: whatever has a secret's length, and private keys."""
    found, keys = set(), list[RecipientKey]()
    for each in _reachable(kept.ledger, kept.keyring):
        if isinstance(each, bytes) and len(each) == _SECRET_BYTES:
            found.add(each)
        elif isinstance(each, X25519PrivateKey | HybridKey):
            keys.append(each)
        assert not isinstance(each, MLKEM768PrivateKey)
    return found, keys + [X25519PrivateKey.from_private_bytes(secret) for secret in found]


def _frames(kept: Kept) -> list[Frame]:
    return list(frames((kept.log / segment_name(0)).read_bytes()))


class Attack:
    """What an attacker makes of a memory."""

    def __init__(self, memory: tuple[set[bytes], list[RecipientKey]], log: list[Frame]) -> None:
        secrets, self._keys = memory
        self._wrap = log[0].wrap
        self._epoch = parse(log[0].leaf)
        self._place = (self._epoch["origin"], self._epoch["epoch"])
        self._positions = [self._ahead(secret) for secret in secrets]

    @staticmethod
    def _ahead(secret: bytes) -> list[bytes]:
        """The secret as a chain key, and every chain key that follows from it."""
        chain, keys = Chain(secret), []
        for _ in range(_STEPS):
            keys.append(chain._key)  # noqa: SLF001 - what an attacker reads
            chain.skip(1)
        return keys

    def opens(self, frame: Frame) -> set[str]:
        """Which parts of a record it opens."""
        leaf = parse(frame.leaf)
        found = set()
        for name, sealed in (("meta", frame.meta), ("content", frame.content)):
            if sealed and self._opened(leaf, sealed, head_of(frame.leaf)) is not None:
                found.add(name)
        meta = self._opened(leaf, frame.meta, head_of(frame.leaf)) if frame.meta else None
        if meta is not None and "identity" in (said := parse_json(meta)):
            data = bytes.fromhex(said["identity"]["data"])
            if self._opened(leaf, data, head_of(frame.leaf)) is not None:
                found.add("identity")
        return found | self._unsealed(leaf, frame)

    def _opened(self, leaf: dict[str, Any], sealed: bytes, head: bytes) -> bytes | None:
        salt = bytes.fromhex(leaf["salt"])
        for ahead in self._positions:
            for key in ahead:
                for tried in (key, Chain(key).take(leaf["seq"], salt)):
                    try:
                        return decrypt(tried, sealed, head)
                    except SealError:
                        continue
        return None

    def _unsealed(self, leaf: dict[str, Any], frame: Frame) -> set[str]:
        """With what it holds as private keys."""
        found = set()
        for key in self._keys:
            for chain in CHAINS:
                committed = self._epoch[f"kc_{chain}"]
                try:
                    opened = open_chain(self._wrap, chain, committed, self._place, [key])
                except SealError:
                    continue
                if opened is not None:
                    found.add(f"epoch {chain}")
            if "kc" in leaf:
                said = {"kc": leaf["kc"], **parse_json(frame.wrap)}
                try:
                    open_row_chain(said, self._place, leaf["sid"], key)
                except SealError:
                    continue
                found.add("row")
        return found


@pytest.mark.parametrize("suite", [1, 2])
@pytest.mark.parametrize("subject", [True, False], ids=["of persons", "of the tenant"])
def test_memory_after_a_record_opens_nothing_before_it(
    tmp_path: Path, suite: int, *, subject: bool
) -> None:
    """After record k no secret opens metadata, content or name of a record up to k."""
    kept = kept_content(tmp_path, suite=suite)
    kept.start()
    policy = obeyed(subject=subject)
    for number in range(3):
        kept.say("erika", f"before {number}", policy)
    before = _frames(kept)[1:]
    memory = _memory(kept)
    kept.say("erika", "after", policy)
    log = _frames(kept)
    attack = Attack(memory, log)

    opened_before = [attack.opens(frame) for frame in before]
    opened_after = attack.opens(log[len(before) + 1])

    assert opened_before == [set()] * 6
    assert opened_after == {"meta", "content"} | ({"identity"} if subject else set())
    kept.close()


def test_no_private_half_of_a_row_stays(tmp_path: Path) -> None:
    """What the keyring remembers of rows that it has just made is public."""
    kept = kept_content(tmp_path)
    kept.start()
    for name in ("erika", "max", "anna"):
        kept.draft(name, "words", obeyed())

    _, keys = _memory(kept)

    rows = kept.run(kept.register.of_scope(kept.scope()))
    public = {row.public for row in rows}
    assert len(public) == 6
    halves = {
        key.public_key().public_bytes_raw() for key in keys if isinstance(key, X25519PrivateKey)
    }
    assert not public & halves
    kept.close()
