"""Files and batches of OpenAI's kind, told by the bytes on both wires."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import openai
import pytest

from guardrail_gw.audit.verify import Verdict
from tests.support.filing import OPEN, SECOND_KEY, call, chat_line, code_of, filing, jsonl, uploaded
from tests.support.policies import policy_text
from tests.support.world import KEY, World

NAME, OTHER = "Anna Schmidt", "Bernd Maier"
MAIL = "anna.schmidt@example.org"
BATCH = {"endpoint": "/v1/chat/completions", "completion_window": "24h"}
TWO = jsonl(chat_line("one", f"I am {NAME}, {MAIL}"), chat_line("two", "hello"))


@asynccontextmanager
async def client_of(here: World, key: str = KEY) -> AsyncIterator[openai.AsyncOpenAI]:
    """OpenAI's client for Python."""
    client = openai.AsyncOpenAI(base_url=f"{here.base_url}/v1", api_key=key, max_retries=0)
    yield client
    await client.close()


async def begun(here: World, content: bytes, endpoint: str = BATCH["endpoint"]) -> tuple[str, str]:
    """A file is uploaded and a batch is made of it; their names."""
    status, file = await uploaded(here, content)
    assert status == 200, file
    said = {**BATCH, "endpoint": endpoint, "input_file_id": file["id"]}
    status, batch = await call(here, "POST", "/v1/batches", said)
    assert status == 200, batch
    return file["id"], batch["id"]


async def results(here: World, batch: str) -> dict[str, Any]:
    """The answers of a batch, by the client's own names."""
    _, told = await call(here, "GET", f"/v1/batches/{batch}")
    _, raw = await call(here, "GET", f"/v1/files/{told['output_file_id']}/content")
    lines = [json.loads(line) for line in raw.decode().splitlines()]
    return {line["custom_id"]: line["response"]["body"] for line in lines}


def said(body: Any) -> str:
    """What an answer of chat says."""
    return str(body["choices"][0]["message"]["content"])


async def test_a_batch_of_the_clients_own_making(tmp_path: Path) -> None:
    """Uploaded, begun, fetched and read with OpenAI's client: originals here, none there."""
    content = jsonl(chat_line(f"{NAME}-1", f"I am {NAME}, {MAIL}"), chat_line("two", OTHER))
    async with filing(tmp_path) as here, client_of(here) as client:
        file = await client.files.create(file=(f"{NAME}.jsonl", content), purpose="batch")
        batch = await client.batches.create(
            input_file_id=file.id,
            endpoint="/v1/chat/completions",
            completion_window="24h",
            metadata={"of": OTHER},
        )
        done = await client.batches.retrieve(batch.id)
        output = (await client.files.content(str(done.output_file_id))).text
        again = (await client.files.content(file.id)).text
        cancelled = await client.batches.cancel(batch.id)
        deleted = await client.files.delete(file.id)

        lines = {(line := json.loads(each))["custom_id"]: line for each in output.splitlines()}
        answers = {name: said(line["response"]["body"]) for name, line in lines.items()}
        assert answers == {f"{NAME}-1": f"I am {NAME}, {MAIL}", "two": OTHER}
        assert (file.filename, batch.status, done.metadata) == (
            f"{NAME}.jsonl",
            "validating",
            {"of": OTHER},
        )
        assert [json.loads(each)["custom_id"] for each in again.splitlines()] == [
            f"{NAME}-1",
            "two",
        ]
        assert (cancelled.status, deleted.deleted) == ("cancelling", True)
        everything = b"".join(here.sent)
        assert not any(w in everything for w in (b"Anna", b"Schmidt", b"Bernd", b"example.org"))
        assert here.eu.received[0].body.count(b'"model": "echo"') == 2
        assert here.us.received == []


