"""Verification: what an attacker on the disk can do, and what is said about it."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from random import Random  # noqa: TID251 - with a seed
from typing import Any
from zlib import crc32

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from guardrail_gw.audit.cosignature import cosign
from guardrail_gw.audit.findings import MEANING, Code
from guardrail_gw.audit.frame import framed, frames
from guardrail_gw.audit.ledger import Limits
from guardrail_gw.audit.note import Checkpoint, certificate_text, parse_checkpoints, sign
from guardrail_gw.audit.record import canonical, parse_json
from guardrail_gw.audit.review import show, verify_directory
from guardrail_gw.audit.seal import SealError
from guardrail_gw.audit.segments import CHECKPOINTS, segment_name
from guardrail_gw.audit.tree import leaf_hash, root_of
from guardrail_gw.audit.verify import LogFiles, Report, Verdict, verify
from guardrail_gw.keys.generate import init
from tests.support.audit_attacks import written_anew
from tests.support.audit_world import (
    START_US,
    SteadyClock,
    World,
    files,
    full,
    intent,
    judged,
    outcome,
    pair,
    redacted_content,
    world,
)

SEGMENT, POINTS = segment_name(0), "00000000000000000000.ckpt"


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A log of two exchanges, closed in order."""
    made = world(tmp_path_factory.mktemp("small"))
    ledger = made.ledger(SteadyClock())
    ledger.open()
    ledger.append([pair(1, full(b"the original")), pair(2, redacted_content(b"PERSON_1"))])
    ledger.close()
    return made


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A log of four epochs with checkpoints in each."""
    made = world(tmp_path_factory.mktemp("long"))
    clock = SteadyClock()
    ledger = made.ledger(clock, Limits(epoch_records=8, checkpoint_records=2))
    ledger.open()
    for number in range(14):
        ledger.append([pair(number)])
        ledger.tend()
        clock.pass_s(1)
    ledger.close()
    return made


def test_untouched_logs_are_ok(small: World, long: World) -> None:
    """Nothing is found where nothing was done."""
    for log in (small, long):
        report = judged(files(log.log), log.public)
        assert (report.verdict, report.findings, report.unpaired) == (Verdict.OK, (), ())
        assert report.signed == report.records


def test_a_flipped_bit_is_tampering(small: World) -> None:
    """One flipped bit in any file of the log gives exit code 1; `make exhaustive-audit`: each."""
    found = files(small.log)
    del found["lock"]
    for name, data in found.items():
        for bit in Random(5).sample(range(8 * len(data)), 150):  # noqa: S311 - with a seed
            place = bit // 8
            altered = bytearray(data)
            altered[place] ^= 1 << bit % 8
            report = judged(found | {name: bytes(altered)}, small.public)
            assert report.verdict is Verdict.TAMPERED, (name, place, report.findings)


def test_flipped_bytes_with_a_mended_crc(small: World) -> None:
    """An attacker who also corrects the checksum is still found, in leaves and in ciphertexts."""
    found, chance = files(small.log), Random(5)  # noqa: S311 - with a seed
    for frame in list(frames(found[SEGMENT])):
        for place in chance.sample(range(frame.at + 24, frame.end), 25):
            altered = bytearray(found[SEGMENT])
            altered[place] ^= 1
            crc = crc32(bytes(altered[frame.at + 8 : frame.end]))
            altered[frame.at + 4 : frame.at + 8] = crc.to_bytes(4, "big")
            report = judged(found | {SEGMENT: bytes(altered)}, small.public)
            assert report.verdict is Verdict.TAMPERED, place


def test_a_cut_is_found(small: World) -> None:
    """A segment or checkpoint file cut anywhere is never called ok."""
    found, chance = files(small.log), Random(5)  # noqa: S311 - with a seed
    for end in chance.sample(range(len(found[SEGMENT])), 150):
        report = judged(found | {SEGMENT: found[SEGMENT][:end]}, small.public)
        assert report.verdict is Verdict.TAMPERED, end
    for end in chance.sample(range(len(found[POINTS])), 100):
        report = judged(found | {POINTS: found[POINTS][:end]}, small.public)
        assert report.verdict is Verdict.INCOMPLETE, end


def test_reordered_removed_and_repeated_records(small: World) -> None:
    """Records that change places, go missing or come twice are found, checksums being right."""
    found = files(small.log)
    parts = [found[SEGMENT][f.at : f.end] for f in frames(found[SEGMENT])]
    for place in range(len(parts) - 1):
        swapped = [*parts[:place], parts[place + 1], parts[place], *parts[place + 2 :]]
        removed = [*parts[:place], *parts[place + 1 :]]
        doubled = [*parts[: place + 1], *parts[place:]]
        for forged in (swapped, removed, doubled):
            report = judged(found | {SEGMENT: b"".join(forged)}, small.public)
            assert report.verdict is Verdict.TAMPERED


def test_ciphertexts_of_two_records_exchanged(small: World) -> None:
    """Sealed parts moved to another record are found."""
    found = files(small.log)
    stored = list(frames(found[SEGMENT]))
    one, two = stored[1], stored[3]
    forged = [framed(f.leaf, f.meta, f.content, f.wrap) for f in stored]
    forged[1] = framed(one.leaf, two.meta, one.content)
    forged[3] = framed(two.leaf, one.meta, two.content)

    report = judged(found | {SEGMENT: b"".join(forged)}, small.public)

    assert report.verdict is Verdict.TAMPERED


def test_removed_files(long: World) -> None:
    """Any one segment or checkpoint file taken away is found, the last segment too."""
    found = files(long.log)
    for name in found:
        if name != "lock":
            left = {n: d for n, d in found.items() if n != name}
            assert judged(left, long.public).verdict is Verdict.TAMPERED, name


def test_the_last_checkpoints_of_an_epoch_removed(long: World) -> None:
    """An epoch that ended in order without a checkpoint over its end is found."""
    found = files(long.log)
    notes = re.findall(rb".*?\n\n.*?\n\n", found[POINTS], re.DOTALL)
    assert len(notes) > 1

    report = judged(found | {POINTS: b"".join(notes[:-1])}, long.public)

    assert report.verdict is Verdict.TAMPERED


def test_a_log_cut_back_to_an_older_state(long: World) -> None:
    """Cut back to a checkpoint, only the missing shutdown tells; a kept checkpoint proves it."""
    found = files(long.log)
    last = max(n for n in found if n.endswith(".seg"))
    before = {n: d for n, d in found.items() if not n.startswith(last[:20])}
    newest = re.findall(rb".*?\n\n.*?\n\n", found[last[:20] + ".ckpt"], re.DOTALL)[-1]

    alone = judged(before, long.public)
    silent = judged(before, long.public, now_us=(alone.last_us or 0) + 200_000_000)
    kept = judged(before, long.public, kept=newest)

    assert alone.verdict is Verdict.OK
    assert any("no shutdown record" in note for note in alone.notes)
    assert silent.verdict is Verdict.INCOMPLETE
    assert kept.verdict is Verdict.TAMPERED
    assert judged(found, long.public, kept=newest).verdict is Verdict.OK


def test_a_kept_checkpoint_of_someone_else(long: World) -> None:
    """A kept checkpoint that the origin key did not sign proves nothing, and that is said."""
    found = files(long.log)
    report = judged(found, long.public)
    origin = report.origin or ""
    stranger = sign(
        Checkpoint(origin=origin, size=9, root=bytes(32)), _stranger(long.home / "stranger")
    )

    assert judged(found, long.public, kept=stranger).verdict is Verdict.UNVERIFIABLE
    assert judged(found, long.public, kept=b"no note").verdict is Verdict.UNVERIFIABLE


def test_a_kept_checkpoint_of_another_log(long: World) -> None:
    """One that the origin key signed for another log of the gateway says nothing of this one."""
    other = sign(Checkpoint(origin="log.example/other", size=2, root=bytes(32)), long.keys.signer)

    report = judged(files(long.log), long.public, kept=other)

    assert report.verdict is Verdict.UNVERIFIABLE
    assert [each.code for each in report.findings] == [Code.KEPT_OTHER_LOG]


def test_an_intent_of_a_process_that_is_gone(tmp_path: Path) -> None:
    """Once another process goes on, an intent of the one before is not in flight, however young."""
    made, clock = world(tmp_path), SteadyClock()
    killed = made.ledger(clock)
    killed.open()
    killed.append([[intent(1)]])
    killed._close_files()  # noqa: SLF001 - as the kernel would
    killed._unlock()  # noqa: SLF001 - ditto
    ledger = made.ledger(clock)
    ledger.open()
    clock.pass_s(1)
    ledger.tend()

    report = judged(files(made.log), made.public, now_us=clock.now_us())
    ledger.close()

    assert [each.code for each in report.findings] == [Code.INTENT_UNANSWERED]


def test_a_kept_checkpoint_may_be_cosigned(long: World) -> None:
    """Signature lines of others, such as a collector's, change nothing; alone they are none."""
    found = files(long.log)
    last = max(name for name in found if name.endswith(CHECKPOINTS))
    point = parse_checkpoints(found[last])[0][-1]
    line = cosign(point.checkpoint, "collector.example", long.keys.signer, 1).encode()
    alone = point.checkpoint.text() + b"\n" + line

    assert judged(found, long.public, kept=point.note() + line).verdict is Verdict.OK
    assert judged(found, long.public, kept=alone).verdict is Verdict.UNVERIFIABLE


