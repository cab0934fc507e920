"""What a request becomes: the replacements of every segment, so that no original stays anywhere."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from guardrail_gw.core.kept import Issue
from guardrail_gw.core.text import Entity, Finding, Segment
from guardrail_gw.errors import Blocked, ResidualFound
from guardrail_gw.policy.policy import Action, Policy
from guardrail_gw.redaction.change import Change, applied, blanked, is_word, returning
from guardrail_gw.redaction.cluster import Cluster, clusters, without
from guardrail_gw.redaction.irreversible import Irreversible
from guardrail_gw.redaction.placeholder import LITERAL, Issuer, look_alikes
from guardrail_gw.redaction.restorer import Restorer
from guardrail_gw.redaction.spellings import Clue, Spellings, likely
from guardrail_gw.redaction.surrogate import Surrogates

_PLACES_SHOWN = 5
_REVERSIBLE = frozenset({Action.SURROGATE, Action.TOKEN})
PLAIN = frozenset({Action.ALLOW, Action.TOKEN})
"""What is done with a value by these depends on no other text of the request."""

Known = Mapping[str, tuple[Entity, Action]]
"""Values, with what is done with them wherever they stand."""


class AmbiguousText(ResidualFound):
    """Restoring what would be sent does not give what came in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edits:
    """The replacements of one request."""

    replacements: Mapping[int, str] = field(repr=False)
    """Index of the segment -> its new text."""
    originals: Mapping[str, str] = field(repr=False)
    """Placeholder or surrogate -> value."""
    values: frozenset[str] = field(repr=False)
    """Every text that must not leave, also those that do not come back."""
    written: frozenset[str] = field(repr=False)
    """Every text that was put in the place of one."""
    entities: Mapping[Entity, int]
    rules: tuple[str, ...]
    found: Sequence[Sequence[Cluster]] = field(default=(), repr=False)
    """What was found in each segment, whatever is done with it."""
    known: Known = field(default_factory=dict, repr=False)
    """The values, in the order in which they were met."""
    spread: Sequence[tuple[int, str]] = field(default=(), repr=False)
    """Segment and text of each place where a value stands that nothing had found there."""
    is_plain: bool = False
    """Every value is replaced by a placeholder that does not depend on the others."""
    kinds: Mapping[str, Entity] = field(default_factory=dict, repr=False)
    """Placeholder or surrogate -> what kind of value it stands for."""
    sought: Spellings | None = field(default=None, repr=False)
    """What finds `values`, if it was needed to make these."""


