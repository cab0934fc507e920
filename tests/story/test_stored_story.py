"""Conversations that a provider keeps: gone on with, looked at and deleted, told by the bytes."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import openai
import pytest

from guardrail_gw.core.shipped import shipped
from guardrail_gw.server.access import digest
from tests.support.world import KEY, SLOW, World, events, world

NAME, OTHER = "Anna Schmidt", "Bernd Maier"
SEARCH = {"type": "file_search", "vector_store_ids": ["vs_other"]}
SECOND_KEY = "ggw-another-key-for-tests-only"
KEYS = [
    {"id": "k1", "sha256": digest(KEY), "tenant": "acme", "team": "crm", "user": "ci"},
    {"id": "k2", "sha256": digest(SECOND_KEY), "tenant": "acme", "team": "crm", "user": "ci"},
]


@asynccontextmanager
async def storing(
    folder: Path,
    words: str = "provider_features: [storage]",
    budgets: tuple[dict[str, Any], ...] = (),
    **state: Any,
) -> AsyncIterator[World]:
    """A world whose default policy has these words more, and whose gateway keeps conversations."""
    policies = folder / "policies"
    policies.mkdir()
    text = await asyncio.to_thread(
        lambda: shipped("policies/default/policy.yaml").read_text(encoding="utf-8")
    )
    (policies / "policy.yaml").write_text(
        text.replace("spec:\n", f"spec:\n  {words}\n", 1), encoding="utf-8"
    )
    config = {"conversations": "responses", **state}
    more: dict[str, Any] = {"budgets": list(budgets), "access": {"keys": KEYS}}
    async with world(folder, policies=policies, state=config, **more) as here:
        yield here


async def ask(
    here: World, method: str, path: str, body: Any = None, *, key: str = KEY
) -> tuple[int, Any]:
    """One request; a stream comes back as the list of its events."""
    sent = {"Authorization": f"Bearer {key}"}
    url = f"{here.base_url}{path}"
    async with here.client.request(method, url, json=body, headers=sent) as response:
        raw = await response.read()
        if response.content_type == "text/event-stream":
            return response.status, events(raw)
        return response.status, json.loads(raw)


async def said(here: World, text: str, *, key: str = KEY, **more: Any) -> tuple[int, Any]:
    """Ask the stand-in, which answers with all that the user said in the conversation."""
    body = {"model": "responses", "input": text, **more}
    return await ask(here, "POST", "/v1/responses", body, key=key)


def text_of(answer: Any) -> str:
    """What a whole answer says."""
    return str(answer["output"][0]["content"][0]["text"])


def code_of(answer: Any) -> str:
    """An error's stable code."""
    return str(answer["error"]["code"])


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
async def test_a_conversation_goes_on_with_what_it_said_before(
    tmp_path: Path, *, stream: bool
) -> None:
    """Names of earlier turns come back in later answers; the provider sees placeholders alone."""
    async with storing(tmp_path) as here:
        _, first = await said(here, f"I am {NAME}", store=True)
        _, second = await said(here, "and I like tea", store=True, previous_response_id=first["id"])
        status, third = await said(
            here, f"So does {OTHER}", previous_response_id=second["id"], stream=stream
        )

        assert status == 200
        whole = third[-1]["response"] if stream else third
        assert text_of(whole) == f"I am {NAME}\nand I like tea\nSo does {OTHER}"
        deltas = [e.get("delta", "") for e in third if stream and e["type"].endswith(".delta")]
        assert not stream or "".join(deltas) == text_of(whole)
        assert not any(word.encode() in b"".join(here.sent) for word in ("Anna", "Bernd"))


async def test_a_conversation_stays_with_who_keeps_it(tmp_path: Path) -> None:
    """A turn without personal data is placed like the turns before it, and nobody else is asked."""
    async with storing(tmp_path) as here:
        _, first = await said(here, f"I am {NAME}", store=True)
        status, _ = await said(here, "and I like tea", previous_response_id=first["id"])
        intents = [r.meta for r in here.records() if r.kind == "intent" and r.meta]

        assert status == 200
        assert [len(p.received) for p in (here.us, here.eu, here.eu2)] == [0, 2, 0]
        assert intents[0]["stored"] is True
        assert intents[1]["pinned"]["by"] == "/previous_response_id"
        assert intents[1]["lawful"] == ["eu-responses0"]
        assert "default/residency" in intents[1]["rules"]
        assert [r.meta["kept"] for r in here.records() if r.kind == "outcome" and r.meta] == [
            True,
            False,
        ]