def test_a_fork_is_found_by_a_kept_checkpoint(long: World) -> None:
    """A checkpoint of the right size and another root contradicts the log."""
    found = files(long.log)
    origin = judged(found, long.public).origin or ""
    fork = sign(Checkpoint(origin=origin, size=9, root=bytes(32)), long.keys.signer)

    assert judged(found, long.public, kept=fork).verdict is Verdict.TAMPERED


def test_a_rewritten_log_needs_the_epoch_keys(small: World) -> None:
    """With the origin key alone, an old epoch's records cannot be signed again."""
    found = files(small.log)
    stored = list(frames(found[SEGMENT]))
    changed = parse_json(stored[1].leaf) | {"dec": "blocked"}
    leaves = [f.leaf for f in stored]
    leaves[1] = canonical(changed)
    forged = [
        framed(leaf, f.meta, f.content, f.wrap) for leaf, f in zip(leaves, stored, strict=True)
    ]
    point = Checkpoint(
        origin=changed["origin"], size=len(leaves), root=root_of([leaf_hash(x) for x in leaves])
    )
    signer = small.keys.signer
    note = sign(point, signer, signer) + b"\n"

    report = judged(found | {SEGMENT: b"".join(forged), POINTS: note}, small.public)

    assert report.verdict is Verdict.TAMPERED
    assert report.findings[0].code is Code.CHECKPOINT_FORGED


