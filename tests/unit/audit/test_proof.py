"""Proofs of single records: what they show, and what they do not."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from guardrail_gw.audit.frame import framed, frames
from guardrail_gw.audit.ledger import Limits
from guardrail_gw.audit.note import Checkpoint, parse_note, sign
from guardrail_gw.audit.proof import Proof, ProofError, check, decode, prove
from guardrail_gw.audit.record import RecordError
from guardrail_gw.audit.report import LogFiles
from guardrail_gw.audit.segments import segment_name
from guardrail_gw.audit.tree import leaf_hash
from tests.support.audit_world import SteadyClock, World, files, pair, world


@pytest.fixture(scope="module")
def logged(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A log of three epochs, closed in order."""
    made = world(tmp_path_factory.mktemp("logged"))
    ledger = made.ledger(SteadyClock(), Limits(epoch_records=8, checkpoint_records=2))
    ledger.open()
    for number in range(10):
        ledger.append([pair(number)])
        ledger.tend()
    ledger.close()
    return made


def _log(made: World, changed: dict[str, bytes] | None = None) -> LogFiles:
    found = files(made.log) | (changed or {})
    return LogFiles(names=tuple(found), read=found.__getitem__)


def _size(log: LogFiles) -> int:
    return prove(log, 0).signed.checkpoint.size


def test_every_record_is_proved(logged: World) -> None:
    """Each record of each epoch has a proof that leads to itself, after a way as bytes."""
    log = _log(logged)

    for index in range(_size(log)):
        proof = prove(log, index)
        leaf = check(decode(proof.encode()), logged.public)
        assert (leaf["seq"], leaf["origin"]) == (index, proof.signed.checkpoint.origin)


def test_a_proof_is_a_tlog_proof(logged: World) -> None:
    """The lines are those of C2SP tlog-proof: name, extra, index, hashes, blank, checkpoint."""
    proof = prove(_log(logged), 3)

    lines = proof.encode().decode().split("\n")

    assert lines[0] == "c2sp.org/tlog-proof@v1"
    assert lines[1].startswith("extra ")
    assert lines[2] == "index 3"
    assert all(len(line) == 44 for line in lines[3 : 3 + len(proof.path)])
    assert lines[3 + len(proof.path)] == ""
    assert lines[4 + len(proof.path)] == proof.signed.checkpoint.origin
    assert "\n".join(lines).endswith(proof.signed.note().decode())


@pytest.mark.parametrize("index", [-1, 10_000])
def test_no_such_record(logged: World, index: int) -> None:
    """A record that no checkpoint covers has no proof."""
    with pytest.raises(ProofError, match="no signed checkpoint covers"):
        prove(_log(logged), index)


def test_an_altered_log_proves_nothing(logged: World) -> None:
    """When any record is another than the one signed, no record of the log is proved."""
    name = segment_name(0)
    first, second, *_ = frames(files(logged.log)[name])
    leaf = first.leaf.replace(b'"run":', b'"ruN":')
    other = framed(leaf, first.meta, first.content, first.wrap)
    data = files(logged.log)[name]

    with pytest.raises(ProofError, match="not those of the latest checkpoint"):
        prove(_log(logged, {name: other + data[second.at :]}), 2)


def test_what_was_left_out_is_no_record(logged: World) -> None:
    """Bytes behind the last record of an epoch, even a whole frame, do not count as records."""
    name = segment_name(0)
    data = files(logged.log)[name]
    *_, last = frames(data)
    longer = _log(logged, {name: data + data[last.at : last.end] + b"torn"})

    proofs = [prove(longer, index) for index in range(_size(longer))]

    assert proofs == [prove(_log(logged), index) for index in range(len(proofs))]


def test_every_flipped_byte_is_refused(logged: World) -> None:
    """One flipped bit in any byte of a proof, and it shows nothing.

    But for the epoch key's signature: what certifies that key is in the log, and the origin key
    has signed as well.
    """
    data = prove(_log(logged), 5).encode()
    by_epoch = re.search("— .*\n".encode(), data)
    assert by_epoch is not None

    for place in {*range(len(data))} - {*range(*by_epoch.span())}:
        altered = bytearray(data)
        altered[place] ^= 1 << place % 8
        with pytest.raises(RecordError):
            check(decode(bytes(altered)), logged.public)


def test_a_proof_of_one_record_is_none_of_another(logged: World) -> None:
    """Another record's leaf, index or path does not fit."""
    one, other = (prove(_log(logged), index) for index in (4, 6))

    for mixed in (
        replace(one, leaf=other.leaf),
        replace(one, index=other.index),
        replace(one, path=other.path),
        replace(one, path=one.path[:-1]),
    ):
        with pytest.raises(ProofError):
            check(mixed, logged.public)


def test_a_proof_by_another_key(logged: World) -> None:
    """A checkpoint of the same tree that the origin key did not sign shows nothing."""
    proof = prove(_log(logged), 4)
    note = sign(proof.signed.checkpoint, Ed25519PrivateKey.generate())
    forged = proof.encode().partition(b"\n\n")[0] + b"\n\n" + note

    with pytest.raises(ProofError, match="not signed by the origin key"):
        check(decode(forged), logged.public)


def test_a_proof_of_another_log(logged: World, tmp_path: Path) -> None:
    """The material of another installation does not speak for this log."""
    foreign = world(tmp_path)
    renamed = replace(foreign.public, origin=replace(foreign.public.origin, name="other.example"))

    with pytest.raises(ProofError, match="another origin"):
        check(prove(_log(logged), 4), renamed)


def test_a_record_out_of_its_place(logged: World) -> None:
    """A tree that holds a record elsewhere than the record says shows nothing, whoever signed."""
    leaf = prove(_log(logged), 4).leaf
    origin = prove(_log(logged), 4).signed.checkpoint.origin
    alone = Checkpoint(origin=origin, size=1, root=leaf_hash(leaf))
    signed = parse_note(sign(alone, logged.keys.signer))

    with pytest.raises(ProofError, match="another place"):
        check(Proof(index=0, leaf=leaf, path=(), signed=signed), logged.public)


def test_one_proof_has_one_form(logged: World) -> None:
    """Base64 whose unused bits are set reads the same and is not accepted."""
    head, mark, note = prove(_log(logged), 4).encode().partition(b"\n\n")
    last = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    loose = last[last.index(chr(head[-2])) + 1].encode()

    with pytest.raises(ProofError):
        decode(head[:-2] + loose + b"=" + mark + note)
