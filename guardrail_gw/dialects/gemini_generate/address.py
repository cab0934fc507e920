"""Where Gemini requests come in and go out: operation and model stand in the path.

Source: Gemini API reference, "generateContent", "countTokens" and "embedContent"; Vertex AI
reference, "projects.locations.publishers.models"; Google Cloud "System parameters" (`alt`, `key`),
all as read in 2026.
"""

import re
from typing import Final
from urllib.parse import parse_qsl, quote, unquote, urlencode

from guardrail_gw.core.exchange import Head
from guardrail_gw.errors import QueryRefused, UnknownModel

GENERATE: Final = "generateContent"
STREAM: Final = "streamGenerateContent"
COUNT: Final = "countTokens"
EMBED: Final = "embedContent"
EMBED_MANY: Final = "batchEmbedContents"
OPERATIONS: Final = (GENERATE, STREAM, COUNT, EMBED, EMBED_MANY)

_VERSION = r"(?:v1(?:beta1?)?/)?"
_OWNER = r"(?:(?:projects/[^/]+/locations/[^/]+/)?publishers/[^/]+/)?"
_RESOURCE = rf"{_OWNER}(?:models|tunedModels)/"
_OPERATION = f"(?:{'|'.join(OPERATIONS)})"
PATTERNS: Final = (f"{_VERSION}{_RESOURCE}.+:{_OPERATION}",)
"""Paths of clients, without the slash they begin with."""

_TARGET = re.compile(
    rf"/{_VERSION}(?P<resource>{_RESOURCE}.+):(?P<operation>{_OPERATION})", re.DOTALL
)
_MODEL = re.compile(rf"{_OWNER}models/(?P<name>.+)", re.DOTALL)
_FULL = re.compile(r"(?:models|tunedModels|publishers|projects|endpoints)/.+")
_ALT = re.compile(r"(?P<framing>json|sse)(?:;enum-encoding=int)?")
_ALTS: Final = ("alt", "$alt")


def read(target: str) -> Head:
    """Read what a client asked for besides its body.

    Args:
        target: path and query as sent; of the query only `alt` goes on.

    Raises:
        UnknownModel: no operation of a model.
        QueryRefused: an answer is asked for in a form that is not read here.
    """
    path, _, query = target.partition("?")
    match = _TARGET.fullmatch(_decoded(path))
    if match is None:
        raise UnknownModel("no such model or operation; GET /v1/models lists the models")
    operation = match["operation"]
    alt = _alt(query)
    if any(value.startswith("sse") for _, value in alt) and operation != STREAM:
        raise QueryRefused(f"'alt=sse' is for {STREAM}; leave it out")
    more = f"?{urlencode(alt)}" if alt else ""
    return Head(path=f":{operation}{more}", model=model_of(match["resource"]))


def operation_of(head: Head) -> str:
    """What is asked for; the most usual where nothing says."""
    return head.path[1:].partition("?")[0] or GENERATE


def is_array(target: str) -> bool:
    """Whether a stream is asked for as one JSON array instead of as events; refuses nothing."""
    path, _, query = target.partition("?")
    if not unquote(path).endswith(f":{STREAM}"):
        return False
    return not any(name in _ALTS and value.startswith("sse") for name, value in parse_qsl(query))


def query_key(target: str) -> str:
    """The key that stands in the query, if one does."""
    pairs = parse_qsl(target.partition("?")[2])
    return next((value for name, value in pairs if name == "key"), "")


def model_of(name: str) -> str:
    """The virtual model that the name of a resource stands for."""
    match = _MODEL.fullmatch(name)
    return name if match is None else match["name"]


def resource(model: str) -> str:
    """A model as providers name it: with its collection."""
    return model if _FULL.fullmatch(model) else f"models/{model}"


def address(head: Head, model: str) -> str:
    """Path and query at a provider for its own name of a model."""
    return f"/{quote(resource(model))}{head.path or f':{GENERATE}'}"


def _alt(query: str) -> list[tuple[str, str]]:
    pairs = [(name, value) for name, value in parse_qsl(query) if name in _ALTS]
    if len(pairs) > 1 or not all(_ALT.fullmatch(value) for _, value in pairs):
        raise QueryRefused("'alt' must be json or sse, and be said once")
    return pairs


def _decoded(path: str) -> str:
    try:
        return unquote(path, errors="strict")
    except UnicodeDecodeError:
        raise UnknownModel("the path is not UTF-8") from None