async def test_nothing_of_it_is_served_where_no_policy_opens_it(tmp_path: Path) -> None:
    """Each is refused by its own name, and a policy that opens one does not open the other."""
    async with filing(tmp_path, "store: asked") as here:
        told = [
            await uploaded(here, TWO),
            await call(here, "GET", "/v1/files/file-1"),
            await call(here, "POST", "/openai/v1/batches", {}),
            await call(here, "GET", "/v1/messages/batches"),
        ]

        assert [(status, code_of(a)) for status, a in told] == [(403, "surface.not_served")] * 4
        names = [r.meta["surface"] for r in here.records() if r.kind == "intent" and r.meta]
        assert names == ["openai_files"] * 2 + ["openai_batches", "anthropic_batches"]
        assert here.sent == []


async def test_nobody_else_gets_at_it(tmp_path: Path) -> None:
    """For another key there is no such file and no such batch, however it is asked for."""
    async with filing(tmp_path) as here:
        file, batch = await begun(here, TWO)
        _, told = await call(here, "GET", f"/v1/batches/{batch}")
        asked = len(here.sent)
        output = told["output_file_id"]
        chat = {"type": "file", "file": {"file_id": file}}
        message = {"role": "user", "content": [chat]}
        answers = [
            await call(here, method, path, body, key=SECOND_KEY)
            for method, path, body in (
                ("GET", f"/v1/files/{file}", None),
                ("GET", f"/v1/files/{file}/content", None),
                ("GET", f"/v1/files/{output}/content", None),
                ("DELETE", f"/v1/files/{file}", None),
                ("GET", f"/v1/batches/{batch}", None),
                ("POST", f"/v1/batches/{batch}/cancel", None),
                ("POST", "/v1/batches", {**BATCH, "input_file_id": file}),
                ("POST", "/v1/chat/completions", {"model": "assistant", "messages": [message]}),
            )
        ]

        assert [(status, code_of(a)) for status, a in answers] == [(404, "state.unknown")] * 8
        assert len(here.sent) == asked
        assert (await call(here, "GET", f"/v1/files/{file}"))[0] == 200


async def test_a_list_has_what_is_ones_own(tmp_path: Path) -> None:
    """Others share the account; their files are in no list, nor at its ends, nor counted."""
    async with filing(tmp_path) as here:
        here.eu.filed.add(b"x", "foreign.txt", "assistants")
        mine = [(await uploaded(here, TWO, f"{NAME} {n}.jsonl"))[1]["id"] for n in range(3)]
        await uploaded(here, TWO, key=SECOND_KEY)
        _, batch = await begun(here, TWO)
        async with client_of(here) as client:
            files = [f async for f in client.files.list(purpose="batch")]
            batches = [b.id async for b in client.batches.list(limit=5)]
        _, short = await call(here, "GET", "/v1/files?limit=2&order=asc")
        _, others = await call(here, "GET", "/v1/batches", key=SECOND_KEY)

        assert [f.id for f in files][:3] == mine
        assert [f.filename for f in files][:3] == [f"{NAME} {n}.jsonl" for n in range(3)]
        assert len(files) == 4
        assert batches == [batch]
        assert ([f["id"] for f in short["data"]], short["has_more"]) == (mine[:2], True)
        assert (short["first_id"], short["last_id"]) == (mine[0], mine[1])
        assert (others["data"], others["first_id"]) == ([], None)


async def test_the_record_names_every_line(tmp_path: Path) -> None:
    """Digest and findings of each; the batch is pinned; results say what they cost, and as what."""
    async with filing(tmp_path) as here:
        _, batch = await begun(here, TWO)
        await results(here, batch)
        intents = [r.meta for r in here.records() if r.kind == "intent" and r.meta]
        outcomes = [r.meta for r in here.records() if r.kind == "outcome" and r.meta]

        form = here.eu.received[0].body.replace(b'"model": "echo"', b'"model": "assistant"')
        sent = [line for line in form.splitlines() if line.startswith(b'{"custom_id"')]
        digests = [hashlib.sha256(line).hexdigest() for line in sent]
        assert [line[0] for line in intents[0]["lines"]] == digests
        assert intents[0]["lines"][0][1] == {"PERSON": 1, "EMAIL_ADDRESS": 1}
        assert len(intents[0]["lines"][1]) == 1
        assert intents[0]["model"] == "assistant"
        assert [i["surface"] for i in intents] == [
            *("openai_files", "openai_batches", "openai_batches", "openai_files"),
        ]
        assert intents[1]["pinned"]["by"] == "/input_file_id"
        assert all(i["lawful"] == ["eu-0"] for i in intents[1:])
        assert [o.get("tier") for o in outcomes] == [None, None, None, "batch"]
        assert outcomes[3]["usage"]["input"] == 5
        assert outcomes[3]["cost_usd"] is None
        assert here.verified().verdict in (Verdict.OK, Verdict.INCOMPLETE)