Leaves = list[dict[str, Any]]


def _resigned(made: World, change: Callable[[Leaves], object], *, certified: bool = True) -> Report:
    """Verify the small log after a change by someone who can sign it all again."""
    stored = list(frames(files(made.log)[SEGMENT]))
    fields: Leaves = [parse_json(f.leaf) for f in stored]
    mine = Ed25519PrivateKey.generate()
    public, origin = mine.public_key().public_bytes_raw(), fields[0]["origin"]
    fields[0]["ck"] = public.hex()
    change(fields)
    if certified:
        text = certificate_text(origin, fields[0]["epoch"], 0, public)
        fields[0]["cert"] = made.keys.signer.sign(text).hex()
    leaves = [canonical(leaf) for leaf in fields]
    parts = zip(leaves, stored, strict=True)
    segment = b"".join(framed(leaf, f.meta, f.content, f.wrap) for leaf, f in parts)
    root = root_of([leaf_hash(leaf) for leaf in leaves])
    point = Checkpoint(origin=origin, size=len(leaves), root=root)
    note = sign(point, mine, made.keys.signer) + b"\n"
    return judged({SEGMENT: segment, POINTS: note}, made.public)


def _all(leaves: Leaves, name: str, value: object) -> None:
    for leaf in leaves:
        leaf[name] = value


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda x: x[2].update(seq=7), Code.RECORD_REMOVED),
        (lambda x: x[2].update(seq=1), Code.RECORD_REPEATED),
        (lambda x: (x[1].update(seq=2), x[2].update(seq=1)), Code.RECORD_REORDERED),
        (lambda x: x[3].update(ci=1), Code.CONTENT_KEY_REUSED),
        (lambda x: _all(x, "epoch", 1), Code.EPOCH_REMOVED),
        (lambda x: x[4].update(epoch=1), Code.RECORD_FOREIGN),
        (lambda x: x[4].update(v=1), Code.RECORD_FOREIGN),
        (lambda x: x[4].update(origin="log.example/other"), Code.RECORD_FOREIGN),
        (lambda x: x[0].update(run=1), Code.RUN_REMOVED),
        (lambda x: x[0].update(range=["00" * 32]), Code.EPOCH_OTHER_PAST),
        (lambda x: x[4].update(of=1), Code.OUTCOME_UNMATCHED),
        (lambda x: x[2].update(of=3), Code.OUTCOME_UNMATCHED),
        (lambda x: x[2].update(kind="new"), Code.FORMAT_UNKNOWN),
        (lambda x: x[2].update(end="Not a word"), Code.RECORD_MALFORMED),
    ],
    ids=[
        "removed", "repeated", "swapped", "ci", "epochs", "epoch", "version", "origin", "run",
        "range", "second", "future", "kind", "shape",
    ],
)  # fmt: skip
def test_a_signed_log_must_keep_its_own_rules(
    small: World, change: Callable[[Leaves], object], code: Code
) -> None:
    """Even with every signature right, a log that breaks the rules of its sequence is found."""
    report = _resigned(small, change)

    assert report.verdict is MEANING[code][0]
    assert report.findings[0].code is code


