"""What providers serve beside and this gateway does not: content that nothing here scans.

Recordings, pictures, files, and requests that a provider carries out later or keeps. None of it is
passed on. Each has a name, so that a refusal and its record say what was asked for.

Source: API references of OpenAI, Anthropic and Google, and the paths in their clients for Python
(openai 3.57, anthropic 2.14, google-genai 3.6), as read in 2026.
"""

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import unquote

from guardrail_gw.dialects.anthropic_messages.head import VERSION
from guardrail_gw.dialects.gemini_generate.address import OPERATIONS

SURFACES: Final[Mapping[str, tuple[str, ...]]] = {
    "audio": ("audio",),
    "images": ("images",),
    "videos": ("videos",),
    "files": ("files", "uploads", r"upload/.+"),
    "batches": ("batches", "messages/batches", "batchPredictionJobs", r"chat/completions/batch"),
    "realtime": ("realtime", "live", "auth_tokens", r"ws/.+"),
    "moderations": ("moderations",),
    "assistants": ("assistants", "threads", "agents", "sessions", "chatkit", "interactions"),
    "fine_tuning": ("fine_tuning", "fine-tunes", "tuningJobs", "tunedModels"),
    "vector_stores": ("vector_stores", "fileSearchStores", "ragStores", "corpora"),
    "caches": ("cachedContents",),
    "stored": (
        *("conversations", "operations", r"chat/completions/[^/]+"),
        r"responses/(?!(?:compact|input_tokens)/?$)[^/]+",
    ),
    "environments": (
        *("containers", "environments", "deployments", "deployment_runs", "dreams", "vaults"),
        *("memory_stores", "tunnels"),
    ),
    "evaluations": ("evals", "decisions", "content_provenance_checks"),
    "skills": ("skills", "plugins"),
    "administration": (
        *("organization", "organizations", "projects", "compliance", "user_profiles"),
        *("oauth", "tags", "safety", "webhooks", "webhook_endpoints", "webhook_event_types"),
    ),
    "legacy": ("complete", "edits", "engines", "answers", "classifications", "search"),
    "model_operations": (
        rf"(?:publishers/[^/]+/)?(?:models|dynamic)/.+:(?!(?:{'|'.join(OPERATIONS)})$)[A-Za-z]+",
    ),
}
"""Name -> what the paths of it are, behind a version: the first step, or a pattern."""

WHY: Final[Mapping[str, str]] = {
    "realtime": "a conversation in sound, which cannot be scanned while it is spoken; write down "
    "what is said (/v1/audio/transcriptions, if the policy opens it) and send the text",
}
"""Name -> why it is not passed on, where there is more to say than that nothing scans it."""

_VERSION: Final = r"(?:(?:openai/|anthropic/)?v1(?:alpha|beta1?)?/|openai/)?"
_STEPS: Final = {name: "|".join(steps) for name, steps in SURFACES.items()}
PATTERN: Final = rf"{_VERSION}(?:{'|'.join(_STEPS.values())})(?:[/:].*)?"
"""Of every path, without the slash it begins with."""
_GROUPS: Final = "|".join(f"(?P<{name}>{steps})" for name, steps in _STEPS.items())
_NAMED: Final = re.compile(rf"/{_VERSION}(?:{_GROUPS})(?:[/:].*)?", re.DOTALL)
_GOOGLE_PATH: Final = re.compile(
    r"/(?:v1(?:alpha|beta1?)/|upload/|ws/|.*[a-z][A-Z]|.*models/.+:)", re.DOTALL
)
_MESSAGES_PATH: Final = re.compile(r"/anthropic/|/(?:v1/)?messages/")


def surface(path: str) -> str:
    """The name of what a path is of; the path is one that the pattern matches."""
    match = _NAMED.fullmatch(path)
    return (match and match.lastgroup) or "model_operations"


def form(path: str, headers: Mapping[str, str]) -> str:
    """The dialect whose clients ask there, so that they can read the refusal.

    Args:
        path: as sent, without its query.
        headers: by names without case.
    """
    if "x-goog-api-key" in headers or _GOOGLE_PATH.match(unquote(path)):
        return "gemini_generate"
    if VERSION in headers or _MESSAGES_PATH.match(path):
        return "anthropic_messages"
    return "openai_chat"
