"""What verification can find: a stable code, what it means for the log, and a sentence for people.

The codes are public (docs/audit-findings.md) and never get another meaning.
"""

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Final


class Verdict(IntEnum):
    """The exit code of `audit verify`."""

    OK = 0
    TAMPERED = 1
    INCOMPLETE = 2
    UNVERIFIABLE = 3


class Code(StrEnum):
    """One way in which a log is not as it should be."""

    ACTS_INCOMPLETE = "acts.incomplete"
    ACTS_TAMPERED = "acts.tampered"
    ACTS_UNVERIFIABLE = "acts.unverifiable"
    CHECKPOINT_ALTERED = "checkpoint.altered"
    CHECKPOINT_DISORDERED = "checkpoint.disordered"
    CHECKPOINT_FOREIGN = "checkpoint.foreign"
    CHECKPOINT_FORGED = "checkpoint.forged"
    CHECKPOINT_LAST_REMOVED = "checkpoint.last_removed"
    CHECKPOINT_OTHER_RECORDS = "checkpoint.other_records"
    CHECKPOINT_REMOVED = "checkpoint.removed"
    CHECKPOINT_RESEALED = "checkpoint.resealed"
    CHECKPOINT_TORN = "checkpoint.torn"
    CONTENT_KEY_REUSED = "content.key_reused"
    CONTENT_MISSING = "content.missing"
    EPOCH_ABSENT = "epoch.absent"
    EPOCH_INSIDE = "epoch.inside"
    EPOCH_OTHER_PAST = "epoch.other_past"
    EPOCH_PREDECESSOR = "epoch.predecessor"
    EPOCH_REMOVED = "epoch.removed"
    EPOCH_UNCERTIFIED = "epoch.uncertified"
    FILE_UNREADABLE = "file.unreadable"
    FORMAT_UNKNOWN = "format.unknown"
    GAP_ALTERED = "gap.altered"
    GAP_INSIDE = "gap.inside"
    GAP_MISPLACED = "gap.misplaced"
    INTENT_UNANSWERED = "intent.unanswered"
    KEPT_FORKED = "kept.forked"
    KEPT_OTHER_LOG = "kept.other_log"
    KEPT_ROLLED_BACK = "kept.rolled_back"
    KEPT_UNREADABLE = "kept.unreadable"
    KEPT_UNSIGNED = "kept.unsigned"
    LOG_ABSENT = "log.absent"
    LOG_CHANGED = "log.changed"
    LOG_CONTINUED = "log.continued"
    LOG_OTHER_KEY = "log.other_key"
    LOG_SILENT = "log.silent"
    LOG_TRUNCATED = "log.truncated"
    OUTCOME_UNMATCHED = "outcome.unmatched"
    RECIPIENTS_MALFORMED = "recipients.malformed"
    RECIPIENTS_OTHER = "recipients.other"
    RECIPIENTS_QUORUM = "recipients.quorum"
    RECIPIENTS_ROLLED_BACK = "recipients.rolled_back"
    RECIPIENTS_SWAPPED = "recipients.swapped"
    RECIPIENTS_UNSIGNED = "recipients.unsigned"
    RECORD_AFTER_SHUTDOWN = "record.after_shutdown"
    RECORD_CORRUPT = "record.corrupt"
    RECORD_FOREIGN = "record.foreign"
    RECORD_MALFORMED = "record.malformed"
    RECORD_REMOVED = "record.removed"
    RECORD_REORDERED = "record.reordered"
    RECORD_REPEATED = "record.repeated"
    RECORD_TORN = "record.torn"
    RECORD_UNSIGNED = "record.unsigned"
    REGISTRY_ALTERED = "registry.altered"
    REGISTRY_SILENT = "registry.silent"
    REGISTRY_UNLISTED = "registry.unlisted"
    RUN_REMOVED = "run.removed"
    RUN_REOPENED = "run.reopened"
    SECTION_ALTERED = "section.altered"
    SECTION_MOVED = "section.moved"
    SEGMENT_CUT = "segment.cut"
    SEGMENT_EMPTY = "segment.empty"
    SEGMENT_EXCESS = "segment.excess"
    SEGMENT_FOREIGN = "segment.foreign"
    SEGMENT_PRUNED = "segment.pruned"
    SEGMENT_REMOVED = "segment.removed"


