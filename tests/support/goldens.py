"""What each dialect makes of the conversations of every one, as files that a person reads.

python -m tests.support.goldens                             # writes tests/vectors/translation/
python -m tests.support.goldens read DAY FILE CASE [CASE…]  # these of a file have been read
"""

import hashlib
import json
import sys
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from guardrail_gw.core.exchange import BARE, AnswerEvent, EventKind, Head
from guardrail_gw.core.parameters import Takes
from guardrail_gw.core.ports import AnswerReader
from guardrail_gw.dialects.every import BY_NAME, PROVIDERS
from guardrail_gw.dialects.translation.hub import Begun
from guardrail_gw.dialects.translation.losses import Untranslatable
from guardrail_gw.dialects.translation.translate import Translated, TranslatedReader, translated
from guardrail_gw.errors import UpstreamBroken, UpstreamFault
from guardrail_gw.routing.verdict import broken_off
from tests.house.sources import ROOT
from tests.support import converse, exchanges
from tests.support.conversations import ANSWERED, ASKED, CASES, CHAT, MESSAGES, RESPONSES, WHOLE
from tests.support.translations import pairs

FOLDER: Final = ROOT / "tests" / "vectors" / "translation"
GEMINI: Final = exchanges.GEMINI
CONVERSE: Final = converse.NAME
PAIRS: Final = pairs()
"""Client's and provider's dialect of each translation."""
SAME: Final = [(name, name) for name in dict.fromkeys(client for client, _ in PAIRS)]
"""Dialects that client and provider share: nothing is translated."""
READ: Final = FOLDER / "READ.json"
"""File -> case -> the digest of what was read, and the day."""
STREAMED: Final = Head(path=":streamGenerateContent?alt=sse")
NOW_S: Final = 1_795_000_000
NAMED: Final = Begun(id="req-1", model="m")
"""What an answer is called whose provider says it in no body."""


def golden(client: str, provider: str) -> dict[str, dict[str, Any]]:
    """Case -> what becomes of the request, and what of the answer.

    A request that is refused is asked once more without what was refused.
    """
    bodies = {**WHOLE, GEMINI: exchanges.WHOLE, CONVERSE: converse.WHOLE}[provider]
    if client == provider:
        cases = {case: _passed(client, case) for case in CASES}
        wholes = {f"whole, {case}": _passed_whole(client, body) for case, body in bodies.items()}
        return {**cases, **wholes}
    cases = {case: _case(client, provider, case) for case in CASES}
    for case in (case for case in LESS if "refused" in cases[case]):
        cases[f"{case}, less"] = _sent(asked(client, provider, case, lessened=True))
    for word in TAKEN[provider]:
        told = _sent(asked(client, provider, "thinking", takes=frozenset({word})))
        if told != {name: cases["thinking"].get(name) for name in told}:
            cases[f"thinking, {word}"] = told
    wholes = {f"whole, {case}": _whole(client, provider, body) for case, body in bodies.items()}
    return {**cases, **wholes}


TAKEN: Final[Mapping[str, Sequence[Takes]]] = {
    **dict.fromkeys((CHAT, RESPONSES, GEMINI), (Takes.EFFORT,)),
    MESSAGES: (Takes.ADAPTIVE, Takes.BUDGET),
    CONVERSE: (Takes.ADAPTIVE, Takes.BUDGET, Takes.LEVELS, Takes.EFFORT),
}
"""In which words models of a dialect are told to think, where the catalog knows them."""
LESS: Final = ("plain", "image")
"""Cases of which one thing is refused by some provider's dialect."""


def _lessened(body: dict[str, Any]) -> dict[str, Any]:
    """A request without stop sequences, and without images by their address."""
    made = deepcopy(body)
    made.get("generationConfig", {}).pop("stopSequences", None)
    for turn in (*made.get("messages", ()), *made.get("contents", ()), *made.get("input", ())):
        for name in ("content", "parts"):
            if isinstance(turn.get(name), list):
                turn[name] = [part for part in turn[name] if "https://" not in json.dumps(part)]
    return made


