"""A candidate judged beside the policies in force: what it would decide otherwise is counted.

Nobody obeys it. It sees what the detectors found for the policies in force, so what only the
candidate looks for (`code: scan`, other states' identifiers) is not known to it.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from guardrail_gw.core.exchange import Inbound
from guardrail_gw.core.text import Entity, Finding, Segment
from guardrail_gw.errors import ConfigError
from guardrail_gw.policy.decisions import decided_otherwise
from guardrail_gw.policy.explain import explain
from guardrail_gw.policy.explanation import Facts, Place, Seen
from guardrail_gw.policy.shadowed import Shadowed
from guardrail_gw.policy.source import PolicySet, load_set
from guardrail_gw.policy.vocabulary import Vocabulary

_MOST_VALUES = 64
"""With more different findings than these, `allow_values` are not looked at: all count."""


@dataclass(slots=True, kw_only=True)
class Shadow:
    """The candidate of a gateway."""

    directory: Path
    vocabulary: Vocabulary = field(repr=False)
    routes: Mapping[str, Mapping[str, Place]] = field(repr=False)
    """Virtual model -> deployment -> where it is."""
    counted: Callable[[Shadowed | None], None]
    """Told of every request that was judged; None: the candidate could not be."""
    current: PolicySet | None = None
    """None while its folder is not valid: then nothing is counted."""

    @property
    def digest(self) -> str | None:
        """Of the candidate, if there is one."""
        return self.current.digest if self.current else None

    def load(self) -> None:
        """Read the folder anew.

        Raises:
            ConfigError: it is not valid; there is no candidate until it is.
        """
        try:
            self.current = load_set(self.directory, self.vocabulary)
        except ConfigError:
            self.current = None
            raise

    def judge(
        self, active: PolicySet, inbound: Inbound, findings: Sequence[tuple[Finding, ...]]
    ) -> Shadowed | None:
        """Say what the candidate would decide otherwise; never raises, never changes anything.

        Args:
            active: the policies that the request obeys.
            inbound: the request.
            findings: of each segment, as the detectors gave them.
        """
        candidate = self.current
        if candidate is None:
            return None
        try:
            facts = self._facts(inbound, findings)
            changes = decided_otherwise(explain(active, facts), explain(candidate, facts))
            shadowed = Shadowed(digest=candidate.digest, changes=changes)
        except Exception:  # noqa: BLE001 - what nobody obeys must not stop what everybody does
            shadowed = None
        self.counted(shadowed)
        return shadowed

    def _facts(self, inbound: Inbound, findings: Sequence[tuple[Finding, ...]]) -> Facts:
        question, principal = inbound.question, inbound.principal
        return Facts(
            tenant=principal.tenant,
            team=principal.team,
            surface=inbound.arrival.surface,
            found=_seen(question.segments, findings),
            attachments=bool(question.attachments),
            features=frozenset(question.features),
            places=self.routes.get(question.model, {}),
            user=principal.user,
            key=principal.key_id,
            model=question.model if question.model in self.routes else "",
            stream=question.stream,
            at_us=inbound.arrival.received_us,
        )


def _seen(segments: Sequence[Segment], findings: Sequence[tuple[Finding, ...]]) -> tuple[Seen, ...]:
    """Each different value once, at its best score; too many, and each kind once."""
    values, kinds = dict[tuple[Entity, str], float](), dict[Entity, float]()
    often, total = Counter[tuple[Entity, str]](), Counter[Entity]()
    for segment, here in zip(segments, findings, strict=True):
        for each in here:
            kinds[each.entity] = max(each.score, kinds.get(each.entity, 0.0))
            value = (each.entity, segment.text[each.start : each.end])
            values[value] = max(each.score, values.get(value, 0.0))
            often[value] += 1
            total[each.entity] += 1
    if len(values) > _MOST_VALUES:
        return tuple(Seen(entity=e, score=score, count=total[e]) for e, score in kinds.items())
    return tuple(
        Seen(entity=e, score=score, value=v, count=often[e, v]) for (e, v), score in values.items()
    )
