"""What the demo shows: each party's view side by side, then the audit log, verified and opened."""

import shutil
import sys
import time
from collections.abc import AsyncIterable, AsyncIterator
from pathlib import Path

import aiohttp
import orjson
from rich.columns import Columns
from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from guardrail_gw.audit.review import Opened, show, verify_directory
from guardrail_gw.cli.audit import report_panel
from guardrail_gw.cli.audit_look import Look
from guardrail_gw.keys.audit_keys import load_recipient
from guardrail_gw.standin.server import Received, StandIn

PERSONAL = (
    "Draft a reply to Anna Schmidt: we have her letter. Her e-mail is anna.schmidt@example.org, "
    "her phone +49 30 901820, and the refund goes to IBAN DE89 3704 0044 0532 0130 00."
)
PLAIN = "Name three good habits for writing release notes."
_NAME = "guardrail-gw"
_PLACEHOLDER = r"\b[A-Z][A-Z_]*_[0-9A-HJKMNP-TV-Z]{8}\b"
_VALUES = r"Anna Schmidt|anna\.schmidt@example\.org|\+49 30 901820|DE89 3704 0044 0532 0130 00"


async def tell(console: Console, base_url: str, *, us: StandIn, eu: StandIn) -> list[str]:
    """Send three requests and show what each party saw; returns their request ids."""
    requests = []
    async with aiohttp.ClientSession() as client:
        for title, text, stream in (
            ("1  Personal data, whole answer", PERSONAL, False),
            ("2  Personal data, streamed answer", PERSONAL, True),
            ("3  No personal data", PLAIN, False),
        ):
            before = len(us.received), len(eu.received)
            request_id, answer = await _ask(client, base_url, text, stream=stream)
            requests.append(request_id)
            seen = us.received[before[0] :], eu.received[before[1] :]
            console.rule(f"[bold]{title}", align="left")
            console.print(_side_by_side(text, seen[0], seen[1], answer))
    return requests


def tell_audit(console: Console, folder: Path, requests: list[str]) -> None:
    """Verify the log with public keys, then open it with the demo auditor's private key."""
    console.rule("[bold]The audit log", align="left")
    now_us = time.time_ns() // 1000
    report = verify_directory(folder / "audit", folder / "keys" / "audit-public", now_us=now_us)
    console.print(report_panel(report))
    key = load_recipient(folder / "keys" / "auditors" / "auditor.key")
    look, log = Look(keys=(key,), reason="the demo", access=None), folder / "audit"
    records = list(look.recorded("show", log, show(log, look.keys)))
    for number, request_id in enumerate(requests, 1):
        pair = [r for r in records if r.meta and r.meta.get("request") == request_id]
        console.print(_record(number, pair))
    ours, auditor = _command(), f"--key {folder}/keys/auditors/auditor.key"
    console.print(
        f"Everything is in [bold]{folder}[/]. To look again:\n"
        f"  {ours} audit verify {folder}/audit\n"
        f"  {ours} audit show {folder}/audit {auditor}\n"
        f"  {ours} review {folder}/audit {auditor}\n"
        f"  {ours} audit access {folder}/audit\n"
        f"  {ours} policy test {folder}/policies",
        soft_wrap=True,  # to be copied
    )


def _command() -> str:
    """What a person types to run us again: `make demo` puts nothing on their path."""
    if shutil.which(_NAME) is not None:
        return _NAME
    return sys.argv[0] if sys.argv[0].endswith(_NAME) else f"{sys.executable} -m guardrail_gw"


async def _ask(
    client: aiohttp.ClientSession, base_url: str, text: str, *, stream: bool
) -> tuple[str, str]:
    body = {
        "model": "assistant",
        "messages": [{"role": "user", "content": text}],
        "stream": stream,
    }
    async with client.post(f"{base_url}/chat/completions", json=body) as response:
        request_id = response.headers["x-request-id"]
        if response.status != 200 or not stream:
            answer = await response.json()
            if "error" in answer:
                return request_id, str(answer["error"]["message"])
            return request_id, str(answer["choices"][0]["message"]["content"])
        return request_id, "".join([part async for part in _deltas(response.content)])


async def _deltas(lines: AsyncIterable[bytes]) -> AsyncIterator[str]:
    async for line in lines:
        if line.startswith(b"data: {"):
            for choice in orjson.loads(line[6:])["choices"]:
                yield choice["delta"].get("content") or ""


def _side_by_side(text: str, us: list[Received], eu: list[Received], answer: str) -> Table:
    table = Table(expand=True, show_lines=False)
    table.add_column("The client sent", ratio=1)
    table.add_column("The provider received", ratio=1)
    table.add_column("The client got back", ratio=1)
    place, received = ("cheap-us (US)", us) if us else ("steady-eu (DE)", eu)
    messages = orjson.loads(received[-1].body)["messages"] if received else []
    at_provider = messages[-1]["content"] if messages else "nothing: no provider was contacted"
    table.add_row(_marked(text), _marked(at_provider), _marked(answer))
    table.add_row("", f"[dim]at {place}; the other one got {len(eu if us else us)} requests[/]", "")
    return table


def _marked(text: str) -> Text:
    marked = Text(text)
    marked.highlight_regex(_VALUES, "bold red")
    marked.highlight_regex(_PLACEHOLDER, "bold green")
    return marked


def _record(number: int, pair: list[Opened]) -> Columns:
    panels = []
    for record in pair:
        rows = Table.grid(padding=(0, 1))
        for name, value in (record.meta or {}).items():
            if name in _SHOWN and value not in (None, [], {}):
                rows.add_row(f"[bold]{name}[/]", Text(_short(value)))
        panels.append(Panel(rows, title=f"request {number}: {record.kind} (record {record.index})"))
    return Columns(panels, equal=True, expand=True)


_SHOWN = (
    "decision",
    "entities",
    "lawful",
    "rejected",
    "ending",
    "deployment",
    "attempts",
    "usage",
    "cost_usd",
    "restored",
    "code",
)


def _short(value: object) -> str:
    """Lists of records line by line, the rest as it is."""
    if isinstance(value, list):
        return "\n".join(_short(each) for each in value)
    if isinstance(value, dict):
        return ", ".join(f"{k}: {v}" for k, v in value.items() if k in _BRIEF or k.isupper())
    return str(value)


_BRIEF = ("deployment", "reason", "detail", "result", "input", "output")
