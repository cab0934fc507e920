import base64
from typing import Any

import pytest

from guardrail_gw.core.feature import Feature
from guardrail_gw.errors import OperationRefused
from tests.support.responses import RESPONSES, body, seen

SEAL = base64.urlsafe_b64encode(bytes(range(128, 256)) * 2).decode()
IMAGE = "data:image/png;base64," + base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(300)).decode()
NAME = "Anna Schmidt"
HEX = "0123456789abcdef" * 3 + "01"
CALL = {"type": "function_call", "call_id": "call_jYdIdRZHxZTn5bWCq5jlMrJi", "name": "f"}
OUTPUT = {"type": "function_call_output", "call_id": "call_jYdIdRZHxZTn5bWCq5jlMrJi"}


def part(**more: Any) -> dict[str, Any]:
    """A message with one part."""
    return {"role": "user", "content": [more]}


@pytest.mark.parametrize(
    "item",
    [
        {"role": "user", "content": NAME},
        {"role": "developer", "content": NAME},
        {"role": "later", "content": NAME},
        {"type": "message", "role": "user", "content": [{"type": "input_text", "text": NAME}]},
        part(type="output_text", text=NAME, annotations=[]),
        part(type="refusal", refusal=NAME),
        part(type="output_text", text="x", annotations=[{"type": "url_citation", "title": NAME}]),
        part(type="output_text", text="x", annotations=[{"type": "url_citation", "url": NAME}]),
        part(type="output_text", text="x", annotations=[{"type": "file_path", "file_id": NAME}]),
        part(type="output_text", text="x", logprobs=[{"token": NAME}]),
        part(type="input_file", filename=NAME),
        part(type="input_image", detail=NAME),
        part(type="input_text", text="x", prompt_cache_breakpoint={"mode": NAME}),
        part(type="later", words=[NAME]),
        part(type=NAME),
        {"type": "reasoning", "summary": [{"type": "summary_text", "text": NAME}]},
        {"type": "reasoning", "content": [{"type": "reasoning_text", "text": NAME}]},
        {"type": "reasoning", "summary": [], "encrypted_content": NAME},
        {"type": "compaction", "encrypted_content": NAME},
        {**CALL, "arguments": f'{{"to": "{NAME}"}}'},
        {**CALL, "arguments": f'{{"{NAME}": 1}}'},
        {**CALL, "arguments": NAME},
        {**CALL, "name": NAME},
        {**CALL, "namespace": NAME},
        {**CALL, "call_id": NAME},
        {**CALL, "id": NAME},
        {**CALL, "status": NAME},
        {**CALL, "caller": {"type": "program", "caller_id": NAME}},
        {**OUTPUT, "output": NAME},
        {**OUTPUT, "output": f'[{{"who": "{NAME}"}}]'},
        {**OUTPUT, "output": [{"type": "input_text", "text": NAME}]},
        {"type": "custom_tool_call", "name": "f", "input": NAME},
        {"type": "custom_tool_call_output", "output": NAME},
        {"type": "local_shell_call", "action": {"command": ["grep", NAME]}},
        {"type": "local_shell_call", "action": {"env": {NAME: "x"}}},
        {"type": "local_shell_call_output", "output": NAME},
        {"type": "shell_call", "action": {"commands": [NAME]}},
        {"type": "shell_call_output", "output": [{"stdout": NAME, "stderr": ""}]},
        {"type": "shell_call_output", "output": [{"outcome": {"type": NAME}}]},
        {"type": "apply_patch_call", "operation": {"type": "create_file", "path": NAME}},
        {"type": "apply_patch_call_output", "output": NAME},
        {"type": "computer_call", "action": {"type": "type", "text": NAME}},
        {"type": "web_search_call", "action": {"type": "search", "query": NAME}},
        {"type": "file_search_call", "queries": [NAME]},
        {"type": "file_search_call", "results": [{"attributes": {"author": NAME}}]},
        {"type": "code_interpreter_call", "code": NAME},
        {"type": "code_interpreter_call", "outputs": [{"type": "logs", "logs": NAME}]},
        {"type": "code_interpreter_call", "container_id": NAME},
        {"type": "mcp_call", "arguments": "{}", "output": NAME},
        {"type": "mcp_call", "error": {"type": "http_error", "message": NAME}},
        {"type": "mcp_list_tools", "tools": [{"description": NAME}]},
        {"type": "mcp_approval_response", "reason": NAME},
        {"type": "tool_search_call", "arguments": {"queries": [NAME]}},
        {"type": "program", "code": NAME, "fingerprint": SEAL},
        {"type": "program", "code": "x", "fingerprint": NAME},
        {"type": "program_output", "result": NAME},
        {"type": "image_generation_call", "revised_prompt": NAME},
        {"type": "message", "id": NAME},
        {"type": "configuration_update", "text": {"format": {"name": NAME}}},
        {"type": "nobody_knows", "deep": {"er": [NAME]}},
        {"type": NAME},
        {"type": "message", "phase": NAME},
        {"type": "message", NAME: 1},
    ],
)
def test_a_name_in_any_item_is_seen(item: Any) -> None:
    """Wherever in an item somebody is named, it is a segment."""
    assert NAME in seen(body([item]))


