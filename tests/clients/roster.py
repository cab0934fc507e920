"""Which clients are tried: the lines of the table in docs/compatibility.md."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """A client, by the API that it is tried with."""

    name: str
    """Of its package, as its registry has it."""
    speaks: str
    """The API, as the table says it."""
    script: str
    """Below this folder; a Python environment is its folder's."""
    errors: tuple[str, ...] = ()
    """The packages whose error classes are the client's own."""
    without: Mapping[str, str] = field(default_factory=dict)
    """Scenarios that it cannot do, each with the reason."""
    talkative: bool = False
    """A program, which prints more than the answer, and only ever asks for streams."""
    needs: Mapping[str, str] = field(default_factory=dict)
    """Scenarios in which an application must say more than base URL and key: what, and why."""

    @property
    def id(self) -> str:
        """What `--only` takes."""
        return self.script.rpartition(".")[0]

    @property
    def path(self) -> Path:
        """The script."""
        return FOLDER / self.script

    @property
    def version(self) -> str:
        """The pinned one."""
        if self.script.startswith("python/"):
            lock = (self.path.parent / "requirements.lock").read_text(encoding="utf-8")
            found = re.search(rf"^{re.escape(self.name)}==(\S+)", lock, re.MULTILINE)
            return found[1] if found else "?"
        lock = (self.path.parent / "package-lock.json").read_text(encoding="utf-8")
        return str(
            json.loads(lock)["packages"][f"node_modules/{_SHIPPED_IN.get(self.name, self.name)}"][
                "version"
            ]
        )


_SHIPPED_IN: Final = {"opencode-ai": "opencode-linux-x64"}
"""Packages of which only the program for one kind of machine is installed."""
_STREAMS = "it only asks for streams"
_NO_FORM = {"structured": "its command line has no option for that"}
_NO_SEARCH = dict.fromkeys(
    ("streamed", "tools-streamed", "turns", "structured", "limited", "faulty", "refused"),
    '`web_search = "disabled"`, for it offers the provider\'s search otherwise, which is refused '
    "beside personal data (`policy.provider_feature`)",
)
_ITS_OWN = "its calls of tools are its structured output"
_APIS: Final = {
    "chat": "Chat completions",
    "responses": "Responses",
    "messages": "Anthropic Messages",
    "generate": "Gemini",
}


def _python(
    name: str, *apis: str, errors: str, without: Mapping[str, str] | None = None
) -> list[Client]:
    """One client, once for each script; where that is no API's name, it speaks Responses."""
    folder = name.replace("-", "_").removesuffix("_slim")
    return [
        Client(
            name=name,
            speaks=_APIS.get(api, _APIS["responses"]),
            script=f"python/{folder}/{api}.py",
            errors=tuple(errors.split()),
            without=without or {},
        )
        for api in apis
    ]


def _node(name: str, short: str, *apis: str) -> list[Client]:
    """One client, once for each API."""
    return [
        Client(name=name, speaks=_APIS[api], script=f"node/{short}-{api}.mjs", errors=(name,))
        for api in apis
    ]


def _agent(
    name: str,
    script: str,
    api: str,
    *,
    without: Mapping[str, str] | None = None,
    needs: Mapping[str, str] | None = None,
) -> Client:
    return Client(
        name=name,
        speaks=_APIS[api],
        script=f"agents/{script}.py",
        errors=(name,),
        talkative=True,
        without={"plain": _STREAMS, "tools": _STREAMS, **(without or {})},
        needs=needs or {},
    )


ROSTER: Final = (
    *_python("openai", "chat", "responses", errors="openai"),
    *_python("anthropic", "messages", errors="anthropic"),
    *_python("google-genai", "generate", errors="google"),
    *_python(
        "mistralai",
        "chat",
        errors="mistralai",
        without={"tools-streamed": "it puts no calls together from a stream"},
    ),
    *_python("litellm", "chat", "messages", errors="litellm"),
    *_python(
        "litellm",
        "generate",
        errors="litellm",
        without={
            "structured": "for a model that it does not know it asks for JSON in prose, which the "
            "stand-in does not read"
        },
    ),
    *_python("langchain-openai", "chat", "responses", errors="openai langchain_openai"),
    *_python("langchain-anthropic", "messages", errors="anthropic langchain_anthropic"),
    *_python("openai-agents", "agent", errors="openai agents"),
    *_python(
        "instructor",
        "chat",
        errors="openai instructor",
        without=dict.fromkeys(("tools", "tools-streamed"), _ITS_OWN),
    ),
    *_python("pydantic-ai-slim", "chat", "responses", "messages", "generate", errors="pydantic_ai"),
    *_node("openai", "openai", "chat", "responses"),
    *_node("@anthropic-ai/sdk", "anthropic", "messages"),
    *_node("@google/genai", "google", "generate"),
    *_node("ai", "ai", "chat", "messages"),
    Client(
        name="ai",
        speaks=_APIS["responses"],
        script="node/ai-responses.mjs",
        errors=("ai",),
        needs={
            "turns": "`providerOptions.openai.store: false`, for it refers to stored answers "
            "otherwise, which is refused (`policy.provider_feature`)"
        },
    ),
    _agent("@anthropic-ai/claude-code", "claude_code", "messages"),
    _agent("@openai/codex", "codex", "responses", needs=_NO_SEARCH),
    _agent("opencode-ai", "opencode", "chat", without=_NO_FORM),
    _agent(
        "@google/gemini-cli",
        "gemini_cli",
        "generate",
        without=_NO_FORM,
        needs={"limited": "`general.maxAttempts: 2`, or it goes on asking for minutes"},
    ),
)
