"""Where the suite's scenarios of clients are played, each as a messenger brings it."""

import asyncio
import json
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Container, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tests.conformance.messenger import PREFIX

AT_ONCE: Final = 3
"""Some scenarios measure how long a client waits; more of them make a busy machine late."""
_MESSENGER = Path(__file__).with_name("messenger.py")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What the suite wants a client to do."""

    url: str
    """The server's."""
    scenario: str
    revision: str
    context: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """What a scenario gives its client: calls to make, credentials."""

    @classmethod
    def read(cls, line: bytes) -> "Scene":
        """As a messenger says it."""
        said = json.loads(line)
        return cls(
            url=said["url"],
            scenario=said[f"{PREFIX}SCENARIO"],
            revision=said[f"{PREFIX}PROTOCOL_VERSION"],
            context=json.loads(said.get(f"{PREFIX}CONTEXT", "{}")),
        )


Play = Callable[[Scene], Awaitable[Mapping[str, str]]]
"""Play a scene: what the client asked -> what it got."""


@asynccontextmanager
async def desk(
    play: Play, left_out: Container[str], got: dict[tuple[str, str], tuple[str, ...]]
) -> AsyncIterator[tuple[str, ...]]:
    """The command of a messenger to this desk.

    Args:
        play: plays a scene; one that raises has a client that fails.
        left_out: scenarios that are not played.
        got: gets scenario and question -> what the client got.
    """
    room = asyncio.Semaphore(AT_ONCE)

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        scene = Scene.read(await reader.readline())
        if scene.scenario not in left_out:
            async with room:
                told = await _played(play, scene)
            got.update({(scene.scenario, asked): (each,) for asked, each in told.items()})
        writer.write(b"0")
        writer.close()

    with tempfile.TemporaryDirectory() as folder:
        at = f"{folder}/desk"
        async with await asyncio.start_unix_server(take, at):
            yield (sys.executable, "-S", "-E", str(_MESSENGER), at)


async def _played(play: Play, scene: Scene) -> Mapping[str, str]:
    try:
        return await play(scene)
    except Exception as fault:  # noqa: BLE001 - whatever it is, the client has nothing
        sys.stderr.write(f"{scene.scenario}: {_innermost(fault)!r}\n")
        return {"client": f"{type(_innermost(fault)).__name__}"}


def _innermost(fault: BaseException) -> BaseException:
    while isinstance(fault, BaseExceptionGroup):
        fault = fault.exceptions[0]
    return fault