@pytest.mark.parametrize(
    "item",
    [
        {"type": "reasoning", "summary": [], "encrypted_content": SEAL},
        {"type": "compaction", "encrypted_content": SEAL},
        {"type": "program", "fingerprint": SEAL},
    ],
)
def test_what_the_provider_sealed_passes_as_it_is(item: Any) -> None:
    """Encrypted reasoning is neither scanned nor taken for an attachment."""
    question = RESPONSES.parse(body([item]))

    assert SEAL not in {s.text for s in question.segments}
    assert question.attachments == ()


@pytest.mark.parametrize(
    "content", [b"Anna Schmidt lives in Berlin. " * 9, b"\x89PNG\r\n\x1a\n" + bytes(300)]
)
def test_what_can_be_read_is_no_seal(content: bytes) -> None:
    """Text or a picture in base64 in the place of a seal is content like any other."""
    value = base64.b64encode(content).decode()

    question = RESPONSES.parse(body([{"type": "reasoning", "encrypted_content": value}]))

    assert [a.media for a in question.attachments] == ["base64"]


@pytest.mark.parametrize(
    ("item", "media"),
    [
        (part(type="input_image", image_url=IMAGE), "image"),
        (part(type="input_image", image_url="https://a.example/b.png"), "image"),
        (part(type="input_image", file_id="file_1"), "image"),
        (part(type="later", image_url={"url": "https://a.example"}), "image"),
        (part(type="input_file", file_data=IMAGE, filename="a.pdf"), "file"),
        (part(type="input_file", file_url="https://a.example/a.pdf"), "file"),
        (part(type="input_file", file_id="file_1"), "file"),
        (part(type="input_audio", input_audio={"data": "x"}), "audio"),
        (part(type="output_text", text="x", logprobs=[{"token": "An"}]), "logprobs"),
        ({**OUTPUT, "output": [{"type": "input_image", "image_url": IMAGE}]}, "image"),
        (
            {"type": "computer_call_output", "output": {"type": "computer_screenshot"}},
            "image",
        ),
        (
            {"type": "code_interpreter_call", "outputs": [{"type": "image", "url": "https://a"}]},
            "image",
        ),
        ({"type": "image_generation_call", "id": "ig_1"}, "image"),
        ({"type": "image_generation_call", "result": "iVBO"}, "image"),
    ],
)
def test_what_cannot_be_scanned_is_an_attachment(item: Any, media: str) -> None:
    """Pictures, files and names in tokens are refused unless the policy allows them."""
    attachments = RESPONSES.parse(body([item])).attachments

    assert attachments[0].media == media
    assert attachments[0].place.startswith("/input/0")


@pytest.mark.parametrize(
    ("item", "place"),
    [
        (part(type="input_file", file_id="file_1"), "/input/0/content/0/file_id"),
        (part(type="input_image", file_id="file_1"), "/input/0/content/0/file_id"),
        (
            part(type="input_text", text="x", prompt_cache_breakpoint={"ttl": "12h"}),
            "/input/0/content/0/prompt_cache_breakpoint",
        ),
    ],
)
def test_what_the_provider_keeps_is_storage(item: Any, place: str) -> None:
    """A file that is only named is known to the provider alone."""
    assert RESPONSES.parse(body([item])).features == {Feature.STORAGE: place}


@pytest.mark.parametrize(
    "reference",
    [
        {"type": "item_reference", "id": f"msg_{HEX}"},
        {"type": "item_reference"},
        {"type": None, "id": f"msg_{HEX}"},
        {"ID": f"msg_{HEX}"},
    ],
)
def test_an_item_that_may_be_another_s_is_refused(reference: Any) -> None:
    """All keys share the provider's account, which would read it to whoever knows its name."""
    with pytest.raises(OperationRefused) as refused:
        RESPONSES.parse(body([{"role": "user", "content": "x"}, reference]))

    assert refused.value.code == "operation.stateful"
    assert HEX not in refused.value.detail


def test_structure_is_not_scanned() -> None:
    """Types, ids that a provider made and settings are no text."""
    message = {
        "type": "message",
        "id": f"msg_{HEX}",
        "role": "assistant",
        "status": "completed",
        "phase": "final_answer",
        "content": [{"type": "output_text", "text": "done", "annotations": [], "logprobs": []}],
    }
    call = {**CALL, "id": f"fc_{HEX}", "arguments": "{}", "status": "completed"}

    texts = seen(body([message, call, {**OUTPUT, "output": ""}]))

    assert texts.keys() == {"done", "f"}


def test_ids_are_looked_at_before_sending() -> None:
    """Ids that are taken for structure are among the texts of the residual check."""
    question = RESPONSES.parse(body([{"role": "user", "id": f"msg_{HEX}", "content": "x"}]))

    assert (f"msg_{HEX}", "/input/0/id") in RESPONSES.leaves(question)
