"""What a stand-in keeps in files, and batches, which it answers at once.

A batch is answered line by line as the requests would be by themselves, last line first: the order
of answers is nobody's promise. Entries that nobody made through the asker stand in every list.

Source: OpenAI API reference, "Files" and "Batch"; Anthropic API reference, "Message Batches", as
read in 2026.
"""

import itertools
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from email import message_from_bytes
from email.policy import HTTP
from typing import Any, Final

from aiohttp import web

from guardrail_gw.standin import answers, completions, embeddings, messages, responses
from guardrail_gw.standin.behaviour import parse
from guardrail_gw.standin.voice import Voice

VOICES: Final[Mapping[str, Voice]] = {
    "/v1/chat/completions": answers,
    "/v1/responses": responses,
    "/v1/completions": completions,
    "/v1/embeddings": embeddings,
}
PATHS: Final = ("/v1/files", "/v1/batches", "/v1/messages/batches")
_PIECE: Final = 4093
_CREATED: Final = 1_700_000_000
_DAY: Final = "2026-11-26T12:00:00Z"


@dataclass(slots=True)
class Filed:
    """Everything, for as long as the stand-in runs."""

    files: dict[str, dict[str, Any]] = field(default_factory=dict, repr=False)
    contents: dict[str, bytes] = field(default_factory=dict, repr=False)
    batches: dict[str, dict[str, Any]] = field(default_factory=dict, repr=False)
    results: dict[str, bytes] = field(default_factory=dict, repr=False)
    """Batch -> its answers, of Anthropic's kind."""
    breaks_off: bool = False
    """Contents end in the middle, and their connections with them."""
    _count: "itertools.count[int]" = field(default_factory=itertools.count)

    def add(self, content: bytes, filename: str, purpose: str) -> dict[str, Any]:
        """Keep a file."""
        name = f"file-standin{next(self._count):06}"
        self.contents[name] = content
        self.files[name] = {
            "id": name,
            "object": "file",
            "bytes": len(content),
            "created_at": _CREATED,
            "filename": filename,
            "purpose": purpose,
            "status": "processed",
        }
        return self.files[name]

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Everything."""
        router.add_post("/v1/files", self._upload)
        router.add_get("/v1/files", self._files)
        router.add_get("/v1/files/{id}", self._file)
        router.add_delete("/v1/files/{id}", self._forget)
        router.add_get("/v1/files/{id}/content", self._content)
        router.add_post("/v1/batches", self._batch)
        router.add_get("/v1/batches", self._batches)
        router.add_get("/v1/batches/{id}", self._told)
        router.add_post("/v1/batches/{id}/cancel", self._cancel)
        router.add_post("/v1/messages/batches", self._message_batch)
        router.add_get("/v1/messages/batches", self._message_batches)
        router.add_get("/v1/messages/batches/{id}", self._told)
        router.add_delete("/v1/messages/batches/{id}", self._drop)
        router.add_post("/v1/messages/batches/{id}/cancel", self._cancel)
        router.add_get("/v1/messages/batches/{id}/results", self._results)

    async def _upload(self, request: web.Request) -> web.Response:
        head = b"Content-Type: %b\r\n\r\n" % request.headers["Content-Type"].encode()
        form = message_from_bytes(head + await request.read(), policy=HTTP)
        parts = {part.get_param("name", header="content-disposition"): part for part in form.walk()}
        file, purpose = parts["file"], parts.get("purpose")
        content = bytes(file.get_payload(decode=True))
        told = bytes(purpose.get_payload(decode=True)).decode() if purpose else ""
        made = self.add(content, file.get_filename() or "", told)
        if not told:  # Anthropic's
            of_messages = {"type": "file", "mime_type": file.get_content_type()}
            made |= {**of_messages, "size_bytes": len(content), "created_at": _DAY}
            del made["object"]
        return _json(made)

    async def _files(self, _: web.Request) -> web.Response:
        return _json(_listed([*self.files.values()]))

    async def _file(self, request: web.Request) -> web.Response:
        return _json(self.files[request.match_info["id"]])

    async def _content(self, request: web.Request) -> web.StreamResponse:
        """In small pieces, so that a line comes in several."""
        content = self.contents[request.match_info["id"]]
        return await self._in_pieces(request, content, "application/octet-stream")

    async def _forget(self, request: web.Request) -> web.Response:
        name = request.match_info["id"]
        del self.files[name], self.contents[name]
        return _json({"id": name, "object": "file", "type": "file_deleted", "deleted": True})

    async def _batch(self, request: web.Request) -> web.Response:
        said = json.loads(await request.read())
        lines = self.contents[said["input_file_id"]].splitlines()
        answered = [self._answered(json.loads(line)) for line in reversed(lines)]
        output = self.add(b"\n".join(map(answers.encoded, answered)) + b"\n", "out.jsonl", "batch")
        name = f"batch_standin{next(self._count):06}"
        self.batches[name] = {
            "id": name,
            "object": "batch",
            "endpoint": said["endpoint"],
            "completion_window": said["completion_window"],
            "input_file_id": said["input_file_id"],
            "output_file_id": output["id"],
            "error_file_id": None,
            "errors": None,
            "status": "completed",
            "created_at": _CREATED,
            "metadata": said.get("metadata"),
            "request_counts": {"total": len(lines), "completed": len(lines), "failed": 0},
        }
        return _json({**self.batches[name], "output_file_id": None, "status": "validating"})

    async def _batches(self, _: web.Request) -> web.Response:
        return _json(_listed([b for b in self.batches.values() if b.get("object") == "batch"]))

    async def _told(self, request: web.Request) -> web.Response:
        return _json(self.batches[request.match_info["id"]])

    async def _cancel(self, request: web.Request) -> web.Response:
        batch = self.batches[request.match_info["id"]]
        named = "processing_status" if "processing_status" in batch else "status"
        return _json({**batch, named: "canceling" if named != "status" else "cancelling"})

    async def _drop(self, request: web.Request) -> web.Response:
        name = request.match_info["id"]
        del self.batches[name], self.results[name]
        return _json({"id": name, "type": "message_batch_deleted"})

    async def _message_batch(self, request: web.Request) -> web.Response:
        asked = json.loads(await request.read())["requests"]
        name = f"msgbatch_standin{next(self._count):06}"
        answered = [self._messaged(each) for each in reversed(asked)]
        self.results[name] = b"\n".join(map(answers.encoded, answered)) + b"\n"
        counts = {"processing": 0, "succeeded": len(asked), "errored": 0}
        self.batches[name] = {
            "id": name,
            "type": "message_batch",
            "processing_status": "ended",
            "request_counts": {**counts, "canceled": 0, "expired": 0},
            "created_at": _DAY,
            "expires_at": _DAY,
            "ended_at": _DAY,
            "archived_at": None,
            "cancel_initiated_at": None,
            "results_url": f"{request.url.origin()}/v1/messages/batches/{name}/results",
        }
        return _json({**self.batches[name], "processing_status": "in_progress"})

    async def _message_batches(self, _: web.Request) -> web.Response:
        return _json(_listed([b for b in self.batches.values() if "type" in b]))

    async def _results(self, request: web.Request) -> web.StreamResponse:
        content = self.results[request.match_info["id"]]
        return await self._in_pieces(request, content, "application/x-jsonl")

    async def _in_pieces(
        self, request: web.Request, content: bytes, media: str
    ) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": media})
        await response.prepare(request)
        end = len(content) // 2 if self.breaks_off else len(content)
        for start in range(0, end, _PIECE):
            await response.write(content[start : min(end, start + _PIECE)])
        if self.breaks_off and request.transport is not None:
            request.transport.close()
            raise web.HTTPInternalServerError  # never sent: the connection is gone
        await response.write_eof()
        return response

    def _answered(self, line: Mapping[str, Any]) -> dict[str, Any]:
        body = self._one(VOICES[line["url"]], line["body"])
        response = {"status_code": 200, "request_id": f"req_{next(self._count)}", "body": body}
        name = f"batch_req_{next(self._count)}"
        return {"id": name, "custom_id": line["custom_id"], "response": response, "error": None}

    def _messaged(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        message = self._one(messages, asked["params"])
        return {
            "custom_id": asked["custom_id"],
            "result": {"type": "succeeded", "message": message},
        }

    def _one(self, voice: Voice, body: Mapping[str, Any]) -> dict[str, Any]:
        ask = voice.asked(body, answers.encoded(body))
        if voice is embeddings:
            return embeddings.embedded(ask)
        return voice.whole(ask, parse(ask.model), f"{voice.ANSWER_ID}-{next(self._count)}")


def _listed(entries: list[dict[str, Any]]) -> dict[str, Any]:
    ids = [each["id"] for each in entries]
    ends = {"first_id": ids[0] if ids else None, "last_id": ids[-1] if ids else None}
    return {"object": "list", "data": entries, **ends, "has_more": False}


def _json(data: dict[str, Any]) -> web.Response:
    return web.Response(body=answers.encoded(data), content_type="application/json")
