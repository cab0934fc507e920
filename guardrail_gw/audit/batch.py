"""Records being made: places given, keys taken, bytes ready to be written at once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from guardrail_gw.audit.frame import framed
from guardrail_gw.audit.note import certificate_text
from guardrail_gw.audit.record import (
    VERSION,
    Content,
    Draft,
    Identity,
    Kind,
    canonical,
    finished,
    parse_json,
)
from guardrail_gw.audit.recovery import Resumption
from guardrail_gw.audit.rows import chain_of_row
from guardrail_gw.audit.seal import META, Epoch, encrypt
from guardrail_gw.audit.tree import CompactRange
from guardrail_gw.keys.audit_keys import AuditKeys


@dataclass(slots=True)
class Stored:
    """Where a record lies. Nobody changes one; to freeze each would take a microsecond a record."""

    origin: str
    index: int
    leaf_hash: bytes
    path: Path
    start: int
    end: int


Groups = Sequence[Sequence[Draft]]
"""Records that belong together, each with those it is written with or not at all."""
Places = list[list[Stored]]
"""Where the records of each group are, in the order in which they were given."""


class Batch:
    """Takes drafts in the order in which they shall stand in the log."""

    def __init__(
        self, *, epoch: Epoch, tree: CompactRange, path: Path, start: int, now_us: int
    ) -> None:
        """Continue after `tree` and byte `start` of the segment; `tree` becomes the batch's."""
        self.tree = tree
        self.start = self.end = start
        self.frames: list[bytes] = []
        self._taken = 0
        self._origin = epoch.origin
        self._epoch = epoch
        self._path = path
        self._common = {
            "epoch": epoch.number,
            "origin": epoch.origin,
            "suite": epoch.suite,
            "ts": now_us,
            "v": VERSION,
        }

    def go_on(self, now_us: int) -> None:
        """What is added from here on is of a later time."""
        self._common["ts"] = now_us

    def taken(self) -> bytes:
        """What was added since this was last asked for, to be written."""
        taken, self._taken = self._taken, len(self.frames)
        return b"".join(self.frames[taken:] if taken else self.frames)

    def add_group(self, drafts: Iterable[Draft]) -> list[Stored]:
        """Add records that belong together.

        An outcome without `of` answers the intent before it in the group.

        Raises:
            RecordError: one cannot be written; the batch is of no use any more.
        """
        stored: list[Stored] = []
        intent: int | None = None
        for draft in drafts:
            of = intent if draft.kind is Kind.OUTCOME and "of" not in draft.clear else None
            stored.append(self.add(draft, of=of))
            if draft.kind is Kind.INTENT:
                intent = stored[-1].index
        return stored

    def add(self, draft: Draft, *, of: int | None = None) -> Stored:
        """Seal one record and give it the next place.

        Raises:
            RecordError: it cannot be written.
        """
        seq = self.tree.size
        head: dict[str, object] = {**self._common, **draft.clear, "kind": draft.kind, "seq": seq}
        if of is not None:
            head["of"] = of
        if draft.sealed is None:
            leaf = finished(canonical(head), content=None, meta=None, wrap=None)
            return self._place(leaf, framed(leaf))
        return self._sealed(head, draft.sealed, draft)

    def add_epoch(self, leaf: bytes) -> Stored:
        """Add the epoch's own record."""
        return self._place(leaf, framed(leaf, wrap=self._epoch.wrap))

    def _sealed(self, head: dict[str, object], meta: bytes, draft: Draft) -> Stored:
        seq, salt = self.tree.size, next(self._epoch.salts)
        head["salt"] = salt.hex()
        key, wrap = self._content_key(head, salt, draft.content) if draft.content else (b"", None)
        bound = canonical(head)
        if draft.identity is not None:
            meta = self._with_identity(meta, draft.identity, salt, bound)
        # Sealed metadata may stand in any record, so its chain counts all of them.
        meta_chain = self._epoch.chains[META]
        sealed_meta = encrypt(meta_chain.take_at(self._place_in_epoch, seq, salt), meta, bound)
        sealed_content = encrypt(key, draft.content.data, bound) if draft.content else None
        leaf = finished(bound, content=sealed_content, meta=sealed_meta, wrap=wrap)
        return self._place(leaf, framed(leaf, sealed_meta, sealed_content or b"", wrap or b""))

    def _content_key(
        self, head: dict[str, object], salt: bytes, content: Content
    ) -> tuple[bytes, bytes | None]:
        """The key for a content, and the sealed key of its chain if the chain is new."""
        chain, wrap = self._epoch.chains[content.level], None
        if content.row is not None:
            chain, made = chain_of_row(self._epoch, content.row)
            head["sid"] = content.row.sid
            if made is not None:
                head["kc"], wrap = made.committed, made.wrap
        head["ci"], head["cl"] = chain.position, content.level
        return chain.take(self.tree.size, salt), wrap

    def _with_identity(self, meta: bytes, who: Identity, salt: bytes, bound: bytes) -> bytes:
        chain, made = chain_of_row(self._epoch, who.row)
        said: dict[str, object] = {"at": chain.position, "sid": who.row.sid}
        if made is not None:
            said |= {"kc": made.committed, "key": made.key}
        said["data"] = encrypt(chain.take(self.tree.size, salt), who.data, bound).hex()
        return canonical({**parse_json(meta), "identity": said})

    @property
    def _place_in_epoch(self) -> int:
        return self.tree.size - self._epoch.first_seq - 1

    def _place(self, leaf: bytes, frame: bytes) -> Stored:
        index, start = self.tree.size, self.end
        hashed = sha256(b"\x00" + leaf).digest()  # `leaf_hash`, at hand
        self.tree.append(hashed)
        self.frames.append(frame)
        self.end = end = start + len(frame)
        return Stored(self._origin, index, hashed, self._path, start, end)


def epoch_leaf(state: Resumption, epoch: Epoch, keys: AuditKeys, now_us: int) -> bytes:
    """The leaf of an epoch's own record, which continues the log where `state` ends."""
    public = epoch.signer.public_key().public_bytes_raw()
    text = certificate_text(state.origin, epoch.number, epoch.first_seq, public)
    fields: dict[str, object] = {
        "cert": keys.signer.sign(text).hex(),
        "ck": public.hex(),
        "epoch": epoch.number,
        "kind": Kind.EPOCH,
        "origin": state.origin,
        "range": [node.hex() for node in state.tree.nodes],
        "run": state.run,
        "seq": epoch.first_seq,
        "suite": epoch.suite,
        "ts": now_us,
        "v": VERSION,
        **{f"kc_{chain}": value for chain, value in epoch.commitments.items()},
    }
    if keys.serial:
        fields["rd"], fields["rn"] = keys.digest, keys.serial
    if state.predecessor is not None:
        fields["prev"] = state.predecessor
    return finished(canonical(fields), content=None, meta=None, wrap=epoch.wrap)