@dataclass(slots=True, kw_only=True)
class Editor:
    """Makes the edits of one request.

    What the issuer has issued before is ours and stays as it is: texts that have been through here
    can come again, beside new ones, in the steps of one exchange.
    """

    segments: Sequence[Segment] = field(repr=False)
    policy: Policy
    issuer: Issuer
    irreversible: Irreversible
    surrogates: Surrogates | None = None
    """None: placeholders also where the policy would take surrogates."""
    held: Mapping[str, Issue] = field(default_factory=dict, repr=False)
    """What was issued earlier in the conversation: its values are replaced by the same here, and
    whoever types one of its placeholders has typed a text like any other."""
    clues: Mapping[str, Clue] = field(default_factory=dict, repr=False)
    """To values of other texts, most of which are in none of these."""
    _again: dict[str, str] = field(default_factory=dict, repr=False)
    """Value -> what stood for it earlier."""
    _kinds: dict[str, Entity] = field(default_factory=dict, repr=False)
    _values: dict[str, tuple[Entity, Action]] = field(default_factory=dict, repr=False)
    _rules: set[str] = field(default_factory=set)
    _entities: Counter[Entity] = field(default_factory=Counter)
    _written: set[str] = field(default_factory=set, repr=False)
    _spread: list[tuple[int, str]] = field(default_factory=list, repr=False)
    _sought: tuple[int, Spellings] | None = field(default=None, repr=False)
    """What finds the first so many values."""

    def edits(self, findings: Sequence[Sequence[Finding]]) -> Edits:
        """Decide on every finding, then replace its value wherever it stands.

        Raises:
            Blocked: an entity that the policy blocks was found.
            DetectionDown: the findings do not fit the texts.
            AmbiguousText: a placeholder or surrogate could be taken for another.
        """
        issued = self._mine()
        self._go_on()
        ours = Restorer(issued)
        kept = _kept([s.text for s in self.segments], ours, issued)
        return self._edits(findings, kept, {})

    def know(self, value: str, entity: Entity) -> None:
        """Look for a value wherever it stands, as if it had been found, to be replaced."""
        self._values.setdefault(value, (entity, Action.TOKEN))

    def beside(
        self, findings: Sequence[Sequence[Finding]], *, before: Known, behind: Known
    ) -> Edits:
        """The edits of texts that stand between others, which are edited already.

        Args:
            findings: of these texts.
            before: values found in the texts before them,
            behind: and behind them; the issuer knows the placeholders.

        Raises:
            Blocked, DetectionDown, AmbiguousText: as `edits` does.
        """
        self._values.update(before)
        return self._edits(findings, [[] for _ in self.segments], behind)

    def _edits(
        self,
        findings: Sequence[Sequence[Finding]],
        kept: Sequence[Sequence[Change]],
        behind: Known,
    ) -> Edits:
        found = self._found(findings, kept)
        self._refuse_blocked(found)
        changes = [
            self._own(segment, here, ours_)
            for segment, here, ours_ in zip(self.segments, found, kept, strict=True)
        ]
        for value, what in behind.items():
            self._values.setdefault(value, what)
        if self._values:
            self._propagate(changes)
        if self.held or self._values or any(changes):
            self._neutralise(changes)
        new = {i: applied(self.segments[i].text, c) for i, c in enumerate(changes) if c}
        return Edits(
            replacements={i: text for i, text in new.items() if text != self.segments[i].text},
            originals=self._issued(),
            values=frozenset(self._values),
            written=frozenset(self._written),
            entities=dict(self._entities),
            rules=tuple(sorted(self._rules)),
            found=found,
            known=self._values,
            spread=self._spread,
            is_plain=self._is_plain(found),
            kinds=self._kinds,
            sought=self._finds_all(),
        )

    def _finds_all(self) -> Spellings | None:
        if self._sought is None or self._sought[0] != len(self._values):
            return None  # others have come, which only look like a placeholder
        return self._sought[1]

    def _is_plain(self, found: Sequence[Sequence[Cluster]]) -> bool:
        return (
            not self.issuer.has_collided
            and all(not c.part and c.rule.action in PLAIN for here in found for c in here)
            and all(entity != LITERAL for entity, _ in self._values.values())
        )

    def _go_on(self) -> None:
        """Take up what was issued earlier in the conversation.

        A value that the policy lets pass by now is looked for no more; what stands for it in
        earlier turns comes back all the same.
        """
        self.issuer.hold(self.held)
        if self.surrogates is not None:
            self.surrogates.hold(self.held)
        for token, issue in self.held.items():
            self._kinds[token] = issue.entity
            action = self.policy.rule_for(issue.entity).action
            if issue.entity == LITERAL or action in _REVERSIBLE:
                self._again[issue.value] = token
                self._values[issue.value] = (issue.entity, Action.TOKEN)

    def _issued(self) -> dict[str, str]:
        return {**{token: issue.value for token, issue in self.held.items()}, **self._mine()}

    def _mine(self) -> dict[str, str]:
        """What was issued in this exchange."""
        return {**self.issuer.issued, **(self.surrogates.issued if self.surrogates else {})}

    def _found(
        self, findings: Sequence[Sequence[Finding]], kept: Sequence[Sequence[Change]]
    ) -> list[list[Cluster]]:
        found = []
        for segment, here, ours in zip(self.segments, findings, kept, strict=True):
            outside = without(here, [(c.start, c.end) for c in ours])
            merged = list(clusters(outside, self.policy, segment.text)) if here else []
            for cluster in merged:
                self._entities[cluster.entity] += 1
                self._rules.add(cluster.rule.rule)
            found.append(merged)
        return found

    def _refuse_blocked(self, found: Sequence[Sequence[Cluster]]) -> None:
        hits = [
            (cluster, segment.place)
            for segment, here in zip(self.segments, found, strict=True)
            for cluster in here
            if cluster.rule.action is Action.BLOCK
        ]
        if not hits:
            return
        count = Counter(cluster.entity for cluster, _ in hits)
        what = ", ".join(f"{entity} ({n})" for entity, n in sorted(count.items()))
        places = sorted({place for _, place in hits})
        more = f" and {len(places) - _PLACES_SHOWN} more" if len(places) > _PLACES_SHOWN else ""
        where = ", ".join(places[:_PLACES_SHOWN]) + more
        raise Blocked(
            f"the policy forbids sending {what}, found at {where}",
            facts={
                "entities": {str(e): n for e, n in sorted(self._entities.items())},
                "rules": sorted({cluster.rule.rule for cluster, _ in hits}),
            },
        )

    def _own(
        self, segment: Segment, found: Sequence[Cluster], kept: Sequence[Change]
    ) -> list[Change]:
        """The changes that the segment's own findings and look-alikes ask for."""
        changes = [
            *kept,
            *(
                self._change(segment, (c.start, c.end), c.entity, c.rule.action, part=c.part)
                for c in found
                if c.rule.action is not Action.ALLOW
            ),
        ]
        if "_" in segment.text:
            spans = look_alikes(blanked(segment.text, changes))
            changes += [self._change(segment, span, LITERAL, Action.TOKEN) for span in spans]
        return changes

    def _change(
        self,
        segment: Segment,
        span: tuple[int, int],
        entity: Entity,
        action: Action,
        *,
        part: bool = False,
    ) -> Change:
        value = segment.text[slice(*span)]
        if not part:  # a piece of a value (`com`, `00`) is an ordinary text elsewhere
            entity, action = self._values.setdefault(value, (entity, action))
        surrogate = None if part else self._again.get(value)
        whole = not part and is_word(segment.text, *span)
        if action is Action.SURROGATE and self.surrogates and whole and surrogate is None:
            surrogate = self.surrogates.surrogate(entity, value)
        if action in _REVERSIBLE:
            new, back = surrogate or self.issuer.placeholder(entity, value), value
            self._kinds.setdefault(new, entity)
        else:
            new = back = self.irreversible(action, entity, value, segment.kind)
        self._written.add(new)
        return Change(start=span[0], end=span[1], new=new, back=back)

    def _propagate(self, changes: list[list[Change]]) -> None:
        """Replace every value also where the detector missed it, in every usual spelling."""
        left = self._left(changes)
        sought = likely(self._values, self.clues, left)
        spellings = Spellings(sought) if sought else None
        if spellings is not None and len(sought) == len(self._values):
            self._sought = len(sought), spellings
        for index, hit in spellings.hits_among(left) if spellings is not None else ():
            entity, action = self._values[hit.value]
            span = hit.start, hit.end
            self._spread.append((index, self.segments[index].text[slice(*span)]))
            changes[index].append(self._change(self.segments[index], span, entity, action))

    def _neutralise(self, changes: list[list[Change]]) -> None:
        """Replace texts that restoring would take for a placeholder of this exchange.

        A restored answer must show what the sender wrote, so restoring the outgoing text has to
        give back exactly what came in, but for what is irreversible.
        """
        for _ in range(3):  # a literal's own placeholder could be imitated, too
            restorer = Restorer(self._issued())
            imitated = restorer.scan_all(self._left(changes))
            for segment, here, matches in zip(self.segments, changes, imitated, strict=True):
                spans = [(m.start, m.end) for m in matches]
                here += [self._change(segment, s, LITERAL, Action.TOKEN) for s in spans]
            if not any(imitated):
                break
        else:
            restorer = Restorer(self._issued())
        self._check_way_back(restorer, changes)

    def _left(self, changes: Sequence[Sequence[Change]]) -> list[str]:
        """What no change covers, at its place, of every segment."""
        return [blanked(s.text, c) for s, c in zip(self.segments, changes, strict=True)]

    def _check_way_back(self, restorer: Restorer, changes: list[list[Change]]) -> None:
        changed = [(s, c) for s, c in zip(self.segments, changes, strict=True) if c]
        backs = restorer.restore_all([applied(s.text, c) for s, c in changed])
        for (segment, here), back in zip(changed, backs, strict=True):
            if back != returning(segment.text, here):
                raise AmbiguousText(f"a placeholder at {segment.place!r} is ambiguous")


def _kept(texts: Sequence[str], ours: Restorer, issued: Mapping[str, str]) -> list[list[Change]]:
    """What was issued before and stands in a text: it stays, and nothing in it is looked at."""
    if not issued:
        return [[] for _ in texts]
    return [
        [
            Change(start=m.start, end=m.end, new=text[m.start : m.end], back=issued[m.token])
            for m in matches
        ]
        for text, matches in zip(texts, ours.scan_all(texts), strict=True)
    ]
