"""All rules on one text, each where it may find something and nowhere else.

The cost of ordinary prose does not depend on the number of rules: the text is looked through once,
and a rule is called only on the neighbourhoods of what it needs.
"""

from collections.abc import Iterator, Sequence
from operator import itemgetter

from guardrail_gw.core.text import Finding
from guardrail_gw.detection.asked import Asking, asked, asking_of, bits
from guardrail_gw.detection.forms import groups
from guardrail_gw.detection.hits import Hits
from guardrail_gw.detection.rules.rule import Rule
from guardrail_gw.detection.rules.window import Whole

_PLANS = 1_024
"""Sets of rules called together that are remembered."""


class Ruled:
    """Rules that are run together.

    Args:
        rules: any number.
        automaton: see `sieve.marks`.
    """

    def __init__(self, rules: Sequence[Rule], *, automaton: bool | None = None) -> None:
        numbered = list(enumerate(rules))
        asking = [asking_of(number, rule) for number, rule in numbered if not rule.forms]
        self._asking = {each.bit: each for each in asking}
        self._plans: dict[int, tuple[Asking, ...]] = {}
        """Rules that were called together, as bits -> the rules."""
        self._worded = bits(each for each in asking if each.has_words)
        """The rules, as bits, that need words."""
        self._enough = (
            max((each.needs.digits for each in asking), default=0),
            max((each.needs.unbroken for each in asking), default=0),
        )
        """Digits and unbroken characters of which no rule needs more."""
        self._met: dict[tuple[int, int], int] = {}
        """What there is of both -> the rules, as bits, that do not need more of either."""
        self._groups = tuple(groups(numbered))
        self._asked = asked(rules, asking, automaton=automaton)

    def find(self, text: str) -> list[Finding]:
        """What the rules find, in their order; the same as each of them on the whole text."""
        return self.find_in(Whole(text)) if text else []

    def find_in(self, whole: Whole) -> list[Finding]:
        """The same for a text, not empty, that others look at as well."""
        hits = Hits(whole, self._asked)
        found: list[tuple[int, Finding]] = []
        self._ask(hits.called & self._have(hits), hits, found)
        if hits.most:
            found += self._formed(hits)
            found.sort(key=itemgetter(0))
        return [finding for _, finding in found]

    def _have(self, hits: Hits) -> int:
        """The rules, as bits, that have as many digits and the words that they need."""
        digits, unbroken = self._enough
        most = min(hits.most, digits), min(hits.longest, unbroken)
        met = self._met.get(most)
        if met is None:
            met = self._met[most] = bits(
                each
                for each in self._asking.values()
                if each.needs.digits <= most[0] and each.needs.unbroken <= most[1]
            )
        is_worded = met & hits.called & self._worded
        return met & (hits.wanted | ~self._worded) if is_worded else met

    def _ask(self, called: int, hits: Hits, found: list[tuple[int, Finding]]) -> None:
        """Add what these rules, as bits, none of them with forms, find, with their numbers."""
        for each in self._plan(called):
            if each.is_shown_always:
                for finding in each.find(hits.window):
                    found.append((each.number, finding))  # noqa: PERF401 - most find nothing
            else:
                found += _in_windows(each, hits)

    def _plan(self, called: int) -> tuple[Asking, ...]:
        """The rules that these bits are, in order."""
        plan = self._plans.get(called)
        if plan is None:
            if len(self._plans) >= _PLANS:
                self._plans.clear()
            every = self._asking
            plan = self._plans[called] = tuple(every[bit] for bit in sorted(every) if bit & called)
        return plan

    def _formed(self, hits: Hits) -> Iterator[tuple[int, Finding]]:
        """What the rules with forms find."""
        most, longest = hits.most, hits.longest
        for group in self._groups:
            needs = group.needs
            if needs.digits > most or needs.unbroken > longest:
                continue
            if needs.words and not hits.wanted & group.bits:
                continue
            for shown in hits.around(needs):
                wanted = shown.wanted(hits.wanting) if needs.words else None
                if wanted is None or wanted & group.bits:
                    for number, finding in group.find(shown.window, wanted):
                        if kept := shown.kept(finding):
                            yield number, kept


def _in_windows(asking: Asking, hits: Hits) -> Iterator[tuple[int, Finding]]:
    """What a rule finds in the windows that it is shown, with its number."""
    if not hits.formed(asking.shapes):
        return
    for shown in hits.shown(asking):
        if not asking.has_words or asking.bit & shown.wanted(hits.wanting):
            for finding in asking.find(shown.window):
                if kept := shown.kept(finding):
                    yield asking.number, kept
