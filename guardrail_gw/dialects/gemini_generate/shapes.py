"""What of a Gemini request is structure; everything else is scanned.

Source: Gemini API reference, "generateContent", "countTokens" and "embedContent"; Vertex AI
reference, "GenerateContentRequest", as read in 2026; recorded traffic.
"""

from typing import Any, Final

from guardrail_gw.core.body import Path
from guardrail_gw.core.feature import Feature
from guardrail_gw.dialects.gemini_generate import address
from guardrail_gw.dialects.gemini_generate.parts import content
from guardrail_gw.dialects.gemini_generate.schema import schema
from guardrail_gw.dialects.gemini_generate.spelling import folded, spelled
from guardrail_gw.dialects.gemini_generate.tools import tool
from guardrail_gw.dialects.steering import members
from guardrail_gw.dialects.walk import Shape, Walk, free, many, name, number, one_of, record
from guardrail_gw.errors import UnsupportedContent

_ELSEWHERE: Final = {
    "routingconfig": Feature.ROUTING,
    "modelselectionconfig": Feature.ROUTING,
    "modelarmorconfig": Feature.HOSTED_TOOLS,
    "mcpservers": Feature.HOSTED_TOOLS,
    "generationoutputconfig": Feature.STORAGE,
}
"""Members of a request or its settings, without case and underscores -> what they ask for."""
_CACHED: Final = "cachedcontent"
_NOTHING: Final[tuple[Any, ...]] = (None, False, "", [], {})


def _asking(shape: Shape) -> Shape:
    """An object whose members may ask for more than an answer."""

    def asking(walk: Walk, value: Any, path: Path, place: str) -> None:  # noqa: ANN401 - JSON
        if type(value) is dict:
            for key, member in value.items():
                feature = _ELSEWHERE.get(folded(key))
                if feature is not None and member not in _NOTHING:
                    walk.asked.setdefault(feature, f"{place}/{folded(key)}")
        shape(walk, value, path, place)

    return asking


def _seen(shape: Shape) -> Shape:
    """A request all of whose content is in it, with what its members ask for."""

    def seen(walk: Walk, value: Any, path: Path, place: str) -> None:  # noqa: ANN401 - JSON
        if type(value) is dict:
            if any(folded(key) == _CACHED and cached for key, cached in value.items()):
                raise UnsupportedContent(
                    f"what is cached under '{place}/cachedContent' was never seen here; "
                    "send it in `contents`"
                )
            for feature, at in members(value):
                walk.asked.setdefault(feature, f"{place}{at}")
        shape(walk, value, path, place)

    return _asking(seen)


def _model(walk: Walk, value: Any, path: Path, place: str) -> None:  # noqa: ANN401 - JSON
    """The path's model once more; each deployment has its own, so it is replaced."""
    if type(value) is not str:
        free(walk, value, path, place)