def test_resigning_alone_changes_nothing(small: World) -> None:
    """The forger of these tests makes logs that verify when nothing in them is wrong."""
    assert _resigned(small, lambda _: None).verdict is Verdict.OK


_READERS = {"auditor": "", "escrow": ""}


@pytest.mark.parametrize(
    ("wrap", "code"),
    [
        (lambda x: x.pop("full"), Code.RECIPIENTS_QUORUM),
        (lambda x: x.update(full=[]), Code.RECIPIENTS_MALFORMED),
        (lambda x: x.update(full={"auditor+escrow": 7}), Code.RECIPIENTS_MALFORMED),
        (lambda x: x.update(to={"auditor": []}), Code.RECIPIENTS_MALFORMED),
        (lambda x: x.update(to=[]), Code.RECIPIENTS_SWAPPED),
        (lambda x: x.update(meta={}), Code.RECIPIENTS_QUORUM),
        (lambda x: x.update(redacted=_READERS), Code.RECIPIENTS_QUORUM),
    ],
    ids=["none", "list", "number", "key", "nobody", "unread", "empty"],
)
def test_sealed_keys_of_another_form(
    small: World, wrap: Callable[[dict[str, Any]], object], code: Code
) -> None:
    """Whatever a changed gateway puts in their place is named, and stops no reader."""
    stored = list(frames(files(small.log)[SEGMENT]))
    sealed = parse_json(stored[0].wrap)
    wrap(sealed)
    found = written_anew(small, stored, {0: {"wrap": canonical(sealed)}})

    report = verify(LogFiles(names=tuple(sorted(found)), read=found.__getitem__), small.public)

    assert [each.code for each in report.findings] == [code]


def test_an_epoch_that_names_half_a_text(small: World) -> None:
    """A number of a text of recipients without its digest is no form of an epoch."""
    found = written_anew(small, list(frames(files(small.log)[SEGMENT])), {0: {"rn": 1}})
    leaf = parse_json(next(frames(found[SEGMENT])).leaf)
    del leaf["rd"]
    first, *others = frames(found[SEGMENT])
    parts = [framed(canonical(leaf), wrap=first.wrap)]
    parts += [framed(f.leaf, f.meta, f.content, f.wrap) for f in others]
    half = found | {SEGMENT: b"".join(parts)}

    report = verify(LogFiles(names=tuple(sorted(half)), read=half.__getitem__), small.public)

    assert report.findings[0].code is Code.RECIPIENTS_MALFORMED