async def test_a_model_of_others_does_not_go_on(tmp_path: Path) -> None:
    """Who keeps the conversation does not serve the other model, so nobody is asked."""
    async with storing(tmp_path) as here:
        _, first = await said(here, "I like tea", store=True)
        asked = len(here.sent)
        status, answer = await said(
            here, "and", previous_response_id=first["id"], model="responses mirror"
        )
        gone, error = await said(here, "x", previous_response_id=first["id"], model="american")

        assert (status, text_of(answer)[:2]) == (200, '{"')  # the same account
        assert (gone, code_of(error)) == (410, "state.withdrawn")
        assert len(here.sent) == asked + 1


async def test_nobody_else_goes_on_with_it(tmp_path: Path) -> None:
    """For another key there is nothing under that name, whatever it asks."""
    async with storing(tmp_path) as here:
        _, first = await said(here, f"I am {NAME}", store=True)
        id_, asked = first["id"], len(here.sent)
        answers = [
            await said(here, "Who am I?", previous_response_id=id_, key=SECOND_KEY),
            await ask(here, "GET", f"/v1/responses/{id_}", key=SECOND_KEY),
            await ask(here, "GET", f"/v1/responses/{id_}/input_items", key=SECOND_KEY),
            await ask(here, "DELETE", f"/v1/responses/{id_}", key=SECOND_KEY),
            await said(here, "Who am I?", conversation="conv_standin0", key=SECOND_KEY),
        ]

        assert [(status, code_of(a)) for status, a in answers] == [(404, "state.unknown")] * 5
        assert len(here.sent) == asked
        assert (await ask(here, "GET", f"/v1/responses/{id_}"))[0] == 200


async def test_a_placeholder_of_an_earlier_turn_is_only_text(tmp_path: Path) -> None:
    """Whoever types it reads it again; it does not become the name it stood for."""
    async with storing(tmp_path) as here:
        _, first = await said(here, f"I am {NAME}", store=True)
        placeholder = json.loads(here.eu.received[0].body)["input"].rpartition(" ")[2]
        _, second = await said(here, f"What is {placeholder}?", previous_response_id=first["id"])

        assert text_of(second) == f"I am {NAME}\nWhat is {placeholder}?"
        assert placeholder not in json.loads(here.eu.received[1].body)["input"]


async def test_what_is_kept_can_be_looked_at_and_deleted(tmp_path: Path) -> None:
    """The response and its input come back with their originals; afterwards it is gone."""
    async with storing(tmp_path) as here:
        _, first = await said(here, f"I am {NAME}", store=True)
        path = f"/v1/responses/{first['id']}"
        _, response = await ask(here, "GET", f"{path}?include[]=reasoning.encrypted_content&x=1")
        _, items = await ask(here, "GET", f"/openai{path}/input_items/?limit=20&order=asc")
        deleted = await ask(here, "DELETE", path)
        again = await ask(here, "GET", path)

        assert text_of(response) == f"I am {NAME}"
        assert items["data"][0]["content"][0]["text"] == f"I am {NAME}"
        assert (deleted[0], deleted[1]["deleted"]) == (200, True)
        assert (again[0], code_of(again[1])) == (404, "state.unknown")
        asked = [(r.method, r.path) for r in here.eu.received[1:]]
        assert asked == [
            ("GET", f"{path}?include%5B%5D=reasoning.encrypted_content"),
            ("GET", f"{path}/input_items?limit=20&order=asc"),
            ("DELETE", path),
        ]
        assert all(r.body == b"" for r in here.eu.received[1:])


async def test_a_conversation_of_its_own(tmp_path: Path) -> None:
    """Made with items, added to by requests and by hand, listed, and deleted with its memory."""
    async with storing(tmp_path) as here:
        item = {"type": "message", "role": "user", "content": f"I am {NAME}"}
        made, conversation = await ask(
            here, "POST", "/v1/conversations", {"items": [item], "metadata": {"of": OTHER}}
        )
        path = f"/v1/conversations/{conversation['id']}"
        _, answer = await said(here, "and I like tea", conversation={"id": conversation["id"]})
        more = {"type": "message", "role": "user", "content": "Ask Clara Neumann."}
        added, _ = await ask(here, "POST", f"{path}/items", {"items": [more]})
        _, items = await ask(here, "GET", f"{path}/items?limit=50")
        _, one = await ask(here, "GET", f"{path}/items/{items['data'][1]['id']}")
        _, told = await ask(here, "GET", path)
        deleted, _ = await ask(here, "DELETE", path)

        assert (made, added, deleted) == (200, 200, 200)
        assert conversation["metadata"] == told["metadata"] == {"of": OTHER}
        assert text_of(answer) == f"I am {NAME}\nand I like tea"
        assert [i["content"] for i in items["data"] if isinstance(i["content"], str)] == [
            f"I am {NAME}",
            "Ask Clara Neumann.",
        ]
        assert one == items["data"][1]
        assert not any(w.encode() in b"".join(here.sent) for w in ("Anna", "Bernd", "Clara"))
        assert code_of((await ask(here, "GET", path))[1]) == "state.unknown"


