"""A log through everything that can come to it, in any order, beside a model of a few lines.

Records are written, left without an end, torn by a kill or a full disk; epochs turn; processes,
folders and origins change; segments go to an archive; content is erased, held, released, pruned.
After each step all logs of the gateway verify, and every record that was acknowledged is in its
place and can be opened by whom, and only as long as, it should. `make fuzz-erasure` runs it longer.
"""

import os
from dataclasses import dataclass, field

from hypothesis import HealthCheck, settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from guardrail_gw.audit.acts import Fate
from guardrail_gw.audit.findings import Code
from guardrail_gw.audit.record import Draft, parse_json
from guardrail_gw.audit.retention import period
from guardrail_gw.audit.review import Opened
from guardrail_gw.audit.verify import Verdict
from guardrail_gw.policy.policy import Retention
from tests.support.audit_world import outcome
from tests.support.kept_content import BASIS, SAID, obeyed
from tests.support.log_life import log_life

_PEOPLE = ("erika", "max")
_FREE = Retention(full_days=30, identity_days=400)
_BOUND = Retention(minimum_days=40, full_days=30)
_USER = st.sampled_from(_PEOPLE)
_DAY_S = 86_400
_FORGOTTEN_S = 601
_LEFT_BY_CRASHES = frozenset(
    {Code.RECORD_TORN, Code.RECORD_UNSIGNED, Code.INTENT_UNANSWERED, Code.LOG_CONTINUED}
)


@dataclass(slots=True, kw_only=True)
class Part:
    """Something that is sealed under a key of its own: a text, or who said it."""

    not_before_us: int
    until_us: int
    wanted: bool = False
    gone: Fate | None = None


@dataclass(slots=True, kw_only=True)
class Said:
    """What the model knows of one request."""

    user: str
    text: str
    content: Part
    identity: Part
    place: tuple[str, int] | None
    """Origin and index; None if it was never acknowledged."""
    ended: bool = False


@dataclass(slots=True, kw_only=True)
class Model:
    """Every request, and what must become of it."""

    said: dict[str, Said] = field(default_factory=dict)
    holds: dict[str, str | None] = field(default_factory=dict)
    """Hold -> whose content; None is everybody's."""

    def note(self, request: str, user: str, text: str, retention: Retention, now_us: int) -> Said:
        """A request was made."""
        parts = [
            Part(not_before_us=when.not_before_us, until_us=when.until_us)
            for when in (
                period(retention.days(level), retention, now_us) for level in ("full", "identity")
            )
        ]
        self.said[request] = Said(
            user=user, text=text, content=parts[0], identity=parts[1], place=None
        )
        return self.said[request]

    def want(self, user: str) -> None:
        """Somebody asked to be forgotten: all that is there of them."""
        for part in self._parts({user}):
            part.wanted = True

    def destroy(self, users: set[str], now_us: int, *, expired: bool) -> None:
        """What may go goes: what is wanted, and in the daily round what has ended."""
        for part in self._parts(users):
            if now_us < part.not_before_us:
                continue
            if part.wanted:
                part.gone = Fate.ERASED
            elif expired and now_us >= part.until_us:
                part.gone = Fate.EXPIRED

    def free(self, users: set[str]) -> set[str]:
        """Those whose content no hold keeps."""
        held = self.holds.values()
        return set() if None in held else users - {user for user in held if user}

    def _parts(self, users: set[str]) -> list[Part]:
        each = [s for s in self.said.values() if s.user in users]
        return [p for s in each for p in (s.content, s.identity) if p.gone is None]