async def test_what_goes_into_a_batch_is_as_strict_as_elsewhere(tmp_path: Path) -> None:
    """A line that could not be asked by itself is not asked in a batch, and the line is named."""
    lines: list[tuple[Any, str]] = [
        (chat_line("a", "hi", stream=True), "body.wrong_type"),
        (chat_line("a", "hi", store=True), "operation.stateful"),
        (chat_line("a", "hi", model="american"), "body.wrong_type"),
        ({**chat_line("a", "hi"), "url": "/v1/moderations"}, "body.wrong_type"),
        ({**chat_line("a", "hi"), "method": "GET"}, "body.wrong_type"),
        ({**chat_line("a", "hi"), "more": 1}, "body.wrong_type"),
        (chat_line("", "hi"), "body.wrong_type"),
        ([], "body.wrong_type"),
        (chat_line("a", "-----BEGIN PRIVATE KEY-----\nMIIEvQ==\n-----END PRIVATE KEY-----"), ""),
    ]
    async with filing(tmp_path) as here:
        for line, code in lines[:-1]:
            status, answer = await uploaded(here, jsonl(chat_line("first", "hi"), line))
            assert (status, code_of(answer)) == (400, code), answer
        broken, told = await uploaded(here, TWO + b'\n{"custom_id": "x", "custom_id": "y"}')
        unnamed, error = await uploaded(here, TWO, "requests.txt")
        empty, nothing = await uploaded(here, b"\n")

        assert (broken, code_of(told)) == (400, "body.duplicate_key")
        assert told["error"]["message"].startswith("line 3: ")
        assert (unnamed, code_of(error)) == (400, "body.wrong_type")
        assert (empty, code_of(nothing)) == (400, "body.wrong_type")
        assert here.sent == []


async def test_what_a_policy_says_of_chat_holds_in_a_batch(tmp_path: Path) -> None:
    """A document for the requests' own surface binds them, though the file goes to another."""
    strict = """apiVersion: guardrail-gw/v1
kind: Policy
metadata: {id: chat-only, version: 1, owner: us, description: No names in chat.}
spec:
  match: {endpoint: [openai_chat]}
  pii: {default: {action: token}, entities: {PERSON: {action: block}}}
  attachments: block
  provider_features: [storage]
  surfaces: {openai_files: allow, openai_batches: allow}
"""
    async with filing(tmp_path) as here:
        open_to, _ = await uploaded(here, TWO)
        await asyncio.to_thread((tmp_path / "policies" / "chat.yaml").write_text, strict)
        await here.gateway.reload()
        status, answer = await uploaded(here, TWO)
        other, _ = await uploaded(here, NAME.encode(), "note.txt", purpose="user_data")

        assert open_to == 200
        assert (status, code_of(answer)) == (403, "policy.blocked")
        assert other == 200


TEXTS = [
    ("note.txt", f"Dear {NAME},\nwrite to {MAIL}.\n".encode()),
    ("people.csv", f'name,mail\n"{NAME}",{MAIL}\n'.encode()),
    ("note.md", f"# {NAME}\n\n* {MAIL}\n".encode()),
    ("note.json", json.dumps({"who": NAME, "mail": [MAIL], NAME: 1}, indent=1).encode()),
    ("lines.jsonl", jsonl({"text": NAME}, {"of": {"mail": MAIL}}) + b"\n"),
]


