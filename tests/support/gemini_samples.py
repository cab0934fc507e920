"""Requests of the Gemini dialect, one for each member that a translation meets."""

from collections.abc import Mapping
from typing import Any, Final

STRICT: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {"a": {"type": "string"}},
    "required": ["a"],
    "additionalProperties": False,
}
"""A schema that everybody keeps to in full."""
BASE: Final[dict[str, Any]] = {"contents": [{"role": "user", "parts": [{"text": "a"}]}]}
_CALL = {"functionCall": {"name": "f", "args": {"a": 1}}}
_GAVE = {"functionResponse": {"name": "f", "response": {"output": "r"}}}
_PNG = {"mimeType": "image/png", "data": "iVBORw0KGgo="}
_PDF = {"mimeType": "application/pdf", "data": "JVBERi0="}
_FUNCTION = {"name": "f", "parameters": {"type": "OBJECT", "properties": {"a": {"type": "STRING"}}}}
OFFERED: Final[dict[str, Any]] = {"tools": [{"functionDeclarations": [_FUNCTION]}]}


def _user(*parts: Any) -> dict[str, Any]:
    return {"contents": [{"role": "user", "parts": list(parts)}]}


def _model(*parts: Any) -> dict[str, Any]:
    return {"contents": [*BASE["contents"], {"role": "model", "parts": list(parts)}]}


def _answered(**result: Any) -> dict[str, Any]:
    gave = {"functionResponse": {**_GAVE["functionResponse"], **result}}
    return {"contents": [*_model(_CALL)["contents"], {"role": "user", "parts": [gave]}]}


def _file(uri: str, kind: str = "image/png") -> dict[str, Any]:
    return _user({"fileData": {"fileUri": uri, "mimeType": kind}})


def _config(**settings: Any) -> dict[str, Any]:
    return {"generationConfig": settings}


def _function(**more: Any) -> dict[str, Any]:
    return {"tools": [{"functionDeclarations": [{"name": "f", **more}]}]}


def _calling(**config: Any) -> dict[str, Any]:
    return {**OFFERED, "toolConfig": {"functionCallingConfig": config}}


