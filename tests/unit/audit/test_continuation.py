"""What a collector accepts behind what it has: logs that a real ledger wrote, and altered ones."""

from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from guardrail_gw.audit.continuation import Continuation, ContradictionError, Standing
from guardrail_gw.audit.frame import framed, frames
from guardrail_gw.audit.note import Checkpoint, certificate_text, parse_note, sign
from guardrail_gw.audit.parcel import Parcel
from guardrail_gw.audit.record import RecordError, canonical, parse
from guardrail_gw.audit.segments import segment_firsts, segment_name
from guardrail_gw.audit.tree import leaf_hash
from guardrail_gw.keys.vkey import Verifier
from tests.support.audit_world import World
from tests.support.parcels import frames_of, lived, packed, parcels, singly


def taken(standing: Standing, key: Verifier, parcel: Parcel) -> Standing:
    """Where the log stands behind an accepted parcel."""
    continuation = Continuation(standing, key, parcel.points)
    header = standing.header
    for frame in frames_of(parcel):
        if continuation.take(frame).epoch:
            header = parse(frame.leaf)
    assert continuation.is_complete
    last = continuation.accepted[-1]
    return Standing(
        origin=standing.origin,
        size=last.point.checkpoint.size,
        nodes=last.nodes,
        header=header,
        closed=last.closed,
    )


def begun(parcel: Parcel) -> Standing:
    """Nothing of a log yet."""
    return Standing(origin=parcel.last.checkpoint.origin)


def reached(log: Path, key: Verifier, count: int) -> tuple[Standing, list[Parcel]]:
    """What stands behind the first parcels of a log, and the others."""
    found = singly(log)
    standing = begun(found[0])
    for parcel in found[:count]:
        standing = taken(standing, key, parcel)
    return standing, found[count:]