_SAFETY = record(
    {
        "category": one_of(
            *("HARM_CATEGORY_UNSPECIFIED", "HARM_CATEGORY_HARASSMENT"),
            *("HARM_CATEGORY_HATE_SPEECH", "HARM_CATEGORY_SEXUALLY_EXPLICIT"),
            *("HARM_CATEGORY_DANGEROUS_CONTENT", "HARM_CATEGORY_CIVIC_INTEGRITY"),
            *("HARM_CATEGORY_JAILBREAK", "HARM_CATEGORY_IMAGE_HATE"),
            *("HARM_CATEGORY_IMAGE_DANGEROUS_CONTENT", "HARM_CATEGORY_IMAGE_HARASSMENT"),
            "HARM_CATEGORY_IMAGE_SEXUALLY_EXPLICIT",
        ),
        "threshold": one_of(
            *("HARM_BLOCK_THRESHOLD_UNSPECIFIED", "BLOCK_LOW_AND_ABOVE", "BLOCK_MEDIUM_AND_ABOVE"),
            *("BLOCK_ONLY_HIGH", "BLOCK_NONE", "OFF"),
        ),
        "method": one_of("HARM_BLOCK_METHOD_UNSPECIFIED", "SEVERITY", "PROBABILITY"),
    }
)
_THINKING = record(
    spelled(
        {
            "includeThoughts": free,
            "thinkingBudget": number,
            "thinkingLevel": one_of(
                *("THINKING_LEVEL_UNSPECIFIED", "MINIMAL", "LOW", "MEDIUM", "HIGH", "XHIGH"),
                *("minimal", "low", "medium", "high", "xhigh"),
            ),
        }
    )
)
_VOICE = record(spelled({"prebuiltVoiceConfig": record(spelled({"voiceName": name}))}))
_SPEAKER = record(spelled({"speaker": free, "voiceConfig": _VOICE}))
_SPEECH = record(
    spelled(
        {
            "voiceConfig": _VOICE,
            "languageCode": name,
            "multiSpeakerVoiceConfig": record(spelled({"speakerVoiceConfigs": many(_SPEAKER)})),
        }
    )
)
_IMAGE = record(
    spelled(
        {
            "aspectRatio": one_of("1:1", "2:3", "3:2", "3:4", "4:3", "9:16", "16:9", "21:9"),
            "imageSize": one_of("1K", "2K", "4K"),
            "personGeneration": one_of("DONT_ALLOW", "ALLOW_ADULT", "ALLOW_ALL"),
        }
    )
)
_RESOLUTION = one_of(
    *(f"MEDIA_RESOLUTION_{level}" for level in ("UNSPECIFIED", "LOW", "MEDIUM", "HIGH"))
)
GENERATION = spelled(
    {
        "responseMimeType": one_of("text/plain", "application/json", "text/x.enum"),
        **dict.fromkeys(("responseSchema", "responseJsonSchema"), schema),
        "responseModalities": many(
            one_of("MODALITY_UNSPECIFIED", "TEXT", "IMAGE", "AUDIO", "VIDEO")
        ),
        "stopSequences": free,
        "thinkingConfig": _THINKING,
        "speechConfig": _SPEECH,
        "imageConfig": _IMAGE,
        "mediaResolution": _RESOLUTION,
        **dict.fromkeys(("candidateCount", "maxOutputTokens", "seed"), number),
        **dict.fromkeys(("temperature", "topP", "topK", "logprobs"), number),
        **dict.fromkeys(("presencePenalty", "frequencyPenalty"), number),
        **dict.fromkeys(("responseLogprobs", "audioTimestamp"), free),
        **dict.fromkeys(("enableEnhancedCivicAnswers", "responseFormat"), free),
        **dict.fromkeys(("routingConfig", "modelSelectionConfig"), free),
        **dict.fromkeys(("audioTranscriptionConfig", "translationConfig"), free),
        "generationOutputConfig": free,
    }
)
"""Members of `generationConfig`."""
_TOOL_CONFIG = record(
    spelled(
        {
            "functionCallingConfig": record(
                spelled(
                    {
                        "mode": one_of("MODE_UNSPECIFIED", "AUTO", "ANY", "NONE", "VALIDATED"),
                        "allowedFunctionNames": many(name),
                        "streamFunctionCallArguments": free,
                    }
                )
            ),
            "retrievalConfig": record(spelled({"latLng": free, "languageCode": name})),
            "includeServerSideToolInvocations": free,
        }
    )
)
GENERATE = spelled(
    {
        "model": _model,
        "contents": many(content),
        "systemInstruction": content,
        "tools": many(tool),
        "toolConfig": _TOOL_CONFIG,
        "safetySettings": many(_SAFETY),
        "generationConfig": _asking(record(GENERATION)),
        "cachedContent": free,
        "labels": free,
        "store": free,
        "serviceTier": one_of(
            *("UNSPECIFIED", "FLEX", "STANDARD", "PRIORITY"),
            *("unspecified", "flex", "standard", "priority"),
        ),
        "modelArmorConfig": free,
    }
)
"""Members of a request."""
_EMBED_SETTINGS = {
    "taskType": one_of(
        *("TASK_TYPE_UNSPECIFIED", "RETRIEVAL_QUERY", "RETRIEVAL_DOCUMENT"),
        *("SEMANTIC_SIMILARITY", "CLASSIFICATION", "CLUSTERING", "QUESTION_ANSWERING"),
        *("FACT_VERIFICATION", "CODE_RETRIEVAL_QUERY"),
    ),
    "title": free,
    "outputDimensionality": number,
    "autoTruncate": free,
}
_EMBED = spelled(
    {
        "model": _model,
        "content": content,
        **_EMBED_SETTINGS,
        "embedContentConfig": record(spelled(_EMBED_SETTINGS)),
    }
)
_REQUEST = _seen(record(GENERATE))
_REQUESTS: Final = {
    address.GENERATE: _REQUEST,
    address.STREAM: _REQUEST,
    address.COUNT: _seen(record({**GENERATE, **spelled({"generateContentRequest": _REQUEST})})),
    address.EMBED: _seen(record(_EMBED)),
    address.EMBED_MANY: _seen(record({"requests": many(_seen(record(_EMBED)))})),
}

SHOWN: Final = (
    frozenset(GENERATE)
    | frozenset(_EMBED)
    | {
        *("role", "parts", "text", "requests", "functionDeclarations", "inlineData", "fileData"),
        *("functionCall", "functionResponse", "args", "response", "name", "description"),
        *("generateContentRequest", "parameters", "thoughtSignature"),
    }
)
"""Names that may be shown in an error's pointer."""


def request(walk: Walk, body: dict[str, Any], operation: str) -> None:
    """Walk a whole request."""
    _REQUESTS[operation](walk, body, (), "")
