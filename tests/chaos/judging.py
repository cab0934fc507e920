"""Whether what was promised held: told by clients, by providers and by the audit logs."""

import asyncio
import hashlib
import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import aiohttp

from guardrail_gw.audit.review import show, verify_directory
from guardrail_gw.audit.verify import Verdict
from guardrail_gw.keys.audit_keys import load_recipient
from tests.chaos.asking import BROKE, LOST, Told
from tests.chaos.scenes import Stage

_LOOK_S: Final = 0.1
_MANY: Final = 200
"""Streams of which a twentieth break off: that none does is one chance in 28,000."""
_UNSURE: Final = frozenset({"connect", "stale", "cancelled"})
"""Results of attempts of which the provider may or may not have seen anything."""


@dataclass(slots=True)
class Watch:
    """Looks at the gateways' breakers, and counts how often each opens."""

    gateways: Sequence[str]
    opened: Counter[str] = field(default_factory=Counter)
    """By `gateway deployment`."""
    resumed: Counter[str] = field(default_factory=Counter)
    """Streams that were gone on with, by `gateway deployment` of whoever broke off."""
    _open: set[str] = field(default_factory=set)

    async def look_on(self) -> None:
        """Until it is cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(_LOOK_S)

    async def look(self) -> None:
        """Once at each."""
        async with aiohttp.ClientSession() as client:
            for number, gateway in enumerate(self.gateways):
                async with client.get(f"{gateway}/metrics") as response:
                    self._note(f"{number}", await response.text())

    def _note(self, gateway: str, metrics: str) -> None:
        for name, value in _labelled("guardrail_gw_answers_resumed_total", metrics):
            self.resumed[f"{gateway} {name}"] = int(value)
        for name, value in _labelled("guardrail_gw_breaker_open", metrics):
            key = f"{gateway} {name}"
            if value and key not in self._open:
                self.opened[key] += 1
                self._open.add(key)
            elif not value:
                self._open.discard(key)


def _labelled(metric: str, metrics: str) -> Iterator[tuple[str, float]]:
    """Deployment -> value, of an exposition in Prometheus' format."""
    mark = metric + '{deployment="'
    for line in metrics.splitlines():
        if line.startswith(mark):
            name, _, value = line.removeprefix(mark).partition('"} ')
            yield name, float(value)


def of_clients(told: Told) -> Iterator[str]:
    """What clients of a scene were promised and did not get."""
    asked, name = told.ended.total(), told.scene.name
    served = 1 - told.ended[LOST] / asked
    if served < told.scene.at_least:
        yield f"{name}: {served:.2%} served; {dict(told.ended)}, {dict(told.codes)}"
    likely = told.streams * told.scene.breaks
    if told.ended[BROKE] > likely + 3 * math.sqrt(likely):  # the more, the nearer to its share
        yield f"{name}: {told.ended[BROKE]} of {told.streams} streams broke off"
    for wrong in told.wrong[:5]:
        yield f"{name}: {wrong}"


def of_breakers(told: Sequence[Told], watch: Watch) -> Iterator[str]:
    """Those that opened more often than there was reason to."""
    for each in told:
        allowed = each.scene.opens * max(1.0, each.took_s / 60)
        for key, opened in watch.opened.items():
            deployment = key.partition(" ")[2]
            if deployment.rpartition("-")[0] == each.scene.name and opened > allowed:
                yield f"the breaker of {key} opened {opened} times in {each.took_s:.0f} s"


def of_resuming(told: Sequence[Told], watch: Watch) -> Iterator[str]:
    """Scenes in which so many streams are gone on with that it would be seen, and was not."""
    for each in told:
        ours = (key for key in watch.resumed if key.split(" ")[1].startswith(each.scene.name))
        if (
            each.scene.resumes
            and each.streams > _MANY
            and not sum(watch.resumed[key] for key in ours)
        ):
            yield f"{each.scene.name}: of {each.streams} streams none was gone on with"


def of_providers(stage: Stage, folder: Path, logs: Sequence[Path]) -> Iterator[str]:
    """Who was asked that must not be, and what is not on record of those that were asked."""
    if stage.abroad.received:
        yield f"{len(stage.abroad.received)} requests left the EU"
    sure, unsure = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for log in logs:
        yield from _of_log(folder, log, sure, unsure)
    for deployment, provider in stage.providers.items():
        seen = Counter((deployment, _sha256(each.body)) for each in provider.received)
        ours = Counter({key: n for key, n in sure.items() if key[0] == deployment})
        perhaps = Counter({key: n for key, n in unsure.items() if key[0] == deployment})
        if missing := seen - ours - perhaps:
            yield f"{deployment} saw {missing.total()} requests that are not on record"
        if never := ours - seen:
            yield f"{deployment} never saw {never.total()} attempts that are on record"


def _of_log(
    folder: Path, log: Path, sure: Counter[tuple[str, str]], unsure: Counter[tuple[str, str]]
) -> Iterator[str]:
    report = verify_directory(log, folder / "keys" / "audit-public")
    if report.verdict is not Verdict.OK:
        yield f"the log {log.name} is {report.verdict.value}"
    kinds = defaultdict[str, list[str]](list)
    key = load_recipient(folder / "keys" / "auditors" / "auditor.key")
    for record in show(log, [key]):
        meta: dict[str, Any] = record.meta or {}
        if "request" in meta:
            kinds[meta["request"]].append(record.kind)
        for attempt in meta.get("attempts") or ():
            counts = unsure if attempt["result"] in _UNSURE else sure
            counts[attempt["deployment"], attempt["sent_sha256"]] += 1
    if odd := [name for name, each in kinds.items() if each != ["intent", "outcome"]]:
        yield f"{len(odd)} requests in {log.name} have not one intent and one outcome"


def _sha256(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()