@pytest.mark.parametrize(("name", "content"), TEXTS, ids=[name for name, _ in TEXTS])
async def test_texts_are_read(tmp_path: Path, name: str, content: bytes) -> None:
    """What the provider keeps has placeholders; whoever uploaded it gets it back as it was."""
    async with filing(tmp_path) as here:
        status, file = await uploaded(here, content, name, purpose="user_data")
        _, back = await call(here, "GET", f"/v1/files/{file['id']}/content")

        assert status == 200
        assert not any(word in b"".join(here.sent) for word in (b"Anna", b"example.org"))
        if name == "lines.jsonl":  # written anew, line by line
            assert [*map(json.loads, back.splitlines())] == [*map(json.loads, content.splitlines())]
        else:
            assert back == content
        assert here.eu.filed.contents[file["id"]] != content


async def test_a_file_that_nothing_reads_needs_a_word_of_its_own(tmp_path: Path) -> None:
    """Blocked by default; allowed it is on record, and passes both ways as it is."""
    content = b"%PDF-1.7\xff\x00" + NAME.encode()
    async with filing(tmp_path / "a") as here:
        status, answer = await uploaded(here, content, "a.pdf", purpose="user_data")
        false, wrong = await uploaded(here, content, "a.txt", purpose="user_data")

        assert (status, code_of(answer)) == (400, "content.unsupported")
        assert (false, code_of(wrong)) == (400, "body.not_utf8")
        assert here.sent == []
    async with filing(tmp_path / "b", attachments="allow") as here:
        status, file = await uploaded(here, content, "a.pdf", purpose="user_data")
        _, back = await call(here, "GET", f"/v1/files/{file['id']}/content")
        (intent, *_) = [r.meta for r in here.records() if r.kind == "intent" and r.meta]

        assert (status, back) == (200, content)
        assert "attachments.allowed" in intent["rules"]
        assert intent["lawful"] == ["eu-0", "eu2-0"]


async def test_a_file_is_named_where_it_is_kept(tmp_path: Path) -> None:
    """What it holds is restored in the answer; a model that others serve does not get its name."""
    async with filing(tmp_path, attachments="allow") as here:
        _, file = await uploaded(here, NAME.encode(), "note.txt", purpose="user_data")
        part = {"type": "file", "file": {"file_id": file["id"]}}
        placeholder = here.eu.filed.contents[file["id"]].decode()
        hint = {"type": "text", "text": "who?"}
        body = {"messages": [{"role": "user", "content": [hint, part]}]}
        here.eu.script.append(f"echo?text={placeholder}")
        status, answer = await call(
            here, "POST", "/v1/chat/completions", {"model": "assistant", **body}
        )
        gone, error = await call(
            here, "POST", "/v1/chat/completions", {"model": "american", **body}
        )

        assert (status, said(answer)) == (200, NAME)
        assert (gone, code_of(error)) == (409, "state.elsewhere")


async def test_a_file_from_elsewhere_has_to_be_listed(tmp_path: Path) -> None:
    """Nobody here knows whose it is, so that the policy has to say who may name it."""
    words = "provider_ids: [file-9hQ2vTzXo4RkWc7Lb3NfYs]\n  provider_features: [storage]"
    async with filing(tmp_path, words, attachments="allow") as here:
        answers = []
        for name in ("file-9hQ2vTzXo4RkWc7Lb3NfYs", "file-2mKd8PqVr6TjXw5Zc1GhBn"):
            part = {"type": "file", "file": {"file_id": name}}
            body = {"messages": [{"role": "user", "content": [part]}], "model": "assistant"}
            answers.append(await call(here, "POST", "/v1/chat/completions", body))

        assert answers[0][0] == 200
        assert (answers[1][0], code_of(answers[1][1])) == (404, "state.unknown")
        assert len(here.sent) == 1


