"""Manifests as text: each workload gets its sidecar, everything else stays byte for byte."""

import copy
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from guardrail_gw.inject.edit import edited, loaded
from guardrail_gw.inject.pod import inject
from guardrail_gw.inject.refused import InjectError
from guardrail_gw.inject.values import Sidecar
from guardrail_gw.inject.workload import workload

_BETWEEN: Final = re.compile(r"^(?:---|\.\.\.)(?=[ \t\r\n]|$)[^\n]*(?:\n|$)", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Injected:
    """A file with sidecars."""

    text: str = field(repr=False)
    workloads: tuple[str, ...]
    """Those that have one now, as `Deployment web`."""
    left_alone: tuple[str, ...]
    """Those whose authors want none."""


def injected(text: str, values: Sidecar) -> Injected:
    """Give each workload of a file its sidecar.

    Raises:
        InjectError: one of them can have none, or none is there; nothing is half done.
    """
    with_sidecar: list[str] = []
    without: list[str] = []
    made = []
    for part in _parts(text):
        if _BETWEEN.match(part):
            if part[3:].strip() and not part[3:].lstrip().startswith("#"):
                raise InjectError("inject.layout", "a document begins on the line of its ---")
            made.append(part)
            continue
        there = loaded(part)
        wanted = copy.deepcopy(there)
        for document in _documents(wanted):
            found = workload(document)
            if found is None:
                continue
            if not found.is_left_alone:
                inject(found, values)
            (without if found.is_left_alone else with_sidecar).append(f"{found.kind} {found.name}")
        made.append(part if wanted == there else edited(part, wanted))
    if not with_sidecar and not without:
        raise InjectError("inject.nothing", "there is no workload in it")
    return Injected(text="".join(made), workloads=tuple(with_sidecar), left_alone=tuple(without))


def _parts(text: str) -> Iterator[str]:
    """Documents and what stands between them; together they are the text."""
    at = 0
    for match in _BETWEEN.finditer(text):
        yield text[at : match.start()]
        yield match.group()
        at = match.end()
    yield text[at:]


def _documents(value: object) -> Iterator[object]:
    """A document, or those of a List."""
    if isinstance(value, dict) and value.get("kind") == "List":
        yield from value.get("items") or ()
    else:
        yield value
