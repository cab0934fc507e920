"""Erasing a person: unreadable in every copy, nothing else changed, and told from missing."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from guardrail_gw.audit.acts import Fate, leaves
from guardrail_gw.audit.findings import Code
from guardrail_gw.audit.retention import DAY_US, Why
from guardrail_gw.audit.review import open_at
from guardrail_gw.audit.verify import Verdict
from guardrail_gw.errors import RegisterDown
from guardrail_gw.policy.policy import Detail, Retention
from tests.support.audit_world import files, pair
from tests.support.kept_content import BASIS, SAID, Kept, kept_content, obeyed


@pytest.fixture(params=[1, 2], ids=["suite 1", "suite 2"])
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Kept]:
    """A gateway that has recorded two people, by either suite."""
    made = kept_content(tmp_path, suite=request.param)
    made.start()
    for number in range(3):
        made.say("erika", f"erika says {number}", obeyed())
        made.say("max", f"max says {number}", obeyed())
    yield made
    made.close()


def _said(kept: Kept, log: Path | None = None) -> list[tuple[object, bytes | None]]:
    return [((r.meta or {}).get("user"), r.content) for r in kept.read(log=log)]


def _of(who: str) -> list[tuple[object, bytes | None]]:
    return [(who, f"{who} says {number}".encode()) for number in range(3)]


def test_an_erased_person_is_gone_from_every_copy(kept: Kept) -> None:
    """Content and name of the person open nowhere; everyone else's do, and all verifies."""
    kept.stop()
    copy = kept.home / "copy"
    shutil.copytree(kept.log, copy)
    before, bytes_before = _said(kept), files(kept.log)

    done = kept.run(kept.custody.erase(kept.scope("erika"), BASIS, SAID))

    assert before == [item for both in zip(_of("erika"), _of("max"), strict=True) for item in both]
    assert (done.destroyed, done.waiting) == (2, ())
    assert files(kept.log) == bytes_before
    shutil.copytree(kept.home / "audit-register", kept.home / "copy-register")
    shutil.copytree(kept.acts, kept.home / "copy-acts")
    for log in (kept.log, copy):
        after = kept.read(log=log)
        assert [r.content for r in after[1::2]] == [text for _, text in _of("max")]
        assert [r.content for r in after[::2]] == [None] * 3
        assert {r.fate for r in after[::2]} == {Fate.ERASED}
        assert all((r.meta or {})["user"] is None for r in after[::2])
        assert {(r.meta or {})["identity"] for r in after[::2]} == {Fate.ERASED}
        report = kept.verified(log)
        assert (report.verdict, report.findings) == (Verdict.OK, ())
        assert "keys of content: 1 were erased" in report.notes


def test_the_record_names_no_person(kept: Kept) -> None:
    """Neither the record of an erasure nor what the register keeps holds the person's name."""
    kept.stop()

    kept.run(kept.custody.erase(kept.scope("erika"), BASIS, SAID))

    everything = b"".join(p.read_bytes() for p in kept.acts.iterdir() if p.is_file())
    register = b"".join(p.read_bytes() for p in (kept.home / "audit-register").iterdir())
    assert b"erika" not in everything + register
    assert kept.scope("erika").encode() not in everything + register
    kinds = [leaf["kind"] for leaf in leaves(kept.acts)]
    assert kinds == ["epoch", "erasure", "shutdown"]
    assert kept.verified(kept.acts).verdict is Verdict.OK


def test_missing_is_told_from_erased(kept: Kept) -> None:
    """A row that vanished, or with a tombstone that no record explains, is missing."""
    kept.stop()
    erika, max_ = (
        next(r.leaf["sid"] for r in kept.read() if (r.meta or {})["user"] == user)
        for user in ("erika", "max")
    )

    kept.run(kept.register.destroy([erika], "erased", kept.clock.now_us()))
    after_one = kept.verified()
    kept.run(kept.register.destroy([max_], "expired", kept.clock.now_us()))
    after_two = kept.verified()

    assert after_one.verdict is after_two.verdict is Verdict.INCOMPLETE
    assert [f.code for f in after_one.findings] == [Code.CONTENT_MISSING]
    assert "1 keys" in after_one.findings[0].what
    assert "2 keys" in after_two.findings[0].what
    assert {r.fate for r in kept.read()} == {Fate.MISSING}


