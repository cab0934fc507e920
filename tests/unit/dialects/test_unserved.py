import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import anthropic
import openai
import pytest

from guardrail_gw.dialects.every import DIALECTS
from guardrail_gw.dialects.gemini_generate.address import OPERATIONS
from guardrail_gw.dialects.unserved import PATTERN, SURFACES, form, surface

_LISTED = {"/models", "/models/{model}", "/v1/models", "/v1/models/{model_id}"}
_SERVED = {path for dialect in DIALECTS for path in dialect.served}


def paths_of(client: object) -> Iterator[str]:
    """Every path in the source of a client's resources."""
    folder = Path(inspect.getfile(client)).parent / "resources"  # type: ignore[arg-type]  # a module
    for file in sorted(folder.rglob("*.py")):
        yield from re.findall(r'"(/[a-z_0-9]+[A-Za-z_0-9/{}:-]*)(?:\?[^"]*)?"', file.read_text())


@pytest.mark.parametrize("client", [openai, anthropic], ids=["openai", "anthropic"])
def test_every_path_of_a_client_is_served_or_refused_by_name(client: object) -> None:
    """Whatever the providers' own clients can ask for has an answer that says what it is."""
    paths = set(paths_of(client)) - _LISTED - _SERVED

    unknown = sorted(p for p in paths if not re.fullmatch(PATTERN, p.removeprefix("/")))

    assert len(paths) > 50
    assert unknown == []


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/v1/audio/transcriptions", "audio"),
        ("/v1/images/generations", "images"),
        ("/v1/files", "files"),
        ("/v1/files/file-1/content", "files"),
        ("/v1beta/files/abc", "files"),
        ("/upload/v1beta/files", "files"),
        ("/v1/batches", "batches"),
        ("/v1/messages/batches/b/results", "batches"),
        ("/v1/realtime", "realtime"),
        (
            "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent",
            "realtime",
        ),
        ("/openai/v1/moderations", "moderations"),
        ("/v1/threads/t/runs", "assistants"),
        ("/v1/fine_tuning/jobs", "fine_tuning"),
        ("/v1/vector_stores", "vector_stores"),
        ("/v1beta/cachedContents", "caches"),
        ("/v1/responses/resp_1", "stored"),
        ("/v1/conversations", "stored"),
        ("/v1/chat/completions/c/messages", "stored"),
        ("/v1beta/models/veo:predictLongRunning", "model_operations"),
        ("/v1beta/models/gemini:batchGenerateContent", "model_operations"),
    ],
)
def test_a_surface_has_its_name(path: str, name: str) -> None:
    """In refusals and records."""
    assert re.fullmatch(PATTERN, path.removeprefix("/"))
    assert surface(path) == name
    assert name in SURFACES


@pytest.mark.parametrize(
    "path", ["healthz", "metrics", "v1", "v1/chat", "v1/filesystem", "v2/files", "x"]
)
def test_other_paths_are_unknown(path: str) -> None:
    """A name that only begins like one is none."""
    assert re.fullmatch(PATTERN, path) is None


def test_what_is_served_is_not_refused_by_name() -> None:
    """Not even for a method that it does not take."""
    gemini = (f"/v1beta/models/gemini:{operation}" for operation in OPERATIONS)

    both = [p for p in (*_SERVED, *gemini) if re.fullmatch(PATTERN, p.partition("?")[0][1:])]

    assert both == []


@pytest.mark.parametrize(
    ("path", "headers", "dialect"),
    [
        ("/v1/files", {}, "openai_chat"),
        ("/v1/files", {"anthropic-version": "2023-06-01"}, "anthropic_messages"),
        ("/v1/files", {"x-goog-api-key": "k"}, "gemini_generate"),
        ("/v1beta/files", {}, "gemini_generate"),
        ("/upload/v1beta/files", {}, "gemini_generate"),
        ("/v1/cachedContents", {}, "gemini_generate"),
        ("/v1/messages/batches", {}, "anthropic_messages"),
        ("/anthropic/v1/files", {}, "anthropic_messages"),
        ("/v1/audio/speech", {}, "openai_chat"),
    ],
)
def test_the_refusal_has_the_caller_s_form(
    path: str, headers: dict[str, str], dialect: str
) -> None:
    """Told by path and headers, for three providers have files."""
    assert form(path, headers) == dialect
