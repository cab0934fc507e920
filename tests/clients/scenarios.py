"""The scenarios: what the user and the tool say in each, and what the client must give back."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from json import dumps
from typing import Any, Final
from urllib.parse import quote

from tests.clients.people import Person, people

PLAIN, STREAMED, TURNS, STRUCTURED = "plain", "streamed", "turns", "structured"
TOOLS, TOOLS_STREAMED = "tools", "tools-streamed"
LIMITED, FAULTY, REFUSED = "limited", "faulty", "refused"
SCENARIOS: Final[Mapping[str, str]] = {
    PLAIN: "one question, one answer",
    STREAMED: "the answer in a stream",
    TOOLS: "a round of tools, with personal data in arguments and results",
    TOOLS_STREAMED: "the same, streamed",
    TURNS: "a second question, with the first and its answer before it",
    STRUCTURED: "output that the client reads into a type",
    LIMITED: "the provider answers 429 with Retry-After",
    FAULTY: "the provider answers 400",
    REFUSED: "the gateway refuses: no lawful place (451)",
}
PAUSE_S: Final = 1
"""Seconds for which a provider that answers 429 asks to be left alone."""
STATUS: Final = {LIMITED: 429, FAULTY: 400, REFUSED: 451}
_SHELL: Final = quote('{"command": {line}, "description": "Runs it."}')
_EXEC: Final = quote('{"cmd": {line}}')
MODELS: Final[Mapping[str, str]] = {
    PLAIN: "echo?chars=3",
    TOOLS: "work?chars=3",
    "tools-claude": f"work?chars=3&pick=Bash&arguments={_SHELL}",
    "tools-codex": f"work?chars=3&pick=exec_command&arguments={_EXEC}",
    "tools-opencode": f"work?chars=3&pick=bash&arguments={_SHELL}",
    "tools-gemini": f"work?chars=3&pick=run_shell_command&arguments={_SHELL}",
    STRUCTURED: "tool?chars=5&arguments={json}",
    "structured-claude": "work?pick=StructuredOutput&arguments={json}",
    LIMITED: f"status-429?retry_after={PAUSE_S}",
    FAULTY: "status-400",
    REFUSED: "echo",
}
"""Virtual models -> what the stand-in behind each is told."""
_LIKE: Final = {STREAMED: PLAIN, TURNS: PLAIN, TOOLS_STREAMED: TOOLS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One scenario with its people."""

    scenario: str
    user: Person = field(repr=False)
    other: Person = field(repr=False)

    @property
    def originals(self) -> tuple[str, ...]:
        """What no provider may see."""
        return (*self.user.values, *self.other.values)

    @property
    def text(self) -> str:
        """What the user says first."""
        if self.scenario == STRUCTURED:
            return dumps(self.user.form)
        return (
            f"Draft a reply to {self.user.name}: we have her letter. Her e-mail is "
            f"{self.user.email}, her phone {self.user.phone}, and the refund goes to IBAN "
            f"{self.user.iban}."
        )

    @property
    def more(self) -> str:
        """What the user says then."""
        return f"Now write the same to {self.other.name}, {self.other.email}."

    @property
    def result(self) -> str:
        """What the tool gives back."""
        return (
            f"The account is held by {self.other.name}. E-mail {self.other.email}, phone "
            f"{self.other.phone}, IBAN {self.other.iban}."
        )

    def asked(self) -> dict[str, Any]:
        """What the client's script is told."""
        return {
            "scenario": self.scenario,
            "model": _LIKE.get(self.scenario, self.scenario),
            "text": self.text,
            "more": self.more,
            "result": self.result,
        }


def cases(seed: str) -> Iterator[Case]:
    """Every scenario; nobody is in two of them."""
    everybody = people(seed)
    for scenario in SCENARIOS:
        yield Case(scenario=scenario, user=next(everybody), other=next(everybody))