async def test_many_add_to_one_conversation_at_once(tmp_path: Path) -> None:
    """Nobody's names are lost, whoever was first."""
    names = ["Anna Schmidt", "Bernd Maier", "Clara Neumann", "Dieter Hoffmann"]
    async with storing(tmp_path) as here:
        _, conversation = await ask(here, "POST", "/v1/conversations", {})
        asked = (said(here, f"I am {n}", conversation=conversation["id"]) for n in names)
        answers = await asyncio.gather(*asked)
        _, last = await said(here, "Who are we?", conversation=conversation["id"])

        assert [status for status, _ in answers] == [200] * 4
        assert all(name in text_of(last) for name in names)


async def test_nothing_is_kept_where_the_policy_says_never(tmp_path: Path) -> None:
    """`store: true` leaves as false, in chat too; and nothing goes on from what is kept."""
    async with storing(tmp_path, "store: never") as here:
        stored, first = await said(here, f"I am {NAME}", store=True)
        chat, _ = await here.ask(f"I am {NAME}", store=True)
        hidden, error = await here.ask("hello", Store=True)
        refused = [
            await said(here, "and", previous_response_id=first["id"]),
            await ask(here, "GET", f"/v1/responses/{first['id']}"),
            await ask(here, "POST", "/v1/conversations", {}),
        ]

        assert (stored, chat) == (200, 200)
        assert [json.loads(r.body)["store"] for r in here.eu.received] == [False, False]
        assert (hidden, code_of(error)) == (403, "policy.store")
        assert [(status, code_of(a)) for status, a in refused] == [(403, "policy.store")] * 3
        intent = next(r.meta for r in here.records() if r.kind == "intent" and r.meta)
        assert "store.never" in intent["rules"]
        assert not here.eu.kept.answers


async def test_what_says_nothing_is_kept_where_the_policy_leaves_it_so(tmp_path: Path) -> None:
    """Clients that rely on the dialect's own default go on without a word."""
    words = "store: as_sent\n  provider_features: [storage]"
    async with storing(tmp_path, words) as here:
        _, first = await said(here, f"I am {NAME}")
        status, second = await said(here, "and", previous_response_id=first["id"], store=False)
        gone, error = await said(here, "more", previous_response_id=second["id"])

        assert (status, text_of(second)) == (200, f"I am {NAME}\nand")
        assert "store" not in json.loads(here.eu.received[0].body)
        assert (gone, code_of(error)) == (404, "state.unknown")


async def test_a_policy_that_keeps_nothing_personal_is_asked_again(tmp_path: Path) -> None:
    """What was kept while nothing personal was in it is not added to with something personal."""
    async with storing(tmp_path, "store: asked") as here:
        kept, first = await said(here, "I like tea", store=True)
        status, error = await said(here, f"I am {NAME}", previous_response_id=first["id"])

        assert kept == 200
        assert (status, code_of(error)) == (403, "policy.provider_feature")
        assert len(here.sent) == 1


async def test_state_that_is_down_refuses_before_anything_leaves(tmp_path: Path) -> None:
    """What could not be restored later is not stored, and nothing stored is gone on with."""
    async with storing(tmp_path, path=".") as here:
        answers = [
            await said(here, f"I am {NAME}", store=True),
            await said(here, "and", previous_response_id="resp_1"),
            await ask(here, "GET", "/v1/responses/resp_1"),
        ]
        fine, _ = await said(here, f"I am {NAME}")

        assert [(status, code_of(a)) for status, a in answers] == [(503, "state.unavailable")] * 3
        assert (fine, len(here.sent)) == (200, 1)
        assert all(kinds == ["intent", "outcome"] for kinds in here.pairs().values())


async def test_what_lies_on_disk_tells_nothing(tmp_path: Path) -> None:
    """Neither a value, nor a placeholder, nor whose it is, nor what the provider calls it."""
    async with storing(tmp_path) as here:
        _, first = await said(here, f"I am {NAME}", store=True)
        files = await asyncio.to_thread(lambda: [*tmp_path.glob("state.sqlite3*")])
        held = b"".join([await asyncio.to_thread(f.read_bytes) for f in files])

        assert len(held) > 1024
        for word in (
            "Anna",
            "PERSON_",
            "acme",
            "crm",
            '"k1"',
            first["id"],
            "eu-responses0",
            "echo",
        ):
            assert word.encode() not in held


