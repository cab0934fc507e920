"""Where clients ask: the paths of operations behind the prefixes that base URLs put before them.

Source: base URLs that providers and clients document, as read in 2026: `/v1`, none at all
(litellm), `/openai/v1` (Groq, Azure OpenAI), `/openai` and `/openai/deployments/{name}` (clients of
Azure OpenAI), `/anthropic/v1` (DeepSeek, Moonshot, MiniMax), `/v1` and `/v2` (Cohere, whose paths
mean another body in each).
"""

import re
from collections.abc import Collection
from typing import Final
from urllib.parse import unquote

from guardrail_gw.errors import SurfaceNotServed

_OPENAI: Final = ("/v1", "", "/openai/v1", "/openai")
_ANTHROPIC: Final = ("/v1", "", "/anthropic/v1")
_PREFIX: Final = re.compile(r"(?:/(?:openai|anthropic))?/v1(?=/)|/openai(?=/)")
_DEPLOYMENT: Final = re.compile(r"/openai/deployments/([^/]+)(/.+)", re.DOTALL)
"""Azure OpenAI's paths, as its clients make them: the deployment, and the operation."""
_HOST: Final = re.compile(r"\A[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*")
"""What a request's target begins with where it is a whole address (RFC 9112, 3.2.2)."""
_BEHIND: Final = re.compile(r"[?#]")
"""What ends a path."""


MODELS: Final = (
    "/v1/models",
    "/v1/models/",
    "/openai/v1/models",
    "/anthropic/v1/models",
    "/models",
)
"""Where models are listed."""


def openai(*operations: str) -> tuple[str, ...]:
    """Every path on which OpenAI's clients ask for these, `/v1` first."""
    return _spelled(_OPENAI, operations)


def of_azure(operation: str) -> tuple[str, ...]:
    """The pattern of Azure's path for an operation, without the slash it begins with."""
    return (rf"openai/deployments/[^/]+{operation}/?",)


def deployment(target: str) -> str:
    """The deployment that a path of Azure's names, as it was typed; empty for any other path."""
    if "%" not in target and "/deployments/" not in target:  # as nearly always
        return ""
    path = unquote(_BEHIND.split(_HOST.sub("", target), maxsplit=1)[0])
    match = _DEPLOYMENT.fullmatch(path)
    return match[1] if match else ""


def anthropic(*operations: str) -> tuple[str, ...]:
    """Every path on which Anthropic's clients ask for these, `/v1` first."""
    return _spelled(_ANTHROPIC, operations)


def cohere(version: str, operation: str) -> tuple[str, ...]:
    """Every path on which Cohere's clients ask for this, with its version, which says its form."""
    return _spelled((version, f"/cohere{version}"), (operation,))


def operation(target: str, operations: Collection[str]) -> str:
    """Which of these is asked for; nothing of what a client wrote is in it.

    Args:
        target: path and query as sent: escaped in whatever way, or a whole address.
        operations: those of the dialect, such as `/messages/count_tokens`.

    Raises:
        SurfaceNotServed: none of them.
    """
    path = unquote(_BEHIND.split(_HOST.sub("", target), maxsplit=1)[0]).rstrip("/")
    asked = _PREFIX.sub("", path, count=1) if _PREFIX.match(path) else path
    if asked not in operations:
        raise SurfaceNotServed("nothing is served on this path")
    return asked


def bare(target: str) -> str:
    """Path and query of a target as sent, the path without version, escapes and a slash at its end.

    Args:
        target: path and query: escaped in whatever way, or a whole address.
    """
    path, _, query = _HOST.sub("", target).partition("#")[0].partition("?")
    plain = unquote(path).rstrip("/")
    return f"{_PREFIX.sub('', plain, count=1)}?{query}"


def _spelled(prefixes: tuple[str, ...], operations: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(
        f"{prefix}{operation}{end}"
        for end in ("", "/")
        for prefix in prefixes
        for operation in operations
    )
