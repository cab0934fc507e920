"""Contents of a Gemini request, read into the hub's turns.

Source: Gemini API reference, "Content", "Part" and "FunctionResponse"; Vertex AI reference, "Part",
as read in 2026.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from guardrail_gw.dialects.gemini_generate.parts import is_kept
from guardrail_gw.dialects.translation.gemini_generate.calls import Pairing
from guardrail_gw.dialects.translation.gemini_generate.members import base64, members
from guardrail_gw.dialects.translation.gemini_generate.unsigned import UNSIGNED
from guardrail_gw.dialects.translation.hub import Call, Media, Part, Result, Text, Turn
from guardrail_gw.dialects.translation.losses import (
    Losses,
    Untranslatable,
    entries,
    media_type_of,
    text,
    typed,
)

_PART: Final = "contents[].parts[]."
_SIGNATURE: Final = "thoughtSignature"
_DATA: Final = ("text", "inlineData", "fileData", "functionCall", "functionResponse")
_KNOWN: Final = frozenset({*_DATA, "thought"})
_DROPPED: Final = frozenset({"mediaResolution", "partMetadata", _SIGNATURE})
_REFUSED: Final = frozenset(
    {"executableCode", "codeExecutionResult", "toolCall", "toolResponse", "videoMetadata"}
    | {"audioTranscription"}
)
_USERS: Final = (None, "", "user", "function", "tool")
_SENSES: Final = ("audio", "video")
"""First parts of media types that no other dialect takes in a conversation."""


def turns(contents: list[Any], losses: Losses) -> Iterator[Turn]:
    """The turns, neighbours of one side joined.

    Raises:
        Untranslatable: they hold what only this dialect has.
    """
    reading = _Reading(losses)
    side, parts = False, list[Part]()
    for content in contents:
        said = members(content, "contents[].", {"role", "parts"}, (), (), losses)
        is_model = _is_model(said.get("role"))
        if is_model != side:
            if parts:
                yield Turn(is_model=side, parts=tuple(parts))
            parts = []
            reading.begin(is_model=is_model)
        side = is_model
        for part in entries(said, "parts", "contents[].parts"):
            parts += reading.part(part)
    if parts:
        yield Turn(is_model=side, parts=tuple(parts))


def instructions(content: Any, losses: Losses) -> Iterator[str]:  # noqa: ANN401 - JSON
    """The texts of the system's instruction.

    Raises:
        Untranslatable: it holds something else.
    """
    if content is None:
        return
    said = members(content, "systemInstruction.", {"role", "parts"}, (), (), losses)
    for part in entries(said, "parts", "systemInstruction.parts"):
        for read in _Reading(losses).part(part):
            if not isinstance(read, Text):
                raise Untranslatable("systemInstruction")
            yield read.text


def _is_model(role: Any) -> bool:  # noqa: ANN401 - JSON
    if role != "model" and role not in _USERS:
        raise Untranslatable("contents[].role")
    return bool(role == "model")


@dataclass(slots=True)
class _Reading:
    """Reads the parts of one conversation in their order."""

    losses: Losses
    _pairing: Pairing = field(default_factory=Pairing)
    _is_model: bool = False

    def begin(self, *, is_model: bool) -> None:
        """The other side has its turn."""
        self._is_model = is_model
        if is_model:
            self._pairing.begin()

    def part(self, part: Any) -> Iterator[Part]:  # noqa: ANN401 - JSON
        """What a part says; a thought says nothing to another model."""
        said = members(part, _PART, _KNOWN, _DROPPED, _REFUSED, losses := Losses())
        if said.get(_SIGNATURE) == UNSIGNED:  # nobody's, and nothing is lost
            losses.members.discard(_PART + _SIGNATURE)
        self.losses.members |= losses.members
        kinds = [name for name in _DATA if name in said]
        if len(kinds) > 1:
            raise Untranslatable("contents[].parts[] of several kinds")
        if said.get("thought") is True:
            self.losses.note(_PART + "thought")
        elif kinds:
            yield from self._of_kind(kinds[0], said[kinds[0]])

    def _of_kind(self, kind: str, value: Any) -> Iterator[Part]:  # noqa: ANN401 - JSON
        match kind:
            case "text":
                if typed(value, str, _PART + kind):
                    yield Text(text=value)
            case "functionCall" if self._is_model:
                yield self._call(value)
            case "functionResponse" if not self._is_model:
                yield self._result(value)
            case "inlineData" | "fileData":
                yield _media(kind, value, self.losses)
            case _:
                raise Untranslatable(f"{_PART}{kind} of the other side")

    def _call(self, value: Any) -> Call:  # noqa: ANN401 - JSON
        where, refused = _PART + "functionCall.", ("partialArgs", "willContinue")
        said = members(value, where, {"id", "name", "args"}, (), refused, self.losses)
        name = typed(said.get("name"), str, where + "name")
        return Call(
            id=self._pairing.call(text(said, "id", where + "id") or "", name),
            name=name,
            arguments=typed(said.get("args", {}), dict, where + "args"),
        )

    def _result(self, value: Any) -> Result:  # noqa: ANN401 - JSON
        where, known = _PART + "functionResponse.", {"id", "name", "response", "parts"}
        said = members(value, where, known, {"scheduling"}, ("willContinue",), self.losses)
        name = typed(said.get("name"), str, where + "name")
        response = typed(said.get("response", {}), dict, where + "response")
        shown = tuple(self._shown(part) for part in entries(said, "parts", where + "parts"))
        return Result(
            id=self._pairing.result(text(said, "id", where + "id") or "", name),
            parts=(*_output(response), *shown),
            failed="error" in response,
        )

    def _shown(self, part: Any) -> Media:  # noqa: ANN401 - JSON
        where = _PART + "functionResponse.parts[]."
        said = members(part, where, {"inlineData", "fileData"}, (), (), self.losses)
        if len(said) != 1:
            raise Untranslatable(f"{where}(a part that shows nothing)")
        ((kind, value),) = said.items()
        return _media(kind, value, self.losses)


def _output(response: Mapping[str, Any]) -> Iterator[Text]:
    """What a result says: the output or the error, where nothing else is said, and else all."""
    (name, value), *more = response.items() if response else [("", "")]
    if more or name not in ("output", "error", ""):
        value = response
    if type(value) is not str:
        value = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    if value:
        yield Text(text=value)


def _media(kind: str, value: Any, losses: Losses) -> Media:  # noqa: ANN401 - JSON
    where = f"{_PART}{kind}."
    known = {"mimeType", "displayName", "data" if kind == "inlineData" else "fileUri"}
    said = members(value, where, known, (), (), losses)
    written = typed(said.get("mimeType"), str, where + "mimeType")
    media_type = media_type_of(written, where + "mimeType")
    sense = media_type.partition("/")[0]
    if sense in _SENSES:
        raise Untranslatable(where + "mimeType")
    named = {
        "kind": "image" if sense == "image" else "file",
        "name": text(said, "displayName", where + "displayName") or "",
    }
    if kind == "inlineData":
        data = base64(typed(said.get("data"), str, where + "data"), where + "data")
        return Media(media_type=media_type, data=data, **named)
    address = typed(said.get("fileUri"), str, where + "fileUri")
    if is_kept(address):
        raise Untranslatable(f"{where}fileUri of a file at the provider")
    return Media(media_type=media_type, url=address, **named)