def test_an_epoch_key_nobody_certified(small: World) -> None:
    """A log signed again with a key of one's own is found, even with the origin key's signature."""
    report = _resigned(small, lambda _: None, certified=False)

    assert report.verdict is Verdict.TAMPERED
    assert report.findings[0].code is Code.EPOCH_UNCERTIFIED


def test_bytes_that_no_gap_explains(long: World) -> None:
    """Bytes appended to a segment that another follows are found."""
    found = files(long.log)
    for name in sorted(n for n in found if n.endswith(".seg"))[:-1]:
        report = judged(found | {name: found[name] + b"x"}, long.public)
        assert report.verdict is Verdict.TAMPERED
        assert report.findings[0].code is Code.SEGMENT_EXCESS


def test_a_stranger_among_the_recipients(small: World, tmp_path: Path) -> None:
    """A log sealed to someone whom the public material does not name is refused."""
    other = small.public.recipients[:1]
    public = type(small.public)(origin=small.public.origin, recipients=other)

    report = judged(files(small.log), public)

    assert report.verdict is Verdict.TAMPERED
    assert report.findings[0].code is Code.RECIPIENTS_SWAPPED


def test_unverifiable(small: World, tmp_path: Path) -> None:
    """Without the right public key, without a log, or with a newer format, nothing is claimed."""
    folders = init(tmp_path / "other")
    found = files(small.log)
    leaf = next(frames(found[SEGMENT])).leaf
    newer = framed(canonical(parse_json(leaf) | {"v": 99}))

    assert verify_directory(small.log, folders.public).verdict is Verdict.UNVERIFIABLE
    assert verify_directory(small.log, tmp_path / "none").verdict is Verdict.UNVERIFIABLE
    assert verify_directory(tmp_path / "none", folders.public).verdict is Verdict.UNVERIFIABLE
    assert verify_directory(tmp_path, small.public_folder).verdict is Verdict.UNVERIFIABLE
    assert judged({SEGMENT: newer, POINTS: b""}, small.public).verdict is Verdict.UNVERIFIABLE


def test_unpaired_intents(tmp_path: Path) -> None:
    """An intent is in flight until its process ends or the longest request is over, then listed."""
    made, clock = world(tmp_path), SteadyClock()
    ledger = made.ledger(clock)
    ledger.open()
    ledger.append([[intent(1)], pair(2)])
    clock.pass_s(1)
    ledger.tend()
    found = files(made.log)

    young = judged(found, made.public, now_us=clock.now_us())
    old = judged(found, made.public, now_us=clock.now_us() + 1_000_000_000)
    ledger.close()
    closed = judged(files(made.log), made.public)

    assert (young.verdict, young.in_flight, young.unpaired) == (Verdict.OK, 1, ())
    assert (old.verdict, [u.index for u in old.unpaired]) == (Verdict.INCOMPLETE, [1])
    assert (closed.verdict, [u.index for u in closed.unpaired]) == (Verdict.INCOMPLETE, [1])


def test_an_outcome_answers_one_intent(tmp_path: Path) -> None:
    """A second outcome of the same intent is found even though everything is signed."""
    made = world(tmp_path)
    ledger = made.ledger(SteadyClock())
    ledger.open()
    ledger.append([pair(1), [outcome(of=1)]])
    ledger.close()

    report = judged(files(made.log), made.public)

    assert report.verdict is Verdict.TAMPERED
    assert report.findings[0].index == 3


def test_unsigned_records_are_reported(small: World, tmp_path: Path) -> None:
    """Records that no checkpoint covers are counted and make the log incomplete."""
    found = files(small.log) | {POINTS: b""}

    report = judged(found, small.public)

    assert (report.verdict, report.signed) == (Verdict.INCOMPLETE, 0)
    assert report.findings[0].code is Code.RECORD_UNSIGNED
    assert "6 records" in report.findings[0].what


