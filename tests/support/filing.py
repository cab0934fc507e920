"""Worlds in which files are kept, and what is sent there."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from guardrail_gw.core.shipped import shipped
from guardrail_gw.server.access import digest
from tests.support.world import KEY, World, world

SECOND_KEY = "ggw-another-key-for-tests-only"
KEYS = [
    {"id": "k1", "sha256": digest(KEY), "tenant": "acme", "team": "crm", "user": "ci"},
    {"id": "k2", "sha256": digest(SECOND_KEY), "tenant": "other", "team": "crm", "user": "ci"},
]
SURFACES = (
    "{openai_files: allow, openai_batches: allow, anthropic_files: allow, anthropic_batches: allow}"
)
OPEN = f"surfaces: {SURFACES}\n  provider_features: [storage]"


@asynccontextmanager
async def filing(
    folder: Path, words: str = OPEN, attachments: str = "block", also: str = "", **more: Any
) -> AsyncIterator[World]:
    """A world whose default policy has these words more, and perhaps another one beside it."""
    policies = folder / "policies"
    policies.mkdir(parents=True)
    text = await asyncio.to_thread(
        lambda: shipped("policies/default/policy.yaml").read_text(encoding="utf-8")
    )
    text = text.replace("spec:\n", f"spec:\n  {words}\n", 1)
    text = text.replace("attachments: block", f"attachments: {attachments}")
    (policies / "policy.yaml").write_text(text, encoding="utf-8")
    if also:
        (policies / "also.yaml").write_text(also, encoding="utf-8")
    state = {"files": "assistant", "message_files": "claude", **more.pop("state", {})}
    async with world(folder, policies=policies, state=state, access={"keys": KEYS}, **more) as here:
        yield here


def chat_line(custom_id: str, text: str, **body: Any) -> dict[str, Any]:
    """A request of a batch."""
    said = {"model": "assistant", "messages": [{"role": "user", "content": text}], **body}
    return {
        "custom_id": custom_id,
        "method": "POST",
        "url": "/v1/chat/completions",
        "body": said,
    }


def jsonl(*lines: Any) -> bytes:
    """One JSON text on each line."""
    return b"\n".join(json.dumps(line, ensure_ascii=False).encode() for line in lines)


async def call(
    here: World, method: str, path: str, body: Any = None, *, key: str = KEY, **headers: str
) -> tuple[int, Any]:
    """One request, JSON or a form; what is no JSON comes as bytes."""
    more = {"data": body} if isinstance(body, aiohttp.FormData) else {"json": body}
    sent = {
        "Authorization": f"Bearer {key}",
        **{k.replace("_", "-"): v for k, v in headers.items()},
    }
    url = f"{here.base_url}{path}"
    async with here.client.request(method, url, headers=sent, **more) as response:
        raw = await response.read()
        status, is_json = response.status, response.content_type == "application/json"
    here.answers.append(raw)
    return status, json.loads(raw) if is_json else raw


async def uploaded(
    here: World,
    content: bytes,
    name: str = "requests.jsonl",
    *,
    purpose: str = "batch",
    key: str = KEY,
    **fields: str,
) -> tuple[int, Any]:
    """A file is uploaded."""
    form = aiohttp.FormData()
    for field, value in {"purpose": purpose, **fields}.items():
        form.add_field(field, value)
    form.add_field("file", content, filename=name, content_type="application/octet-stream")
    return await call(here, "POST", "/v1/files", form, key=key)


def code_of(answer: Any) -> str:
    """An error's stable code."""
    said = json.loads(answer) if isinstance(answer, bytes) else answer
    return str(said["error"]["code"])
