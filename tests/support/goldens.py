"""What each dialect makes of the conversations of each other one, as files that a person reads.

python -m tests.support.goldens        # writes tests/vectors/translation/
"""

import json
from collections.abc import Mapping
from typing import Any, Final

from guardrail_gw.core.exchange import BARE, AnswerEvent, EventKind, Head
from guardrail_gw.dialects.every import PROVIDERS
from guardrail_gw.dialects.translation.hub import Begun
from guardrail_gw.dialects.translation.losses import Untranslatable
from guardrail_gw.dialects.translation.translate import Translated, TranslatedReader, translated
from guardrail_gw.errors import UpstreamBroken
from tests.house.sources import ROOT
from tests.support import converse, exchanges
from tests.support.conversations import ANSWERED, ASKED, CASES, CHAT, WHOLE
from tests.support.translations import pairs

FOLDER: Final = ROOT / "tests" / "vectors" / "translation"
GEMINI: Final = exchanges.GEMINI
CONVERSE: Final = converse.NAME
PAIRS: Final = pairs()
"""Client's and provider's dialect."""
STREAMED: Final = Head(path=":streamGenerateContent?alt=sse")
NOW_S: Final = 1_795_000_000
NAMED: Final = Begun(id="req-1", model="m")
"""What an answer is called whose provider says it in no body."""


def golden(client: str, provider: str) -> dict[str, dict[str, Any]]:
    """Case -> what becomes of the request, and what of the answer."""
    cases = {case: _case(client, provider, case) for case in CASES}
    bodies = {**WHOLE, GEMINI: exchanges.WHOLE, CONVERSE: converse.WHOLE}[provider]
    wholes = {f"whole, {case}": _whole(client, provider, body) for case, body in bodies.items()}
    return {**cases, **wholes}


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
    events, ends = _told(reading, frames(provider, case))
    if isinstance(made, Untranslatable):
        return {"refused": made.member, "told": events, "ends": ends}
    said = {"sent": made.body, "left_out": list(made.left_out)}
    return {**said, "told": events, "ends": ends}


def asked(client: str, provider: str, case: str) -> Translated | Untranslatable:
    """What becomes of a request, or why nothing does."""
    body = (exchanges.ASKED if client == GEMINI else ASKED)[client][case]
    head = STREAMED if client == GEMINI else BARE
    says = {} if client == GEMINI else {"model": "m", "stream": True}
    try:
        return translated({**says, **body}, client, provider, head)
    except Untranslatable as refused:
        return refused


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
    (event,), _ = _told(_reader(client, provider, stream=False), json.dumps(body).encode())
    return {"told": event}


def _told(reader: TranslatedReader, raw: bytes) -> tuple[list[dict[str, Any] | None], str]:
    """The data of the events that a client gets, and how they end."""
    events = list[AnswerEvent]()
    try:
        events += reader.feed(raw)
        events += reader.end()
    except UpstreamBroken as broken:
        return [event.data for event in events], f"broken: {broken}"
    last = events[-1].kind
    told = [event.data for event in events if event.kind is not EventKind.ERROR]
    return told, str(last.value)


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


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for client_, provider_ in PAIRS:
        path = FOLDER / f"{client_}--{provider_}.json"
        path.write_text(written(golden(client_, provider_)), encoding="utf-8")
