"""Whether the answer to a request can be gone on with by somebody else, by what is asked for."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from guardrail_gw.core.exchange import Redacted
from guardrail_gw.dialects.translation.translate import SPOKES, is_translated

_TEXT: Final = (None, "text", "text/plain")
_PROVIDERS: Final = tuple(SPOKES)


def obstacle(redacted: Redacted, members: Mapping[str, Any]) -> str | None:
    """Why the answer cannot be gone on with; None if it can, as far as the request says.

    Args:
        redacted: the request.
        members: the top-level members of its body.
    """
    question, envelope = redacted.inbound.question, redacted.envelope
    if question.dialect not in SPOKES or not _is_answered(question.dialect, redacted):
        return "it asks for no answer that is a text"
    if question.recall is not None or redacted.stored or question.once:
        return "the provider keeps it"
    if envelope.between or envelope.lines or envelope.is_form:
        return "it asks for more than one answer"
    return _OBSTACLES[question.dialect](members)


def _is_answered(dialect: str, redacted: Redacted) -> bool:
    head = redacted.inbound.question.head
    other = next(each for each in _PROVIDERS if each != dialect)
    is_post = head.method == "POST"
    return is_post and redacted.inbound.question.stream and is_translated(dialect, other, head)


def _chat(members: Mapping[str, Any]) -> str | None:
    if members.get("n") not in (None, 1):
        return "it asks for more than one answer"
    if members.get("logprobs"):
        return "it asks for probabilities"
    return _of_format(members.get("response_format"))


def _messages(members: Mapping[str, Any]) -> str | None:
    config = members.get("output_config")
    config = config if isinstance(config, dict) else {}
    return _of_format(config.get("format", members.get("output_format")))


def _responses(members: Mapping[str, Any]) -> str | None:
    text = members.get("text")
    included = members.get("include") or ()
    if members.get("top_logprobs") or "message.output_text.logprobs" in included:
        return "it asks for probabilities"
    if members.get("background"):
        return "the provider keeps it"
    return _of_format(text.get("format") if isinstance(text, dict) else None)


def _gemini(members: Mapping[str, Any]) -> str | None:
    """The names are those of JSON and of proto."""
    config = members.get("generationConfig", members.get("generation_config"))
    said = {name.replace("_", "").lower(): v for name, v in (config or {}).items()}
    if said.get("candidatecount") not in (None, 1):
        return "it asks for more than one answer"
    if said.get("responselogprobs"):
        return "it asks for probabilities"
    schemas = ("responseschema", "responsejsonschema", "responseformat")
    if said.get("responsemimetype") not in _TEXT or any(said.get(name) for name in schemas):
        return "its answer has a structure"
    return None


def _of_format(value: Any) -> str | None:  # noqa: ANN401 - JSON
    kind = value.get("type") if isinstance(value, dict) else value
    return None if kind in _TEXT else "its answer has a structure"


_OBSTACLES: Final[Mapping[str, Callable[[Mapping[str, Any]], str | None]]] = {
    "openai_chat": _chat,
    "anthropic_messages": _messages,
    "openai_responses": _responses,
    "gemini_generate": _gemini,
}