SAMPLES: Final[Mapping[str, dict[str, Any]]] = {
    "systemInstruction": {"systemInstruction": {"parts": [{"text": "s"}]}},
    "model": {"model": "models/m"},
    "contents[] of system": {"contents": [{"role": "system", "parts": [{"text": "s"}]}]},
    "contents[].parts[].text": _user({"text": "x"}, {"text": "y"}),
    "contents[].parts[].thought": _model({"text": "x", "thought": True}, {"text": "y"}),
    "contents[].parts[].thoughtSignature": _model({"text": "y", "thoughtSignature": "AAAA"}),
    "contents[].parts[].inlineData, image": _user({"inlineData": _PNG}),
    "contents[].parts[].inlineData, PDF": _user({"inlineData": _PDF}),
    "contents[].parts[].inlineData, sound or film": _user(
        {"inlineData": {"mimeType": "audio/wav", "data": "UklG"}}
    ),
    "contents[].parts[].fileData, image by address": _file("https://example.org/a.png"),
    "contents[].parts[].fileData, PDF by address": _file(
        "https://example.org/a.pdf", "application/pdf"
    ),
    "contents[].parts[].fileData, kept": _file("gs://bucket/a.png"),
    "contents[].parts[].mediaResolution": _user(
        {"inlineData": _PNG, "mediaResolution": {"level": "MEDIA_RESOLUTION_LOW"}}
    ),
    "contents[].parts[].videoMetadata": _user({"inlineData": _PNG, "videoMetadata": {"fps": 1}}),
    "contents[].parts[].partMetadata": _user({"text": "x", "partMetadata": {"a": "b"}}),
    "contents[].parts[].functionCall": _model(_CALL, _CALL),
    "contents[].parts[].functionCall in pieces": _model(
        {"functionCall": {"name": "f", "willContinue": True}}
    ),
    "contents[].parts[].functionResponse": _answered(),
    "contents[].parts[].functionResponse of no call": _user(_GAVE),
    "contents[].parts[].functionResponse of an error": _answered(response={"error": "e"}),
    "contents[].parts[].functionResponse with an image": _answered(parts=[{"inlineData": _PNG}]),
    "contents[].parts[].functionResponse.scheduling": _answered(scheduling="SILENT"),
    "contents[].parts[].executableCode": _model(
        {"executableCode": {"language": "PYTHON", "code": "1"}}
    ),
    "contents[].parts[].toolCall": _model({"toolCall": {"toolType": "GOOGLE_SEARCH_WEB"}}),
    "tools[].functionDeclarations": OFFERED,
    "tools[].functionDeclarations[].parametersJsonSchema": _function(
        parametersJsonSchema={"type": "object"}
    ),
    "tools[].functionDeclarations[].response": _function(response={"type": "STRING"}),
    "tools[].functionDeclarations[].behavior": _function(behavior="NON_BLOCKING"),
    "tools[].googleSearch": {"tools": [{"googleSearch": {}}]},
    "tools[].codeExecution": {"tools": [{"codeExecution": {}}]},
    "tools[].urlContext": {"tools": [{"urlContext": {}}]},
    "tools[].computerUse": {"tools": [{"computerUse": {"environment": "ENVIRONMENT_BROWSER"}}]},
    "toolConfig.functionCallingConfig.mode": _calling(mode="ANY"),
    "toolConfig.functionCallingConfig.mode, VALIDATED": _calling(mode="VALIDATED"),
    "toolConfig.functionCallingConfig.allowedFunctionNames": _calling(
        mode="ANY", allowedFunctionNames=["f"]
    ),
    "toolConfig.functionCallingConfig.streamFunctionCallArguments": _calling(
        streamFunctionCallArguments=True
    ),
    "toolConfig.retrievalConfig": {"toolConfig": {"retrievalConfig": {"languageCode": "de"}}},
    "toolConfig.includeServerSideToolInvocations": {
        "toolConfig": {"includeServerSideToolInvocations": True}
    },
    "generationConfig.maxOutputTokens": _config(maxOutputTokens=5),
    "generationConfig.temperature": _config(temperature=0.5),
    "generationConfig.temperature above 1": _config(temperature=1.5),
    "generationConfig.topP": _config(topP=0.5),
    "generationConfig.topP beside a temperature": _config(topP=0.5, temperature=0.5),
    "generationConfig.topK": _config(topK=5),
    "generationConfig.stopSequences": _config(stopSequences=["x"]),
    "generationConfig.stopSequences, more than four": _config(stopSequences=list("abcde")),
    "generationConfig.seed": _config(seed=5),
    "generationConfig.presencePenalty": _config(presencePenalty=0.5),
    "generationConfig.frequencyPenalty": _config(frequencyPenalty=0.5),
    "generationConfig.candidateCount": _config(candidateCount=2),
    "generationConfig.responseLogprobs": _config(responseLogprobs=True, logprobs=2),
    "generationConfig.logprobs": _config(responseLogprobs=True, logprobs=2),
    "generationConfig.responseMimeType of JSON": _config(responseMimeType="application/json"),
    "generationConfig.responseMimeType of an enumeration": _config(responseMimeType="text/x.enum"),
    "generationConfig.responseSchema": _config(
        responseMimeType="application/json",
        responseSchema={
            "type": "OBJECT",
            "properties": {"a": {"type": "STRING"}},
            "required": ["a"],
        },
    ),
    "generationConfig.responseSchema, kept to in full where members are optional": _config(
        responseMimeType="application/json", responseSchema={"type": "OBJECT"}
    ),
    "generationConfig.responseJsonSchema": _config(
        responseMimeType="application/json", responseJsonSchema=STRICT
    ),
    "generationConfig.responseModalities": _config(responseModalities=["IMAGE"]),
    "generationConfig.thinkingConfig.thinkingLevel": _config(
        thinkingConfig={"thinkingLevel": "LOW"}
    ),
    "generationConfig.thinkingConfig.thinkingBudget": _config(
        thinkingConfig={"thinkingBudget": 4096}
    ),
    "generationConfig.thinkingConfig.thinkingBudget of none": _config(
        thinkingConfig={"thinkingBudget": 0}
    ),
    "generationConfig.thinkingConfig.includeThoughts": _config(
        thinkingConfig={"includeThoughts": True}
    ),
    "generationConfig.thinkingConfig.includeThoughts beside a level": _config(
        thinkingConfig={"includeThoughts": True, "thinkingLevel": "LOW"}
    ),
    "generationConfig.mediaResolution": _config(mediaResolution="MEDIA_RESOLUTION_LOW"),
    "generationConfig.audioTimestamp": _config(audioTimestamp=True),
    "generationConfig.enableEnhancedCivicAnswers": _config(enableEnhancedCivicAnswers=True),
    "generationConfig.speechConfig": _config(speechConfig={"languageCode": "de"}),
    "generationConfig.imageConfig": _config(imageConfig={"imageSize": "1K"}),
    "generationConfig.responseFormat": _config(responseFormat={"text": {}}),
    "generationConfig.routingConfig": _config(routingConfig={"autoMode": {}}),
    "generationConfig.modelSelectionConfig": _config(modelSelectionConfig={"a": 1}),
    "generationConfig.audioTranscriptionConfig": _config(audioTranscriptionConfig={"a": 1}),
    "generationConfig.translationConfig": _config(translationConfig={"a": 1}),
    "generationConfig.generationOutputConfig": _config(generationOutputConfig={"a": 1}),
    "safetySettings": {
        "safetySettings": [{"category": "HARM_CATEGORY_HARASSMENT", "threshold": "BLOCK_ONLY_HIGH"}]
    },
    "cachedContent": {"cachedContent": "cachedContents/a"},
    "labels": {"labels": {"team": "t"}},
    "serviceTier": {"serviceTier": "flex"},
    "store": {"store": True},
    "modelArmorConfig": {"modelArmorConfig": {"promptTemplateName": "t"}},
    "any other member": {"x_other": 1},
}
"""Member -> what a request has that asks with it."""
