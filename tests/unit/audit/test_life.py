"""A log through everything that can come to it, in any order, as a state machine."""

import os
import shutil
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from guardrail_gw.audit.findings import Code
from guardrail_gw.audit.frame import frames
from guardrail_gw.audit.ledger import Ledger, Limits
from guardrail_gw.audit.record import Content, Draft
from guardrail_gw.audit.review import show
from guardrail_gw.audit.verify import Verdict
from tests.support.audit_world import (
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

_LIMITS = Limits(epoch_records=6, checkpoint_records=3)
_CONTENTS = st.sampled_from([None, full(b"said"), redacted_content(b"PERSON_1")])
_LOSSES = frozenset({Code.RECORD_TORN, Code.RECORD_UNSIGNED, Code.INTENT_UNANSWERED})


class Life(RuleBasedStateMachine):
    """One log: written, killed, torn, rotated, verified, opened.

    What the log must hold is kept beside it: the kind of every record that was acknowledged, at its
    index. Erasing, holding and pruning are further rules of the same form: act on the ledger, and
    change what `acknowledged` expects of the records concerned.
    """

    made: World
    ledger: Ledger | None

    def __init__(self) -> None:
        super().__init__()
        self.home = Path(tempfile.mkdtemp())
        self.acknowledged: dict[int, str] = {}
        self.open_intents: list[int] = []
        self.ledger = None
        self.clock = SteadyClock()

    @initialize()
    def keys(self) -> None:
        """A gateway is set up."""
        self.made = world(self.home)
        self.start()

    @rule()
    @precondition(lambda self: self.ledger is None)
    def start(self) -> None:
        """A process begins, or goes on with what it finds."""
        self.ledger = self.made.ledger(self.clock, _LIMITS)
        self.ledger.open()

    @rule(content=_CONTENTS)
    @precondition(lambda self: self.ledger is not None)
    def exchange(self, content: Content | None) -> None:
        """An intent and its outcome at once."""
        self._append(pair(content=content))

    @rule()
    @precondition(lambda self: self.ledger is not None)
    def begin(self) -> None:
        """An intent whose outcome comes later, or never."""
        self._append([intent()])
        self.open_intents.append(max(self.acknowledged))

    @rule()
    @precondition(lambda self: self.ledger is not None and self.open_intents)
    def end(self) -> None:
        """The outcome of an intent."""
        self._append([outcome(of=self.open_intents.pop(0))])

    @rule(seconds=st.sampled_from([1, 61, 700]))
    @precondition(lambda self: self.ledger is not None)
    def pass_time(self, seconds: int) -> None:
        """Checkpoints, heartbeats and new epochs come by themselves."""
        self.clock.pass_s(seconds)
        ledger = self._running
        if ledger.due_s() <= 0:
            ledger.tend()

    @rule()
    @precondition(lambda self: self.ledger is not None)
    def stop(self) -> None:
        """The process ends in order; nobody answers an open intent any more."""
        self._running.close()
        self.ledger = None
        self.open_intents.clear()

    @rule(torn=st.integers(min_value=0, max_value=200))
    @precondition(lambda self: self.ledger is not None)
    def crash(self, torn: int) -> None:
        """The process is killed, perhaps inside a write that was never acknowledged."""
        ledger = self._running
        ledger._close_files()  # noqa: SLF001 - as the kernel would
        assert ledger._lock is not None  # noqa: SLF001 - ditto
        ledger._lock.release()  # noqa: SLF001 - ditto
        self.ledger = None
        self.open_intents.clear()
        last = max(self.made.log.glob("*.seg"))
        whole = last.read_bytes()
        *_, frame = frames(whole)
        with last.open("ab") as file:
            file.write(whole[frame.at : frame.end][: min(torn, frame.end - frame.at - 1)])

    @invariant()
    def everything_acknowledged_is_there(self) -> None:
        """Never tampered, only what a crash may leave is missing, and each record is in place."""
        if not self.acknowledged:
            return
        report = judged(files(self.made.log), self.made.public)
        stored = {o.index: o.kind for o in show(self.made.log, [self.made.auditor])}

        assert report.verdict in {Verdict.OK, Verdict.INCOMPLETE}, report.findings
        assert {found.code for found in report.findings} <= _LOSSES, report.findings
        assert self.acknowledged.items() <= stored.items()

    def teardown(self) -> None:
        """The folder goes."""
        if self.ledger is not None:
            self.ledger.close()
        shutil.rmtree(self.home)

    @property
    def _running(self) -> Ledger:
        assert self.ledger is not None
        return self.ledger

    def _append(self, drafts: list[Draft]) -> None:
        (stored,) = self._running.append([drafts])
        for place, draft in zip(stored, drafts, strict=True):
            self.acknowledged[place.index] = draft.kind
        if self._running.due_s() <= 0:
            self._running.tend()


Life.TestCase.settings = settings(
    max_examples=int(os.environ.get("LIFE_EXAMPLES", "6")),
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
TestLife = Life.TestCase