def test_altered_acts_are_found(kept: Kept) -> None:
    """A log of acts that was tampered with explains nothing: `verify` of the log says so."""
    kept.stop()
    kept.run(kept.custody.erase(kept.scope("erika"), BASIS, SAID))
    path = next(kept.acts.glob("*.seg"))
    data = bytearray(path.read_bytes())
    data[-40] ^= 1
    path.write_bytes(bytes(data))

    report = kept.verified()

    assert report.verdict is Verdict.TAMPERED
    assert [f.code for f in report.findings] == [Code.ACTS_TAMPERED]


def test_who_comes_back_gets_fresh_keys(kept: Kept) -> None:
    """After an erasure a person's new exchanges are sealed under new keys, and open."""
    kept.run(kept.custody.erase(kept.scope("erika"), BASIS, SAID))
    kept.say("erika", "in the same epoch", obeyed())
    kept.clock.pass_s(601)
    kept.say("erika", "later", obeyed())
    kept.stop()

    last = kept.read()[-2:]

    assert [(r.content, r.fate) for r in last] == [
        (None, Fate.ERASED),  # sealed under a key that was remembered and is gone
        (b"later", Fate.THERE),
    ]
    assert kept.verified().verdict is Verdict.OK


def test_a_hold_stands_before_an_erasure(kept: Kept) -> None:
    """What is held stays, its erasure waits; when the hold has ended, a prune carries it out."""
    held = kept.run(kept.custody.hold(kept.scope("erika"), SAID))

    refused = kept.run(kept.custody.erase(kept.scope("erika"), BASIS, SAID))
    pruned = kept.run(kept.custody.prune(SAID))
    there = _said(kept)
    released = kept.run(kept.custody.release(held.id, SAID))
    again = kept.run(kept.custody.prune(SAID))

    assert (refused.destroyed, pruned.destroyed, released, again.destroyed) == (0, 0, True, 2)
    assert {each.decision.why for each in refused.waiting} == {Why.HOLD}
    assert there[::2] == _of("erika")
    assert {r.fate for r in kept.read()[::2]} == {Fate.ERASED}
    assert [
        leaf["kind"] for leaf in leaves(kept.acts) if leaf["kind"] not in {"epoch", "shutdown"}
    ] == [
        "hold",
        "erasure",
        "release",
        "erasure",
    ]
    assert kept.run(kept.custody.release(held.id, SAID)) is False


def test_a_minimum_stands_before_an_erasure(kept: Kept) -> None:
    """Content that a law asks for stays until its day, then the erasure is carried out."""
    least = obeyed(retention=Retention(minimum_days=90))
    kept.say("anna", "must be kept", least)

    early = kept.run(kept.custody.erase(kept.scope("anna"), BASIS, SAID))
    kept.clock.pass_s(98 * 86_400)
    late = kept.run(kept.custody.prune(SAID))

    assert early.destroyed == 0
    assert {each.decision.why for each in early.waiting} == {Why.MINIMUM}
    assert late.destroyed >= 2
    assert kept.read()[-1].fate is Fate.ERASED


@pytest.mark.parametrize(
    ("detail", "days"), [(Detail.FULL, 30), (Detail.REDACTED, 180)], ids=["full", "redacted"]
)
def test_content_goes_when_its_time_has_passed(tmp_path: Path, detail: Detail, days: int) -> None:
    """At its level's day content is gone and told as expired; names stay longer."""
    kept = kept_content(tmp_path)
    kept.start()
    kept.say("erika", "some words", obeyed(detail))
    kept.stop()

    kept.clock.pass_s((days - 8) * 86_400)
    nothing = kept.run(kept.custody.prune(SAID))
    kept.clock.pass_s(8 * 86_400)
    done = kept.run(kept.custody.prune(SAID))

    record = kept.read()[0]
    assert (nothing.destroyed, done.destroyed) == (0, 1)
    assert (record.content, record.fate) == (None, Fate.EXPIRED)
    assert (record.meta or {})["user"] == "erika"
    assert "keys of content: 1 have expired" in kept.verified().notes
    kept.close()


def test_a_whole_tenant_is_erased(kept: Kept) -> None:
    """Erasing a tenant erases its persons, and content that is the tenant's own."""
    kept.say("shared", "of the tenant", obeyed(subject=False))

    done = kept.run(kept.custody.erase(kept.scope(), "contract", SAID))
    kept.stop()

    assert done.destroyed == 5
    assert {r.content for r in kept.read()} == {None}