async def test_a_client_goes_on_without_knowing(tmp_path: Path) -> None:
    """OpenAI's own client: responses, their input, and conversations."""
    async with storing(tmp_path) as here:
        client = openai.AsyncOpenAI(base_url=f"{here.base_url}/v1", api_key=KEY, max_retries=0)
        first = await client.responses.create(model="responses", input=f"I am {NAME}", store=True)
        async with client.responses.stream(
            model="responses", input="and I like tea", previous_response_id=first.id
        ) as stream:
            second = await stream.get_final_response()
        items = [i async for i in client.responses.input_items.list(first.id)]
        found = await client.responses.retrieve(first.id)
        await client.responses.delete(first.id)
        conversation = await client.conversations.create(metadata={"of": OTHER})
        third = await client.responses.create(
            model="responses", input=f"I am {NAME}", conversation=conversation.id
        )
        await client.conversations.delete(conversation.id)
        with pytest.raises(openai.NotFoundError) as gone:
            await client.responses.retrieve(first.id)
        await client.close()

        assert second.output_text == f"I am {NAME}\nand I like tea"
        assert found.output_text == third.output_text == f"I am {NAME}"
        assert len(items) == 1
        assert gone.value.code == "state.unknown"


ODD = [
    ("POST", "/v1/responses/resp_1/cancel", 400, "operation.background"),
    ("GET", "/v1/responses/resp_1?stream=true", 400, "query.malformed"),
    ("GET", "/v1/conversations/conv_1/items?after=Anna", 400, "query.malformed"),
    ("GET", "/v1/conversations/conv_1/items?limit=many", 400, "query.malformed"),
    ("GET", "/v1/conversations/conv_1/items/anna_schmidt", 404, "state.unknown"),
    ("GET", "/v1/responses/Anna%20Schmidt", 403, "surface.not_served"),
    ("PUT", "/v1/responses/resp_1", 403, "surface.not_served"),
    ("POST", "/v1/responses/resp_1", 403, "surface.not_served"),
]


async def test_what_is_asked_in_other_words_goes_nowhere(tmp_path: Path) -> None:
    """Nothing of a path or query that a person may have written leaves."""
    async with storing(tmp_path) as here:
        for method, path, status, code in ODD:
            got, answer = await ask(here, method, path, {} if method == "POST" else None)

            assert (path, got, code_of(answer)) == (path, status, code)
        assert here.sent == []


async def test_nobody_keeps_conversations_unless_told(tmp_path: Path) -> None:
    """Which model's deployments keep them is for the operator to say."""
    async with storing(tmp_path, conversations=None) as here:
        status, answer = await ask(here, "POST", "/v1/conversations", {})

        assert (status, code_of(answer)) == (400, "operation.stateful")
        assert here.sent == []


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
async def test_turns_at_the_same_time_know_of_each_other(tmp_path: Path, *, stream: bool) -> None:
    """What one turn had replaced is restored in the answer of another that began before it."""
    async with storing(tmp_path) as here:
        _, made = await ask(here, "POST", "/v1/conversations", {})
        more: dict[str, Any] = {"model": f"responses {SLOW}", "stream": stream, "store": True}
        slow = asyncio.ensure_future(said(here, "Who?", conversation=made["id"], **more))
        await asyncio.sleep(0.2)  # it has been sent, and is not read yet
        assert b"Who?" in here.sent[-1]
        await said(here, f"I am {NAME}", conversation=made["id"])
        status, answer = await slow
        _, kept = await said(here, "Once more", previous_response_id=text_id(answer))

        assert status == 200
        whole = answer[-1]["response"] if stream else answer
        assert text_of(whole) == f"I am {NAME}\nWho?"
        assert NAME in text_of(kept)
        assert not any(b"Anna" in each for each in here.sent)


def text_id(answer: Any) -> str:
    """The id of an answer, whole or streamed."""
    return str(answer[-1]["response"]["id"] if isinstance(answer, list) else answer["id"])