_T, _I, _U = Verdict.TAMPERED, Verdict.INCOMPLETE, Verdict.UNVERIFIABLE
MEANING: Final[dict[Code, tuple[Verdict, str]]] = {
    Code.ACTS_INCOMPLETE: (_I, "the log of erasures, holds and prunes is incomplete"),
    Code.ACTS_TAMPERED: (_T, "the log of erasures, holds and prunes was tampered with"),
    Code.ACTS_UNVERIFIABLE: (_U, "the log of erasures, holds and prunes cannot be verified"),
    Code.CHECKPOINT_ALTERED: (_T, "a checkpoint is not in the form in which it was written"),
    Code.CHECKPOINT_DISORDERED: (_T, "checkpoints are out of order"),
    Code.CHECKPOINT_FOREIGN: (_T, "a checkpoint of another log stands here"),
    Code.CHECKPOINT_FORGED: (_T, "a checkpoint is not signed by its epoch and the origin key"),
    Code.CHECKPOINT_LAST_REMOVED: (_T, "the last checkpoint of the epoch before was removed"),
    Code.CHECKPOINT_OTHER_RECORDS: (_T, "the records are not those that a checkpoint signed"),
    Code.CHECKPOINT_REMOVED: (_T, "the checkpoints of a segment were removed"),
    Code.CHECKPOINT_RESEALED: (_T, "a checkpoint was signed anew with the key of another epoch"),
    Code.CHECKPOINT_TORN: (_I, "the last checkpoint is incomplete"),
    Code.CONTENT_KEY_REUSED: (_T, "a content key was used twice or left out"),
    Code.CONTENT_MISSING: (_I, "keys of content are gone, and no record says why"),
    Code.EPOCH_ABSENT: (_T, "a segment begins without an epoch"),
    Code.EPOCH_INSIDE: (_T, "an epoch begins inside a segment"),
    Code.EPOCH_OTHER_PAST: (_T, "an epoch was begun on other records than those before it"),
    Code.EPOCH_PREDECESSOR: (_T, "only a log's first record names a predecessor"),
    Code.EPOCH_REMOVED: (_T, "an epoch was removed"),
    Code.EPOCH_UNCERTIFIED: (_T, "the epoch's key is not certified by the origin key"),
    Code.FILE_UNREADABLE: (_U, "something cannot be read"),
    Code.FORMAT_UNKNOWN: (_U, "a record is of a form that this release does not know"),
    Code.GAP_ALTERED: (_T, "the bytes that a gap left out were altered"),
    Code.GAP_INSIDE: (_T, "a gap record stands inside a segment"),
    Code.GAP_MISPLACED: (_T, "a gap does not follow what was cut"),
    Code.INTENT_UNANSWERED: (_I, "requests were passed on and their end was not recorded"),
    Code.KEPT_FORKED: (_T, "the records are not those of the checkpoint kept elsewhere: a fork"),
    Code.KEPT_OTHER_LOG: (_U, "the checkpoint kept elsewhere is of another log"),
    Code.KEPT_ROLLED_BACK: (
        _T,
        "a checkpoint kept elsewhere covers more than this: rolled back",
    ),
    Code.KEPT_UNREADABLE: (_U, "the checkpoint kept elsewhere cannot be read"),
    Code.KEPT_UNSIGNED: (_U, "the checkpoint kept elsewhere is not signed by the origin key"),
    Code.LOG_ABSENT: (_U, "there is no segment here"),
    Code.LOG_CHANGED: (_T, "the records changed between being verified and being read"),
    Code.LOG_CONTINUED: (_I, "continues a log that was damaged and set aside"),
    Code.LOG_OTHER_KEY: (_U, "the log is of another origin than the key"),
    Code.LOG_SILENT: (_I, "silent for longer than two heartbeats, without a shutdown"),
    Code.LOG_TRUNCATED: (_T, "records at the end that a checkpoint covers were cut off"),
    Code.OUTCOME_UNMATCHED: (_T, "an outcome without an open intent"),
    Code.RECIPIENTS_MALFORMED: (_T, "whom an epoch is sealed to cannot be read"),
    Code.RECIPIENTS_OTHER: (_T, "sealed to others than the signed text of recipients names"),
    Code.RECIPIENTS_QUORUM: (_T, "fewer, or others, open an epoch than must: one instead of two"),
    Code.RECIPIENTS_ROLLED_BACK: (_T, "sealed by an older text of recipients than before"),
    Code.RECIPIENTS_SWAPPED: (_T, "sealed to a recipient that the public material does not name"),
    Code.RECIPIENTS_UNSIGNED: (_T, "sealed by a text of recipients that nobody signed"),
    Code.RECORD_AFTER_SHUTDOWN: (_T, "a record stands behind the shutdown"),
    Code.RECORD_CORRUPT: (_T, "a record's bytes are not what was written"),
    Code.RECORD_FOREIGN: (_T, "a record of another epoch or log was put in"),
    Code.RECORD_MALFORMED: (_T, "a record is not as a gateway writes it"),
    Code.RECORD_REMOVED: (_T, "a record was removed"),
    Code.RECORD_REORDERED: (_T, "records have changed places"),
    Code.RECORD_REPEATED: (_T, "a record comes twice"),
    Code.RECORD_TORN: (_I, "the last record is incomplete"),
    Code.RECORD_UNSIGNED: (_I, "the last records are under no checkpoint"),
    Code.REGISTRY_ALTERED: (_T, "the registry is not as the origin key signed it"),
    Code.REGISTRY_SILENT: (_I, "the registry has lost its checkpoint of this log"),
    Code.REGISTRY_UNLISTED: (_T, "the registry does not list this log"),
    Code.RUN_REMOVED: (_T, "all records of a process are missing"),
    Code.RUN_REOPENED: (_T, "a process went on after its shutdown"),
    Code.SECTION_ALTERED: (_T, "a sealed part is not the one that the record names"),
    Code.SECTION_MOVED: (_T, "a sealed part of another record was put in"),
    Code.SEGMENT_CUT: (_T, "records at the end of a segment were cut off"),
    Code.SEGMENT_EMPTY: (_T, "a segment holds no record"),
    Code.SEGMENT_EXCESS: (_T, "bytes at a segment's end that no record explains"),
    Code.SEGMENT_FOREIGN: (_T, "a segment of another log was put in"),
    Code.SEGMENT_PRUNED: (_I, "the log's beginning was pruned by retention; give --archive"),
    Code.SEGMENT_REMOVED: (_T, "a segment was removed"),
}
"""Code -> verdict, and the sentence. A sentence says what is the case, not who did it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is not as it should be."""

    code: Code
    verdict: Verdict
    what: str
    file: str | None = None
    index: int | None = None
    """The record's, where one is meant."""


def finding(
    code: Code, detail: str = "", *, file: str | None = None, index: int | None = None
) -> Finding:
    """A finding in the words of its code; `detail` says more, and never what a person wrote."""
    verdict, sentence = MEANING[code]
    what = f"{sentence}: {detail}" if detail else sentence
    return Finding(code=code, verdict=verdict, what=what, file=file, index=index)