def test_full_text_of_a_person_takes_two(kept: Kept) -> None:
    """One recipient learns who asked, two of different groups what."""
    kept.stop()

    alone = kept.read("dpo")[0]
    both = kept.read()[0]

    assert (alone.meta or {})["user"] == (both.meta or {})["user"] == "erika"
    assert (alone.content, both.content) == (None, b"erika says 0")
    assert alone.fate is Fate.THERE


def test_without_a_register_at_hand(kept: Kept) -> None:
    """A copy of the log alone opens to metadata without names; why is not known there."""
    kept.stop()
    shutil.copytree(kept.log, kept.home / "alone")

    records = kept.read(log=kept.home / "alone")

    assert {(r.content, r.fate) for r in records} == {(None, None)}
    assert {(r.meta or {})["user"] for r in records} == {None}
    assert kept.verified(kept.home / "alone").verdict is Verdict.OK


def test_content_of_the_tenant(tmp_path: Path) -> None:
    """Where the policy names no subject, one key is for all of a tenant, and names are metadata."""
    kept = kept_content(tmp_path)
    kept.start()
    kept.say("erika", "one", obeyed(subject=False))
    kept.say("max", "two", obeyed(subject=False))
    kept.ledger and kept.ledger.append([pair(1)])
    kept.stop()

    records = [r for r in kept.read() if "sid" in r.leaf]

    assert len({r.leaf["sid"] for r in records}) == 1
    assert [r.content for r in records] == [b"one", b"two"]
    assert [(r.meta or {})["user"] for r in records] == ["erika", "max"]
    kept.close()


def test_an_interrupted_erasure_is_given_once_more(kept: Kept) -> None:
    """If the register fails after the act was recorded, the same command ends the work."""

    class Failing:
        """Fails in the moment in which it should destroy."""

        def __init__(self) -> None:
            self.of_scope, self.want = kept.register.of_scope, kept.register.want
            self.holds = kept.register.holds

        async def destroy(self, sids: object, why: str, at_us: int) -> int:
            raise RegisterDown("gone")

    custody = kept.custody
    custody._register = Failing()  # type: ignore[assignment] # noqa: SLF001 - a failing store
    with pytest.raises(RegisterDown):
        kept.run(custody.erase(kept.scope("erika"), BASIS, SAID))
    between = {r.fate for r in kept.read()[::2]}
    recorded = [leaf["kind"] for leaf in leaves(kept.acts) if leaf["kind"] == "erasure"]

    done = kept.run(kept.custody.erase(kept.scope("erika"), BASIS, SAID))

    assert (between, recorded) == ({Fate.THERE}, ["erasure"])
    assert done.destroyed == 2
    assert {r.fate for r in kept.read()[::2]} == {Fate.ERASED}


def test_nobody_is_recorded_as_well(kept: Kept) -> None:
    """An erasure of a person nobody knows is an act that names no rows."""
    done = kept.run(kept.custody.erase(kept.scope("nobody"), BASIS, SAID))

    assert done.destroyed == 0
    assert [leaf["sids"] for leaf in leaves(kept.acts) if leaf["kind"] == "erasure"] == [[]]


def test_many_rows_are_named_in_several_records(tmp_path: Path) -> None:
    """More rows than one record names stand in several of one commit; all are told as erased."""
    kept = kept_content(tmp_path)
    kept.start()
    kept.stop()
    kept.draft("erika", "x", obeyed())
    template = kept.run(kept.register.of_scope(kept.scope("erika")))[0]
    for number in range(150):
        kept.run(
            kept.register.put(
                replace(template, sid=f"{number:032x}", tag=f"tag {number}", until_us=DAY_US)
            )
        )

    done = kept.run(kept.custody.erase(kept.scope("erika"), BASIS, SAID))

    assert done.destroyed == 152
    assert [len(leaf["sids"]) for leaf in leaves(kept.acts) if "sids" in leaf] == [100, 52]
    kept.close()


def test_single_records_open_in_their_segment(kept: Kept) -> None:
    """A record whose chain another began opens by its place as it does in its turn."""
    kept.stop()
    everything = kept.raw()
    chosen = [everything[0], everything[3], everything[4]]
    segment, at = chosen[0].place.segment, [each.place.at for each in chosen]

    both = open_at(kept.log, kept.private(), segment, at)
    alone = open_at(kept.log, kept.private("dpo"), segment, at)

    assert both == chosen
    assert [(each.meta or {})["user"] for each in alone] == ["erika", "max", "erika"]
    assert {each.content for each in alone} == {None}
