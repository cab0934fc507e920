"""Whatever is recorded, held, erased, pruned and restarted in whatever order: the promises hold.

`make fuzz-erasure` runs it for longer.
"""

import os
import shutil
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from guardrail_gw.audit.acts import Fate
from guardrail_gw.audit.findings import Code
from guardrail_gw.audit.retention import period
from guardrail_gw.audit.verify import Verdict
from guardrail_gw.policy.policy import Retention
from tests.support.kept_content import BASIS, SAID, kept_content, obeyed

_PEOPLE = ("erika", "max", "anna")
_FREE = Retention(full_days=30, identity_days=400)
_BOUND = Retention(minimum_days=40, full_days=30)
_USER = st.sampled_from(_PEOPLE)


class Said:
    """What the model knows of one exchange."""

    def __init__(self, user: str, text: str, at_us: int, retention: Retention) -> None:
        when = period(retention.days("full"), retention, at_us)
        self.user, self.text = user, text
        self.not_before_us, self.until_us = when.not_before_us, when.until_us
        self.wanted = False
        self.gone: Fate | None = None


class Custody(RuleBasedStateMachine):
    """Drives a real log, register and acts beside a model of a few lines."""

    def __init__(self) -> None:
        super().__init__()
        self.home = Path(tempfile.mkdtemp(prefix="custody-"))
        self.kept = kept_content(self.home)
        self.kept.start()
        self.said: list[Said] = []
        self.holds: dict[str, str | None] = {}

    @rule(user=_USER, bound=st.booleans())
    def say(self, user: str, *, bound: bool) -> None:
        """Somebody asks something, under a policy with or without a minimum."""
        retention = _BOUND if bound else _FREE
        text = f"{user} says {len(self.said)}"
        self.kept.clock.pass_s(601)  # what was erased is not remembered
        self.kept.say(user, text, obeyed(retention=retention))
        self.said.append(Said(user, text, self.kept.clock.now_us(), retention))

    @rule(days=st.integers(min_value=1, max_value=20))
    def wait(self, days: int) -> None:
        """Time passes."""
        self.kept.clock.pass_s(days * 86_400)

    @rule()
    def restart(self) -> None:
        """The process ends in order and another begins."""
        self.kept.stop()
        self.kept.start()

    @rule()
    def crash(self) -> None:
        """The process is killed; what it had in memory is gone."""
        assert self.kept.ledger is not None
        self.kept.ledger._close_files()  # noqa: SLF001 - a crash is not part of the interface
        self.kept.ledger._lock.release()  # type: ignore[union-attr] # noqa: SLF001 - ditto
        self.kept.start()

    @rule(user=_USER)
    def erase(self, user: str) -> None:
        """Somebody asks to be forgotten."""
        self.kept.run(self.kept.custody.erase(self.kept.scope(user), BASIS, SAID))
        for each in self.said:
            if each.user == user and each.gone is None:
                each.wanted = True
        self._go({user}, expired=False)

    @rule()
    def prune(self) -> None:
        """The daily round."""
        self.kept.run(self.kept.custody.prune(SAID))
        self._go(set(_PEOPLE), expired=True)

    @rule(user=st.none() | _USER)
    def hold(self, user: str | None) -> None:
        """Somebody's content, or everybody's, must stay."""
        scope = "" if user is None else self.kept.scope(user)
        self.holds[self.kept.run(self.kept.custody.hold(scope, SAID)).id] = user

    @precondition(lambda self: self.holds)
    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        """A hold ends."""
        chosen = data.draw(st.sampled_from(sorted(self.holds)))
        assert self.kept.run(self.kept.custody.release(chosen, SAID))
        del self.holds[chosen]

    def _go(self, users: set[str], *, expired: bool) -> None:
        now = self.kept.clock.now_us()
        for each in self.said:
            held = any(user in {None, each.user} for user in self.holds.values())
            if each.gone or each.user not in users or held or now < each.not_before_us:
                continue
            if each.wanted:
                each.gone = Fate.ERASED
            elif now >= each.until_us:
                each.gone = Fate.EXPIRED if expired else None

    @invariant()
    def each_is_where_it_should_be(self) -> None:
        """What must be readable is, what must not be is not, and why is told."""
        records = self.kept.read()
        assert len(records) == len(self.said)
        for record, each in zip(records, self.said, strict=True):
            expected = None if each.gone else each.text.encode()
            assert record.content == expected
            assert record.fate == (each.gone or Fate.THERE)

    @invariant()
    def everything_verifies(self) -> None:
        """Whatever was destroyed, log and acts are whole."""
        findings = {
            finding.code
            for finding in self.kept.verified().findings
            if finding.verdict is not Verdict.INCOMPLETE or finding.code is Code.CONTENT_MISSING
        }
        assert findings == set()

    def teardown(self) -> None:
        """Leave nothing behind."""
        self.kept.close()
        shutil.rmtree(self.home)


TestCustody = Custody.TestCase
TestCustody.settings = settings(
    max_examples=int(os.environ.get("CUSTODY_EXAMPLES", "4")),
    stateful_step_count=15,
    deadline=None,
    derandomize="CUSTODY_EXAMPLES" not in os.environ,
    suppress_health_check=[HealthCheck.too_slow],
)
