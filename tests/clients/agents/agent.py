"""What every agent shares: it is run once per turn, with the prompt typed in.

A prompt's last line is a shell command in the scenarios with tools, which the stand-in has the
agent's own tool run: `printf` puts what the user said into a file, `cat` gives the tool's result.
"""

import contextlib
import os
import shlex
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from stage import Ask, perform, told

HOME: Final = Path(os.environ["HOME"])
MODULES: Final = Path(os.environ["CLIENT_MODULES"])
FORM: Final = {
    "type": "object",
    "properties": {name: {"type": "string"} for name in ("name", "email", "iban", "phone")},
    "required": ["name", "email", "iban", "phone"],
    "additionalProperties": False,
}
"""The schema of structured output."""
_PATIENCE_S: Final = 200


@dataclass(frozen=True, kw_only=True)
class Agent:
    """One agent.

    Args:
        package: its name in the registry.
        command: the command line for a model's name.
        again: what the command line of a second turn has besides.
        tools: the model that has the agent's shell tool called.
        variables: what its environment has besides.
        structured: the scenario, for an agent that offers it.
    """

    package: str
    command: Callable[[str], Sequence[str]]
    again: Sequence[str]
    tools: str
    variables: Mapping[str, str] = field(default_factory=dict)
    structured: Callable[[Ask], Mapping[str, Any]] | None = None

    def perform(self) -> None:
        """Answer the runner's questions."""
        scenarios = {"plain": self.plain, "tools-streamed": self.working, "turns": self.turns}
        if self.structured:
            scenarios["structured"] = self.structured
        perform(scenarios)

    def plain(self, ask: Ask) -> Mapping[str, Any]:
        """One prompt, one answer."""
        return self.asked(self.command(ask.model), ask.text, folder())

    def working(self, ask: Ask) -> Mapping[str, Any]:
        """A prompt that ends in work for the shell tool."""
        here = folder()
        (here / "result.txt").write_text(ask.result, encoding="utf-8")
        work = f"printf %s {shlex.quote(ask.text)} > heard.txt; cat result.txt"
        answer = self.asked(self.command(self.tools), f"Run this:\n{work}", here)
        heard = here / "heard.txt"
        return {**answer, "heard": [heard.read_text("utf-8")] if heard.exists() else []}

    def turns(self, ask: Ask) -> Mapping[str, Any]:
        """A prompt, and another one in the same session."""
        here, command = folder(), self.command(ask.model)
        first = self.asked(command, ask.text, here)
        second = self.asked([*command, *self.again], ask.more, here)
        return {**second, "first": first.get("said")}

    def asked(self, command: Sequence[str], prompt: str, here: Path) -> dict[str, Any]:
        """Run it once; an exit code other than 0 is its way to say that it failed."""
        process = subprocess.Popen(
            command,
            cwd=here,
            env={**os.environ, "TMPDIR": str(here), **self.variables},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            start_new_session=True,
        )
        try:
            out, err = process.communicate(prompt, timeout=_PATIENCE_S)
        finally:
            _end(process)
        sys.stderr.write(f"$ {command}\n{out}\n{err}\n")
        if process.returncode:
            kind = f"{self.package}.exit {process.returncode}"
            return {"error": {"class": kind, "status": None, "words": f"{out}\n{err}"}}
        return told(out)


def _end(process: subprocess.Popen[str]) -> None:
    """Whatever it has started goes with it, or would ask on in the next scenario."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def folder() -> Path:
    """A new folder to work in."""
    return Path(tempfile.mkdtemp(dir=HOME))


def binary(package: str, path: str) -> str:
    """The program in the package for this machine, which the registry ships as it is."""
    (found,) = MODULES.glob(
        f"{package}-linux-{'arm64' if os.uname().machine == 'aarch64' else 'x64'}/{path}"
    )
    return str(found)