def digest(case: Mapping[str, Any]) -> str:
    """What a case is known by once it was read."""
    text = json.dumps(case, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def written(cases: Mapping[str, Mapping[str, Any]]) -> str:
    """As JSON, with a line for each event."""
    parts = []
    for case, members in cases.items():
        lines = [f"    {_line(name)}: {_lines(value)}" for name, value in members.items()]
        parts.append(f"  {_line(case)}: {{\n" + ",\n".join(lines) + "\n  }")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def frames(provider: str, case: str) -> bytes:
    """The stream that a provider sends; a chat stream that is over has its mark."""
    if provider == GEMINI:
        return exchanges.ANSWERED[GEMINI][case][True]
    if provider == CONVERSE:
        return converse.stream(*converse.ANSWERED[case])
    events = ANSWERED[provider][case]
    sent = b"".join(_frame(event) for event in events)
    is_over = provider == CHAT and case not in ("error", "stream cut")
    return sent + (b"data: [DONE]\n\n" if is_over else b"")


def _case(client: str, provider: str, case: str) -> dict[str, Any]:
    made = asked(client, provider, case)
    reading = reader(client, provider, case)
    return {**_sent(made), **_told(reading, frames(provider, case)).as_filed(client)}


def _sent(made: Translated | Untranslatable) -> dict[str, Any]:
    if isinstance(made, Untranslatable):
        return {"refused": made.member}
    return {"sent": made.body, "left_out": list(made.left_out)}


def request(client: str, case: str) -> dict[str, Any]:
    """What a client asks in a case."""
    body = (exchanges.ASKED if client == GEMINI else ASKED)[client][case]
    says = {} if client == GEMINI else {"model": "m", "stream": True}
    return {**says, **body}


def asked(
    client: str,
    provider: str,
    case: str,
    *,
    lessened: bool = False,
    takes: frozenset[Takes] = frozenset(),
) -> Translated | Untranslatable:
    """What becomes of a request, or why nothing does."""
    body = request(client, case)
    head = STREAMED if client == GEMINI else BARE
    try:
        said = _lessened(body) if lessened else body
        return translated(said, client, provider, head, takes)
    except Untranslatable as refused:
        return refused


def _passed(dialect: str, case: str) -> dict[str, Any]:
    """A request and its answer where client and provider speak the same."""
    speaks = BY_NAME[dialect]
    head = STREAMED if dialect == GEMINI else BARE
    question = speaks.parse(json.dumps(request(dialect, case)).encode(), head)
    sent = json.loads(speaks.rewrite(question, {}).addressed(b'"m"'))
    told = _told(speaks.reader(stream=True, head=head), frames(dialect, case))
    shown = [each for each in told.events if each is None or not speaks.hide_usage(question, each)]
    return {"sent": sent, **replace(told, events=shown).as_filed(dialect)}


def _passed_whole(dialect: str, body: dict[str, Any]) -> dict[str, Any]:
    (event,) = _told(BY_NAME[dialect].reader(stream=False), json.dumps(body).encode()).events
    return {"told": event}


def reader(client: str, provider: str, case: str) -> TranslatedReader:
    """Reads the streamed answer to a request, as that request has it."""
    made = asked(client, provider, case)
    return _reader(client, provider, stream=True, shows_thoughts=_shows_thoughts(made))


def _shows_thoughts(made: Translated | Untranslatable) -> bool:
    return isinstance(made, Untranslatable) or made.shows_thoughts


def _reader(
    client: str, provider: str, *, stream: bool, shows_thoughts: bool = True
) -> TranslatedReader:
    return TranslatedReader(
        inner=PROVIDERS[provider].reader(stream=stream),
        provider=provider,
        client=client,
        stream=stream,
        created_s=NOW_S,
        shows_thoughts=shows_thoughts,
        named=NAMED,
    )


def _whole(client: str, provider: str, body: dict[str, Any]) -> dict[str, Any]:
    (event,) = _told(_reader(client, provider, stream=False), json.dumps(body).encode()).events
    return {"told": event}


@dataclass(frozen=True, slots=True)
class _Told:
    """The data of the events that a client gets, how they end, and why they break off."""

    events: list[dict[str, Any] | None]
    ends: str
    fault: UpstreamFault | None = None

    def as_filed(self, client: str) -> dict[str, Any]:
        """With the event that a client is told last where they break off."""
        said = {"told": self.events, "ends": self.ends}
        if self.fault is None:
            return said
        return {**said, "last": BY_NAME[client].error_event(self.fault, NAMED.id).decode()}


def _told(reader: AnswerReader, raw: bytes) -> _Told:
    events = list[AnswerEvent]()
    try:
        events += reader.feed(raw)
        events += reader.end()
    except UpstreamBroken as broken:
        return _Told([event.data for event in events], f"broken: {broken}", broken)
    last = events[-1]
    told = [event.data for event in events if event.kind is not EventKind.ERROR]
    is_error = last.kind is EventKind.ERROR
    return _Told(told, str(last.kind.value), broken_off("eu-1", last.data) if is_error else None)


def _frame(event: dict[str, Any]) -> bytes:
    data = b"data: " + json.dumps(event).encode() + b"\n\n"
    return b"event: " + event["type"].encode() + b"\n" + data if "type" in event else data


def _lines(value: Any) -> str:
    if isinstance(value, list) and value:
        return "[\n" + ",\n".join(f"      {_line(entry)}" for entry in value) + "\n    ]"
    if isinstance(value, dict) and value:
        entries = (f"      {_line(name)}: {_line(entry)}" for name, entry in value.items())
        return "{\n" + ",\n".join(entries) + "\n    }"
    return _line(value)


def _line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def note_read(day: str, file: str, cases: Sequence[str]) -> None:
    """Put on record that somebody has read these cases of a file, as they are now filed.

    Raises:
        ValueError: the day is none.
        SystemExit: there is no such file or case, or none is named: nothing is renewed unseen.
    """
    path = FOLDER / f"{file}.json"
    filed = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    if not cases or not filed.keys() >= set(cases):
        raise SystemExit(f"name cases of {file}: {', '.join(filed)}")
    known = json.loads(READ.read_text(encoding="utf-8")) if READ.is_file() else {}
    date.fromisoformat(day)
    for case in cases:
        known.setdefault(file, {})[case] = {"sha256": digest(filed[case]), "read": day}
    READ.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def write() -> None:
    """Write all files; that they were read is another's to say."""
    FOLDER.mkdir(exist_ok=True)
    for client, provider in (*PAIRS, *SAME):
        path = FOLDER / f"{client}--{provider}.json"
        path.write_text(written(golden(client, provider)), encoding="utf-8")


if __name__ == "__main__":
    if sys.argv[1:2] == ["read"]:
        day_, file_, *cases_ = (*sys.argv[2:], *([""] * (4 - len(sys.argv))))
        note_read(day_, file_, cases_)
    else:
        write()