async def test_what_is_stored_can_always_be_deleted(tmp_path: Path) -> None:
    """Where its keeper is lawful no longer, too: nothing but its name goes there, on record."""
    async with storing(tmp_path) as here:
        _, kept = await said(here, f"I am {NAME}", store=True)
        path = f"/v1/responses/{kept['id']}"
        file = tmp_path / "policies" / "policy.yaml"
        text = await asyncio.to_thread(file.read_text, encoding="utf-8")
        await asyncio.to_thread(
            file.write_text, text.replace("allow_jurisdictions: [EU]", "allow_jurisdictions: [US]")
        )
        await here.gateway.reload()
        asked = len(here.sent)

        read = await ask(here, "GET", path)
        gone_on = await said(here, "and", previous_response_id=kept["id"])
        deleted = await ask(here, "DELETE", path)
        again = await ask(here, "GET", path)

        assert [(s, code_of(a)) for s, a in (read, gone_on)] == [
            (451, "residency.no_lawful_upstream")
        ] * 2
        assert (deleted[0], deleted[1]["deleted"]) == (200, True)
        assert code_of(again[1]) == "state.unknown"
        assert here.sent[asked:] == [b""]
        intents = [r.meta for r in here.records() if r.kind == "intent" and r.meta]
        assert [m["waived"] for m in intents if "waived" in m] == [["default/residency"]]


async def test_one_key_does_not_take_the_room_of_others(tmp_path: Path) -> None:
    """It is refused before anything leaves, by name; whoever deletes has room again."""
    async with storing(tmp_path, key_max_bytes=1 << 16) as here:
        kept = [await said(here, f"{n}", store=True) for n in range(64)]
        asked = len(here.sent)
        status, error = await said(here, "one more", store=True)
        other, _ = await said(here, "mine", store=True, key=SECOND_KEY)
        plain, _ = await said(here, "not stored")
        await ask(here, "DELETE", f"/v1/responses/{kept[0][1]['id']}")
        again, _ = await said(here, "one more", store=True)

        full = [each for each in kept if each[0] != 200]
        assert (status, code_of(error)) == (403, "state.full")
        assert {code_of(answer) for _, answer in full} <= {"state.full"}
        assert (other, plain, again) == (200, 200, 200)
        assert asked == 64 - len(full)


@pytest.mark.parametrize(
    "more",
    [
        {"tools": [{"type": "file_search", "vector_store_ids": ["vs_other", "vs_ours"]}]},
        {"prompt": {"id": "pmpt_other"}},
        {"prompt": "pmpt_ours"},
        {"Prompt": {"id": "pmpt_ours"}},
        {"input": [{"type": "additional_tools", "tools": [SEARCH]}]},
    ],
    ids=lambda more: json.dumps(more)[:40],
)
async def test_what_others_keep_at_the_provider_is_not_named(
    tmp_path: Path, more: dict[str, Any]
) -> None:
    """Without personal data, too; what the policy lists goes on, and the refusal quotes nothing."""
    ours: dict[str, Any] = {
        "tools": [{"type": "file_search", "vector_store_ids": ["vs_ours"]}],
        "prompt": {"id": "pmpt_ours"},
    }
    words = "provider_ids: [vs_ours, pmpt_ours]"
    async with storing(tmp_path, words) as here:
        told, _ = await said(here, "tea", **ours)
        status, error = await said(here, "tea", **more)

        assert told == 200
        assert (status, code_of(error)) == (403, "policy.provider_id")
        assert "other" not in error["error"]["message"]
        assert len(here.sent) == 1


async def test_what_others_keep_is_not_put_into_a_conversation(tmp_path: Path) -> None:
    """An item that brings a tool names its store as a request would."""
    async with storing(tmp_path, "provider_ids: [vs_ours]\n  provider_features: [storage]") as here:
        items = [{"type": "additional_tools", "tools": [SEARCH]}]
        status, error = await ask(here, "POST", "/v1/conversations", {"items": items})

        assert (status, code_of(error)) == (403, "policy.provider_id")
        assert here.sent == []


async def test_what_is_stored_is_read_and_deleted_whatever_was_spent(tmp_path: Path) -> None:
    """Nobody answers such a request: it costs nothing, counts once, and no budget keeps data."""
    budget = {"id": "b", "tokens": 150, "every": "month"}
    async with storing(tmp_path, budgets=(budget,)) as here:
        _, first = await said(here, f"I am {NAME}", store=True, max_output_tokens=30)
        refused = (0, None)
        while refused[0] != 429:
            refused = await said(here, "and tea", max_output_tokens=30)
        outcomes = [r.meta for r in here.records() if r.kind == "outcome" and r.meta]
        read, _ = await ask(here, "GET", f"/v1/responses/{first['id']}")
        gone, _ = await ask(here, "DELETE", f"/v1/responses/{first['id']}")
        last = [r.meta for r in here.records() if r.kind == "outcome" and r.meta][len(outcomes) :]

        assert code_of(refused[1]) == "budget.exceeded"
        assert (read, gone) == (200, 200)
        assert [each["usage"] for each in last] == [None, None]
        assert all("estimated_usd" not in each for each in last)