async def test_a_gemini_file_has_to_be_listed(tmp_path: Path) -> None:
    """Gemini's files are not uploaded here, so that each of them may be somebody else's."""
    ours = "https://generativelanguage.googleapis.com/v1beta/files/ours-1"
    words = f"provider_ids: ['{ours}']\n  provider_features: [storage]"
    async with filing(tmp_path, words, attachments="allow") as here:
        told = []
        for uri in (ours, ours.replace("ours", "other"), "gs://bucket/other.pdf"):
            part = {"fileData": {"fileUri": uri, "mimeType": "application/pdf"}}
            body = {"contents": [{"role": "user", "parts": [part, {"text": "read it"}]}]}
            status, answer = await here.post_gemini(body)
            told.append((status, b"other" in answer, b"POLICY_PROVIDER_ID" in answer))

        assert told == [(200, False, False), (403, False, True), (403, False, True)]
        assert len(here.sent) == 1


async def test_sources_of_data_have_to_be_listed(tmp_path: Path) -> None:
    """A provider reads them with the rights of its account, whoever asks."""
    index = {"endpoint": "https://ours.search.example", "index_name": "travel"}
    words = "provider_ids: ['https://ours.search.example/indexes/travel']"
    async with filing(tmp_path, words) as here:
        answers = []
        for name in ("travel", "payroll"):
            source = {"type": "azure_search", "parameters": {**index, "index_name": name}}
            body = {**chat_line("", "hello")["body"], "data_sources": [source]}
            answers.append(await call(here, "POST", "/v1/chat/completions", body))

        assert answers[0][0] == 200
        assert (answers[1][0], code_of(answers[1][1])) == (403, "policy.provider_id")
        assert len(here.sent) == 1


async def test_what_others_keep_is_not_named_in_a_line(tmp_path: Path) -> None:
    """A store that no policy lists is refused in a batch as it is in a request of its own."""
    async with filing(tmp_path, f"provider_ids: [vs_ours]\n  {OPEN}") as here:
        answers = []
        for store in ("vs_ours", "vs_other"):
            line = chat_line("b", "hello")
            search = {"type": "file_search", "vector_store_ids": [store]}
            line["url"] = "/v1/responses"
            line["body"] = {"model": "assistant", "input": "hello", "tools": [search]}
            answers.append(await uploaded(here, jsonl(line)))

        assert answers[0][0] == 200
        assert (answers[1][0], code_of(answers[1][1])) == (403, "policy.provider_id")
        assert len(here.sent) == 1


async def test_only_what_was_read_as_a_batch_becomes_one(tmp_path: Path) -> None:
    """A file for another purpose was scanned for values alone: its lines were no requests."""
    async with filing(tmp_path) as here:
        line = chat_line("a", "hello")
        line["body"] |= {"model": "any", "tools": [{"type": "web_search"}]}
        status, file = await uploaded(here, jsonl(line), "x.jsonl", purpose="user_data")
        said = {**BATCH, "input_file_id": file["id"]}
        refused, error = await call(here, "POST", "/v1/batches", said)

        assert (status, refused, code_of(error)) == (200, 404, "state.unknown")
        assert len(here.sent) == 1


async def test_a_condition_on_the_endpoint_counts_for_what_a_batch_holds(tmp_path: Path) -> None:
    """Its lines are for another endpoint than the file: whichever it is, the condition may hold."""
    rule = """when: 'endpoint == "openai_chat"'
pii: {entities: {EMAIL_ADDRESS: {action: block}}}
"""
    async with filing(tmp_path, also=policy_text("narrow", rule)) as here:
        status, _ = await uploaded(here, jsonl(chat_line("a", "mail anna.schmidt@example.org")))

        assert status == 403
        assert here.sent == []


async def test_answers_come_back_in_the_form_they_have(tmp_path: Path) -> None:
    """JSON stays JSON, arguments of calls too; token texts are emptied; vectors pass."""
    quoted = 'Anna "Nan" Schmidt'
    tool = {"type": "function", "function": {"name": "call"}}
    content = jsonl(
        chat_line("said", f"{NAME}, {MAIL}", model="tool", tools=[tool]),
        chat_line("free", f"{NAME}", model="tool", logprobs=True),
    )
    async with filing(tmp_path) as here:
        _, batch = await begun(here, content)
        answers = await results(here, batch)
        _, vectors = await begun(
            here,
            jsonl(
                {
                    "custom_id": "v",
                    "method": "POST",
                    "url": "/v1/embeddings",
                    "body": {"model": "assistant", "input": NAME},
                }
            ),
            "/v1/embeddings",
        )
        embedded = await results(here, vectors)

        [made] = answers["said"]["choices"][0]["message"]["tool_calls"]
        assert json.loads(made["function"]["arguments"]) == {"text": f"{NAME}, {MAIL}"}
        assert said(answers["free"]) == NAME
        assert answers["free"]["choices"][0]["logprobs"] is None
        assert embedded["v"]["data"][0]["embedding"][1] == 0.5
        assert quoted not in str(here.sent)


