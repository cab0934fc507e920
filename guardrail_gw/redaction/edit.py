"""What a request becomes: the replacements of every segment, so that no original stays anywhere."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from guardrail_gw.core.text import Entity, Finding, Segment
from guardrail_gw.errors import Blocked, ResidualFound
from guardrail_gw.policy.policy import Action, Policy
from guardrail_gw.redaction.cluster import Cluster, clusters
from guardrail_gw.redaction.irreversible import Irreversible
from guardrail_gw.redaction.placeholder import LITERAL, PLACEHOLDER, Issuer
from guardrail_gw.redaction.restorer import Restorer
from guardrail_gw.redaction.words import WholeWords

_PLACES_SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """`text[start:end]` of one segment is replaced by `new`."""

    start: int
    end: int
    new: str = field(repr=False)
    back: str = field(repr=False)
    """What restoring gives: the original, or `new` when nothing comes back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edits:
    """The replacements of one request."""

    replacements: Mapping[int, str] = field(repr=False)
    """Index of the segment -> its new text."""
    originals: Mapping[str, str] = field(repr=False)
    """Placeholder -> value."""
    values: frozenset[str] = field(repr=False)
    """Every text that must not leave, also those that do not come back."""
    entities: Mapping[Entity, int]
    rules: tuple[str, ...]


@dataclass(slots=True, kw_only=True)
class Editor:
    """Makes the edits of one request."""

    segments: Sequence[Segment] = field(repr=False)
    policy: Policy
    issuer: Issuer
    irreversible: Irreversible
    _values: dict[str, tuple[Entity, Action]] = field(default_factory=dict, repr=False)
    _rules: set[str] = field(default_factory=set)
    _entities: Counter[Entity] = field(default_factory=Counter)

    def edits(self, findings: Sequence[Sequence[Finding]]) -> Edits:
        """Decide on every finding, then replace its value wherever it stands.

        Raises:
            Blocked: an entity that the policy blocks was found.
            DetectionDown: the findings do not fit the texts.
            ResidualFound: a placeholder could be taken for another.
        """
        found = self._found(findings)
        self._refuse_blocked(found)
        changes = [self._own(s, c) for s, c in zip(self.segments, found, strict=True)]
        if self._values:
            self._propagate(changes)
        if any(changes):
            self._neutralise(changes)
        texts = [s.text for s in self.segments]
        return Edits(
            replacements={i: _applied(texts[i], c) for i, c in enumerate(changes) if c},
            originals=dict(self.issuer.issued),
            values=frozenset(self._values),
            entities=dict(self._entities),
            rules=tuple(sorted(self._rules)),
        )

    def _found(self, findings: Sequence[Sequence[Finding]]) -> list[list[Cluster]]:
        found = []
        for segment, here in zip(self.segments, findings, strict=True):
            merged = list(clusters(here, self.policy, segment.text)) if here else []
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

    def _own(self, segment: Segment, found: Sequence[Cluster]) -> list[Change]:
        """The changes that the segment's own findings and look-alikes ask for."""
        changes = [
            self._change(segment, (c.start, c.end), c.entity, c.rule.action, part=c.part)
            for c in found
            if c.rule.action is not Action.ALLOW
        ]
        if "_" in segment.text:
            for start, end in list(_gaps(segment.text, changes)):
                imitations = PLACEHOLDER.finditer(segment.text, start, end)
                changes += [
                    self._change(segment, m.span(), LITERAL, Action.TOKEN) for m in imitations
                ]
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
        if action is Action.TOKEN:
            new, back = self.issuer.placeholder(entity, value), value
        else:
            new = back = self.irreversible(action, entity, value, segment.kind)
        return Change(start=span[0], end=span[1], new=new, back=back)

    def _propagate(self, changes: list[list[Change]]) -> None:
        """Replace every value also where the detector missed it."""
        values = WholeWords(self._values)
        for segment, here in zip(self.segments, changes, strict=True):
            for start, end in list(_gaps(segment.text, here)):
                for hit in values.hits(segment.text, start, end):
                    entity, action = self._values[hit.value]
                    here.append(self._change(segment, (hit.start, hit.end), entity, action))

    def _neutralise(self, changes: list[list[Change]]) -> None:
        """Replace texts that restoring would take for a placeholder of this exchange.

        A restored answer must show what the sender wrote, so restoring the outgoing text has to
        give back exactly what came in, but for what is irreversible.
        """
        for _ in range(3):  # a literal's own placeholder could be imitated, too
            restorer = Restorer(self.issuer.issued)
            clean = True
            for segment, here in zip(self.segments, changes, strict=True):
                for start, end in list(_gaps(segment.text, here)):
                    imitated, _ = restorer.matches(segment.text[start:end])
                    spans = [(start + m.start, start + m.end) for m in imitated]
                    here += [self._change(segment, s, LITERAL, Action.TOKEN) for s in spans]
                    clean = clean and not spans
            if clean:
                break
        self._check_way_back(Restorer(self.issuer.issued), changes)

    def _check_way_back(self, restorer: Restorer, changes: list[list[Change]]) -> None:
        for segment, here in zip(self.segments, changes, strict=True):
            expected = _applied(segment.text, [_returning(c) for c in here])
            if here and restorer.restore(_applied(segment.text, here), escape="text") != expected:
                raise ResidualFound(f"a placeholder at {segment.place!r} is ambiguous")


def _returning(change: Change) -> Change:
    return Change(start=change.start, end=change.end, new=change.back, back=change.back)


def _gaps(text: str, changes: Sequence[Change]) -> Iterator[tuple[int, int]]:
    """The stretches that no change covers."""
    at = 0
    for change in sorted(changes, key=lambda c: c.start):
        if change.start > at:
            yield at, change.start
        at = max(at, change.end)
    if at < len(text):
        yield at, len(text)


def _applied(text: str, changes: Sequence[Change]) -> str:
    out: list[str] = []
    at = 0
    for change in sorted(changes, key=lambda c: c.start):
        out += (text[at : change.start], change.new)
        at = change.end
    out.append(text[at:])
    return "".join(out)