def test_a_record_that_was_not_written_whole(small: World) -> None:
    """What a killed process left of its last record is said, with whatever else is right."""
    found = files(small.log)

    report = judged(found | {SEGMENT: found[SEGMENT] + b"\x00\x00\x01"}, small.public)

    assert report.verdict is Verdict.INCOMPLETE
    assert [each.code for each in report.findings] == [Code.RECORD_TORN]


def test_the_newest_records_of_a_running_log(tmp_path: Path) -> None:
    """Records of the last seconds that no checkpoint covers yet are no finding, later they are."""
    made, clock = world(tmp_path), SteadyClock()
    ledger = made.ledger(clock)
    ledger.open()
    ledger.append([pair(1)])
    found = files(made.log)

    young = judged(found, made.public, now_us=clock.now_us() + 1_000_000)
    old = judged(found, made.public, now_us=clock.now_us() + 10_000_000)
    ledger.close()

    assert (young.verdict, young.signed) == (Verdict.OK, 0)
    assert old.verdict is Verdict.INCOMPLETE


def test_a_record_from_the_future_is_not_young(small: World) -> None:
    """Whoever cuts a log back and puts a record dated ahead behind it hides nothing with that."""
    found = files(small.log)
    stored = list(frames(found[SEGMENT]))[:4]
    ahead = parse_json(stored[-1].leaf) | {"ts": parse_json(stored[-1].leaf)["ts"] + 10**15}
    parts = [framed(f.leaf, f.meta, f.content, f.wrap) for f in stored[:-1]]
    forged = framed(canonical(ahead), stored[-1].meta, stored[-1].content)
    files_now = {SEGMENT: b"".join([*parts, forged]), POINTS: b""}

    report = judged(files_now, small.public, now_us=START_US + 600_000_000)

    assert report.verdict is Verdict.INCOMPLETE
    assert Code.RECORD_UNSIGNED in {each.code for each in report.findings}


def test_show_opens_what_the_keys_open(small: World) -> None:
    """One auditor reads metadata and redacted content; full content takes two."""
    one = list(show(small.log, [small.auditor], kinds=frozenset({"intent"})))
    two = list(show(small.log, [small.auditor, small.escrow], kinds=frozenset({"intent"})))

    assert [o.meta for o in one] == [
        {"request": "r1", "user": "erika"},
        {"request": "r2", "user": "erika"},
    ]
    assert [(o.level, o.content) for o in one] == [("full", None), ("redacted", b"PERSON_1")]
    assert [o.content for o in two] == [b"the original", b"PERSON_1"]


def test_show_leaves_out_what_is_no_record(long: World, tmp_path: Path) -> None:
    """Neither a whole frame behind an epoch's last record nor a torn one at the end is shown."""
    log = tmp_path / "log"
    shutil.copytree(long.log, log)
    first, *_, last = sorted(log.glob("*.seg"))
    *_, frame = frames(first.read_bytes())
    first.write_bytes(first.read_bytes() + first.read_bytes()[frame.at : frame.end])
    last.write_bytes(last.read_bytes() + b"\x00\x00\x01")

    assert list(show(log, [long.auditor])) == list(show(long.log, [long.auditor]))


def test_show_finds_a_request(small: World) -> None:
    """A request id picks its two records."""
    found = list(show(small.log, [small.escrow], request="r2"))

    assert [(o.kind, o.index) for o in found] == [("intent", 3), ("outcome", 4)]


def test_show_needs_a_recipient(small: World, long: World) -> None:
    """Another log's auditor opens nothing."""
    with pytest.raises(SealError):
        list(show(small.log, [long.auditor]))


def test_leaves_name_nobody(small: World) -> None:
    """No user, request or content stands in any file of the log."""
    data = b"".join(files(small.log).values())

    for word in (b"erika", b"request", b"the original", b"PERSON_1"):
        assert word not in data


def _stranger(home: Path) -> Ed25519PrivateKey:
    """The origin key of another gateway of the same name."""
    return world(home).keys.signer