async def test_nothing_is_kept_where_the_policy_says_never(tmp_path: Path) -> None:
    """Neither a file nor a batch; nothing leaves."""
    words = "surfaces: {openai_files: allow, openai_batches: allow}\n  store: never"
    async with filing(tmp_path, words) as here:
        answers = [
            await uploaded(here, TWO),
            await call(here, "GET", "/v1/files"),
            await call(here, "POST", "/v1/batches", {**BATCH, "input_file_id": "file-1"}),
        ]

        assert [(status, code_of(a)) for status, a in answers] == [(403, "policy.store")] * 3
        assert here.sent == []


async def test_keeping_personal_data_needs_the_policys_word(tmp_path: Path) -> None:
    """Without `storage` only what holds nothing personal is kept."""
    words = "surfaces: {openai_files: allow, openai_batches: allow}"
    async with filing(tmp_path, words) as here:
        status, answer = await uploaded(here, TWO)
        fine, _ = await uploaded(here, jsonl(chat_line("a", "hello")))

        assert (status, code_of(answer)) == (403, "policy.provider_feature")
        assert fine == 200
        assert here.us.received == []


async def test_state_that_is_down_refuses_before_anything_leaves(tmp_path: Path) -> None:
    """What could not be restored later is not uploaded."""
    async with filing(tmp_path, state={"path": "."}) as here:
        status, answer = await uploaded(here, TWO)
        listed, error = await call(here, "GET", "/v1/files/file-1")

        assert (status, code_of(answer)) == (503, "state.unavailable")
        assert (listed, code_of(error)) == (503, "state.unavailable")
        assert here.sent == []


async def test_results_that_break_off_never_look_complete(tmp_path: Path) -> None:
    """The connection is cut, for nothing of ours can stand in a file."""
    async with filing(tmp_path) as here:
        _, batch = await begun(here, TWO)
        _, told = await call(here, "GET", f"/v1/batches/{batch}")
        here.eu.filed.breaks_off = True

        with pytest.raises(aiohttp.ClientError):
            await call(here, "GET", f"/v1/files/{told['output_file_id']}/content")
        outcome = [r.meta for r in here.records() if r.kind == "outcome" and r.meta][-1]
        assert outcome["ending"] == "truncated"


async def test_bounds_and_queries(tmp_path: Path) -> None:
    """A form beyond the bound, and a query of another form, go nowhere."""
    async with filing(tmp_path, limits={"max_file_bytes": 2000}) as here:
        large, answer = await uploaded(here, jsonl(chat_line("a", "hello " * 400)))
        odd = [
            await call(here, "GET", f"/v1/files?{query}")
            for query in ("after=Anna%20Schmidt", "limit=many", "order=Anna", "purpose=Anna S.")
        ]
        other, wrong = await uploaded(here, TWO, note=NAME)

        assert (large, code_of(answer)) == (413, "body.too_large")
        assert [(status, code_of(a)) for status, a in odd] == [(400, "query.malformed")] * 4
        assert (other, code_of(wrong)) == (400, "body.wrong_type")
        assert here.sent == []


async def test_nobody_keeps_files_unless_told(tmp_path: Path) -> None:
    """Whose deployments keep what names no model is for the operator to say."""
    async with filing(tmp_path, state={"files": None}) as here:
        status, answer = await uploaded(here, b"hello", "a.txt", purpose="user_data")
        fine, _ = await uploaded(here, TWO)

        assert (status, code_of(answer)) == (400, "operation.stateful")
        assert fine == 200