class Life(RuleBasedStateMachine):
    """Drives real logs, register, acts and archive beside the model."""

    def __init__(self) -> None:
        super().__init__()
        self.life, self.model = log_life(), Model()
        self.kept = self.life.kept
        self.open: list[Said] = []
        """Without an outcome, in the running process."""
        self.kept.start()

    # The process

    @rule()
    @precondition(lambda self: not self.life.running)
    def start(self) -> None:
        """A process begins, or goes on with what it finds."""
        self.kept.start()

    @rule()
    @precondition(lambda self: self.life.running)
    def stop(self) -> None:
        """The process ends in order; nobody answers an open intent any more."""
        self.kept.stop()
        self.open.clear()

    @rule(torn=st.integers(min_value=0, max_value=200))
    @precondition(lambda self: self.life.running)
    def crash(self, torn: int) -> None:
        """The process is killed; what it had in memory is gone."""
        self.life.crash(torn)
        self.open.clear()

    @rule(away=st.booleans())
    @precondition(lambda self: not self.life.running)
    def begin_another_log(self, *, away: bool) -> None:
        """The log was moved away, or is damaged and will be set aside: another origin follows."""
        if away:
            self.life.move_away()
        elif not self.life.damage():
            return
        self.kept.start()

    @rule(seconds=st.sampled_from([1, 61, 700]))
    @precondition(lambda self: self.life.running)
    def pass_time(self, seconds: int) -> None:
        """Checkpoints, heartbeats and new epochs come by themselves."""
        self.kept.clock.pass_s(seconds)
        self.life.tend()

    @rule(days=st.integers(min_value=1, max_value=20))
    def wait(self, days: int) -> None:
        """Time passes in which nothing happens."""
        self.kept.clock.pass_s(days * _DAY_S)

    # Requests

    @rule(user=_USER, bound=st.booleans(), ends=st.booleans())
    @precondition(lambda self: self.life.running)
    def say(self, user: str, *, bound: bool, ends: bool) -> None:
        """Somebody asks something, under a policy with or without a minimum."""
        draft, made = self._asked(user, bound=bound)
        stored = self.life.append([draft, outcome()] if ends else [draft])
        made.place = (stored[0].origin, stored[0].index)
        if not ends:
            self.open.append(made)

    @rule()
    @precondition(lambda self: self.life.running and self.open)
    def end(self) -> None:
        """The outcome of an intent."""
        made = self.open.pop(0)
        assert made.place is not None
        self.life.append([outcome(of=made.place[1])])

    @rule(user=_USER, room=st.integers(min_value=0, max_value=1500), again=st.booleans())
    @precondition(lambda self: self.life.running)
    def say_without_room(self, user: str, room: int, *, again: bool) -> None:
        """The disk is full in the middle of a write; the process goes on, or is killed."""
        draft, _ = self._asked(user, bound=False)
        self.life.append_without_room([draft, outcome()], room)
        if again:
            self.life.ledger.open()
        else:
            self.life.crash(0)
            self.open.clear()

    @rule(keep_days=st.none() | st.integers(min_value=0, max_value=3))
    def archive(self, keep_days: int | None) -> None:
        """Closed segments go to the archive, and old ones leave the folder."""
        self.life.archive(keep_days)

    # Custody

    @rule(user=_USER)
    def erase(self, user: str) -> None:
        """Somebody asks to be forgotten."""
        self.kept.run(self.kept.custody.erase(self.kept.scope(user), BASIS, SAID))
        self.model.want(user)
        self.model.destroy(self.model.free({user}), self.kept.clock.now_us(), expired=False)

    @rule()
    def prune(self) -> None:
        """The daily round."""
        self.kept.run(self.kept.custody.prune(SAID))
        self.model.destroy(self.model.free(set(_PEOPLE)), self.kept.clock.now_us(), expired=True)

    @rule(user=st.none() | _USER)
    def hold(self, user: str | None) -> None:
        """Somebody's content, or everybody's, must stay."""
        scope = "" if user is None else self.kept.scope(user)
        self.model.holds[self.kept.run(self.kept.custody.hold(scope, SAID)).id] = user

    @precondition(lambda self: self.model.holds)
    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        """A hold ends."""
        chosen = data.draw(st.sampled_from(sorted(self.model.holds)))
        assert self.kept.run(self.kept.custody.release(chosen, SAID))
        del self.model.holds[chosen]

    # What must be so

    @invariant()
    def everything_acknowledged_is_in_its_place(self) -> None:
        """What must be readable is, what must not be is not, and why is told."""
        found = {(record.meta or {})["request"]: record for record in self.life.read()}
        assert found.keys() <= self.model.said.keys()
        for request, made in self.model.said.items():
            record = found.get(request)
            if record is None:
                assert made.place is None, f"{made.text} was acknowledged and is gone"
                continue
            if made.place is not None:
                assert (record.leaf["origin"], record.index) == made.place
            self._as_it_should(record, made)

    @invariant()
    def everything_verifies(self) -> None:
        """Only what a crash may leave is missing; a log that was damaged is called so."""
        for folder, damaged in self.life.logs():
            report = self.life.verified(folder)
            if damaged:
                assert report.verdict is Verdict.TAMPERED, folder.name
            else:
                assert {found.code for found in report.findings} <= _LEFT_BY_CRASHES, report

    def teardown(self) -> None:
        """Leave nothing behind."""
        self.life.close()

    def _asked(self, user: str, *, bound: bool) -> tuple[Draft, Said]:
        retention = _BOUND if bound else _FREE
        text = f"{user} says {len(self.model.said)}"
        self.kept.clock.pass_s(_FORGOTTEN_S)  # what was erased is not remembered
        draft = self.kept.draft(user, text, obeyed(retention=retention))
        request = parse_json(draft.sealed or b"")["request"]
        now_us = self.kept.clock.now_us()
        return draft, self.model.note(request, user, text, retention, now_us)

    def _as_it_should(self, record: Opened, made: Said) -> None:
        meta = record.meta or {}
        assert record.content == (None if made.content.gone else made.text.encode())
        assert record.fate == (made.content.gone or Fate.THERE)
        assert meta["user"] == (None if made.identity.gone else made.user)
        assert meta.get("identity") == made.identity.gone


Life.TestCase.settings = settings(
    max_examples=int(os.environ.get("LIFE_EXAMPLES", "6")),
    stateful_step_count=int(os.environ.get("LIFE_STEPS", "16")),
    deadline=None,
    derandomize="LIFE_EXAMPLES" not in os.environ,
    suppress_health_check=[HealthCheck.too_slow],
)
TestLife = Life.TestCase