@pytest.fixture(scope="module")
def log(keyed: World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log of several epochs and runs."""
    return lived(keyed, tmp_path_factory.mktemp("log"))


@pytest.mark.parametrize("cut", [parcels, singly])
def test_a_log_is_accepted_however_it_is_cut(keyed: World, log: Path, cut: object) -> None:
    """Epochs, runs and shutdowns of a real log follow each other, in large and small parcels."""
    found = list(parcels(log)) if cut is parcels else singly(log)

    standing = begun(found[0])
    for parcel in found:
        standing = taken(standing, keyed.public.origin, parcel)

    last = found[-1].last.checkpoint
    assert (standing.size, standing.tree().root()) == (last.size, last.root)
    assert standing.closed
    assert len(segment_firsts(log)) > 4


def test_no_altered_bit_is_accepted(keyed: World, log: Path) -> None:
    """Whichever bit of a parcel's frames is flipped, the parcel is refused."""
    standing, (parcel, *_) = reached(log, keyed.public.origin, 3)
    data = bytearray(b"".join(span.read() for span in parcel.spans))

    for place in range(0, len(data), len(data) // 250):
        data[place] ^= 1 << place % 8
        changed = bytes(data)
        with pytest.raises(RecordError):
            accepted(standing, keyed.public.origin, parcel, changed)
        data[:] = b"".join(span.read() for span in parcel.spans)


def accepted(standing: Standing, key: Verifier, parcel: Parcel, data: bytes) -> None:
    """Judge a parcel with other frames."""
    continuation = Continuation(standing, key, parcel.points)
    for frame in frames(data):
        continuation.take(frame)
    if not continuation.is_complete:
        raise RecordError("too short")


def test_a_sealed_part_is_its_records(keyed: World, log: Path) -> None:
    """Another ciphertext in a well-formed frame, or one too many, is refused."""
    standing, (parcel, *_) = reached(log, keyed.public.origin, 3)
    parts = [(f.leaf, f.meta, f.content, f.wrap) for f in frames_of(parcel)]
    index = next(i for i, part in enumerate(parts) if part[1])  # one that has a sealed part
    leaf, meta, content, wrap = parts[index]
    wrong = [
        (leaf, meta + b"x", content, wrap),
        (leaf, b"", content, wrap),
        (leaf, meta, content + b"x", wrap),
        (leaf, meta, content, wrap + b"x"),
    ]

    for each in wrong:
        data = b"".join(framed(*part) for part in (*parts[:index], each, *parts[index + 1 :]))
        with pytest.raises(RecordError, match="sealed part"):
            accepted(standing, keyed.public.origin, parcel, data)


def test_an_epoch_tells_the_past_that_it_has(keyed: World, log: Path) -> None:
    """An epoch that names another past contradicts, though both its keys have signed the root."""
    index = next(i for i, p in enumerate(singly(log)) if p.start and p.start in segment_firsts(log))
    standing, (parcel, *_) = reached(log, keyed.public.origin, index)
    frame, key = frames_of(parcel)[0], Ed25519PrivateKey.generate()
    public = key.public_key().public_bytes_raw()
    leaf = parse(frame.leaf)
    text = certificate_text(standing.origin, leaf["epoch"], leaf["seq"], public)
    own = {"ck": public.hex(), "cert": keyed.keys.signer.sign(text).hex()}

    def judged(past: list[str]) -> None:
        told = canonical({**leaf, **own, "range": past})
        tree = standing.tree()
        tree.append(leaf_hash(told))
        point = Checkpoint(origin=standing.origin, size=tree.size, root=tree.root())
        signed = parse_note(sign(point, key, keyed.keys.signer))
        data = framed(told, wrap=frame.wrap)
        accepted(standing, keyed.public.origin, replace(parcel, points=(signed,)), data)

    judged(leaf["range"])
    with pytest.raises(ContradictionError, match="another past"):
        judged(["00" * 32, *leaf["range"][1:]])


def test_records_have_their_places(keyed: World, log: Path, tmp_path: Path) -> None:
    """One left out, doubled, exchanged, or of another log is refused."""
    standing, (parcel, *_) = reached(log, keyed.public.origin, 3)
    other = lived(keyed, tmp_path, pairs=3)
    strange, *_ = singly(other)
    spelled = [framed(f.leaf, f.meta, f.content, f.wrap) for f in frames_of(parcel)]
    wrong = [
        spelled[1:],
        [spelled[0], *spelled],
        [spelled[1], spelled[0], *spelled[2:]],
        [b"".join(span.read() for span in strange.spans)],
        [*spelled, spelled[-1]],
        spelled[:-1],
    ]

    for each in wrong:
        with pytest.raises(RecordError):
            accepted(standing, keyed.public.origin, parcel, b"".join(each))


def test_another_past_is_a_contradiction(keyed: World, log: Path) -> None:
    """Records that continue another tree than the one that was accepted are told from damage."""
    standing, (parcel, *_) = reached(log, keyed.public.origin, 3)
    elsewhere = replace(standing, nodes=(bytes(32), *standing.nodes[1:]))

    with pytest.raises(ContradictionError) as found:
        taken(elsewhere, keyed.public.origin, parcel)

    assert found.value.point == parcel.points[0]
    assert found.value.root != parcel.last.checkpoint.root


def test_an_epoch_names_its_past(keyed: World, log: Path) -> None:
    """An epoch whose range, number or run is not the next contradicts what was accepted."""
    starts = [p for p in singly(log) if p.start in segment_firsts(log) and p.start]
    before, _ = reached(log, keyed.public.origin, singly(log).index(starts[0]))
    changed = [
        replace(before, header={**before.header, "epoch": 7}),
        replace(before, header={**before.header, "run": 7}),
        replace(before, nodes=(bytes(32), *before.nodes[1:])),
    ]

    for each in changed:
        with pytest.raises(ContradictionError):
            taken(each, keyed.public.origin, starts[0])


def test_only_the_logs_own_keys_sign(keyed: World, log: Path) -> None:
    """A checkpoint without either signature, an epoch of another key, another log: all refused."""
    standing, (parcel, *_) = reached(log, keyed.public.origin, 3)
    origin_alone = parse_note(sign(parcel.last.checkpoint, keyed.keys.signer))
    epoch_alone = replace(parcel.last, signatures=parcel.last.signatures[:1])
    stranger = Verifier(name=keyed.public.origin.name, public=bytes(32))

    for points in ((origin_alone,), (epoch_alone,)):
        with pytest.raises(RecordError, match="not signed"):
            taken(standing, keyed.public.origin, replace(parcel, points=points))
    with pytest.raises(RecordError, match="origin key"):
        taken(standing, stranger, parcel)
    with pytest.raises(RecordError, match="another log"):
        taken(replace(standing, origin="log.example/ffff"), keyed.public.origin, parcel)


def test_an_epoch_key_is_certified(keyed: World, log: Path) -> None:
    """An epoch whose certificate the origin key did not make is refused."""
    first = singly(log)[0]
    data = (log / segment_name(0)).read_bytes()
    frame = next(frames(data))
    leaf = parse(frame.leaf)
    forged = canonical({**leaf, "cert": "00" * 64})

    with pytest.raises(RecordError, match="not certified"):
        accepted(begun(first), keyed.public.origin, first, framed(forged, wrap=frame.wrap))


@pytest.mark.parametrize("sizes", [(), (3, 3), (4, 3)])
def test_checkpoints_come_in_order(keyed: World, log: Path, sizes: tuple[int, ...]) -> None:
    """Without one, or out of order, nothing is judged."""
    point = singly(log)[0].last
    points = [replace(point, checkpoint=replace(point.checkpoint, size=size)) for size in sizes]

    with pytest.raises(RecordError, match="in order"):
        Continuation(Standing(origin=point.checkpoint.origin), keyed.public.origin, points)


def test_a_shutdown_ends_a_run(keyed: World, log: Path) -> None:
    """Behind a shutdown only an epoch of the next run follows."""
    standing, (parcel, *_) = reached(log, keyed.public.origin, 1)

    with pytest.raises(RecordError, match="follows a shutdown"):
        taken(replace(standing, closed=True), keyed.public.origin, parcel)


def test_a_parcel_is_small(log: Path) -> None:
    """What travels is head and frames, and nothing else."""
    parcel = next(parcels(log))

    assert len(packed(parcel)) == len(parcel.head()) + parcel.size
