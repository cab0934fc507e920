"""A server that is a program: a process for each client that asks it, and not too many."""

import asyncio
import itertools
from dataclasses import dataclass
from typing import Final

from guardrail_gw.core.ports import Clock
from guardrail_gw.mcp.ports import Era, Peer
from guardrail_gw.mcp.servers.limits import Limits
from guardrail_gw.mcp.servers.link import Link, LinkGone
from guardrail_gw.mcp.servers.pace import Pace
from guardrail_gw.mcp.servers.pipe import Pipe
from guardrail_gw.mcp.servers.program import Command, Program
from guardrail_gw.mcp.servers.sessions import Keeping, Sessions
from guardrail_gw.mcp.servers.spoken import Spoken
from guardrail_gw.mcp.servers.tasks import Beside, Tasks
from guardrail_gw.mcp_errors import ServerFailed

_ASSUMED: Final = "2026-07-28"
_MEET_S: Final = 20.0
"""A program needs its time to start; one that hangs must not hold its client for ever."""
_LOOK_S: Final = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Processes:
    """How many there may be, and for how long."""

    most: int = 4
    idle_s: float = 300.0


class StdioTransport:
    """Implements `link.Transport`."""

    def __init__(
        self,
        name: str,
        command: tuple[Command, Processes],
        limits: Limits,
        speaks: Era | None,
        clock: Clock,
    ) -> None:
        """Make it anywhere; `start` inside the event loop.

        Args:
            name: the server's.
            command: how the program is started, and how often.
            limits: the server's.
            speaks: its era; None: it is found out.
            clock: the time.
        """
        self._name = name
        self._command, processes = command
        self._limits = limits
        self._spoken = Spoken(speaks)
        self._clock = clock
        self._ids = itertools.count(1)
        self._tasks = Tasks()
        self._beside = Beside(tasks=self._tasks, clock=clock, mint=self.mint)
        self._programs: list[Program] = []
        """All that may still run."""
        self._pace = Pace(name, processes.most, clock)
        keeping = Keeping(
            most=processes.most,
            idle_s=processes.idle_s,
            wait_s=limits.connect_s,
            what="processes",
        )
        self._pipes: Sessions[Pipe] = Sessions(name, keeping, clock, self._begun)

    @property
    def processes(self) -> list[int]:
        """Their ids."""
        return [pipe.program.pid for pipe in self._pipes.kept]

    async def start(self) -> None:
        """Make ready; nothing is started yet."""
        self._tasks.begin(self._pipes.end_idle(), f"mcp-idle-{self._name}")
        self._tasks.begin(self._forget_ended(), f"mcp-ended-{self._name}")

    async def close(self) -> None:
        """End every process."""
        await self._pipes.close()
        await asyncio.gather(*(program.end() for program in self._programs))
        await self._tasks.close()

    def ready(self, peer: Peer) -> None:
        """None: whether a process is still there is looked at each time."""

    async def link(self, peer: Peer) -> Link:
        """As `Transport.link` says."""
        return await self._pipes.of(peer)

    async def drop(self, link: Link) -> None:
        """As `Transport.drop` says."""
        if isinstance(link, Pipe):
            self._count_end(link)
            self._pipes.drop(link)
            await link.end()

    def doubt(self) -> None:
        """As `Transport.doubt` says."""
        self._spoken.doubt()

    async def left(self, session: str) -> None:
        """As `Transport.left` says."""
        await self._pipes.left(session)

    def mint(self) -> int:
        """As `Transport.mint` says."""
        return next(self._ids)

    async def _begun(self, peer: Peer) -> Pipe:
        """A process that has said what it is, in the client's own era or in the other one."""
        pipe: Pipe | None = None
        for era in self._spoken.order(peer.era):
            if pipe is None or pipe.is_over:
                pipe = await self._started()
            try:
                await self._met(pipe, era, peer)
            except ServerFailed:
                self._spoken.lacks(era)
                if pipe.is_over:
                    self._give_up(pipe)
            except BaseException:
                self._give_up(pipe)
                raise
            else:
                return pipe
        self.doubt()
        if pipe is not None and not pipe.is_over:
            self._give_up(pipe)
        raise ServerFailed(f"{self._name} does not say what it is")

    async def _met(self, pipe: Pipe, era: Era, peer: Peer) -> None:
        """Have a process say what it is; one that hangs is ended: what it understood nobody knows.

        Raises:
            ServerFailed: it does not.
        """
        try:
            async with asyncio.timeout(min(_MEET_S, self._limits.idle_s)):
                if era is Era.MODERN:
                    await pipe.discover(peer, _ASSUMED)
                else:
                    await pipe.begin(peer)
        except TimeoutError:
            pipe.over()
            raise ServerFailed(f"{self._name} is silent too long") from None
        except LinkGone:
            raise ServerFailed(f"the program of {self._name} has ended") from None

    async def _started(self) -> Pipe:
        await self._pace.start()
        program = await Program.started(self._name, self._command, self._tasks)
        self._programs = [each for each in self._programs if not each.has_ended] + [program]
        return Pipe(self._name, program, self._limits, self._beside)

    def _give_up(self, pipe: Pipe) -> None:
        self._count_end(pipe)
        self._tasks.begin(pipe.end(), f"mcp-end-{self._name}")

    def _count_end(self, pipe: Pipe) -> None:
        if pipe.is_over:
            self._pace.ended(self._clock.monotonic_s() - pipe.began_s)

    async def _forget_ended(self) -> None:
        """Forget processes that ended by themselves; for ever."""
        while True:
            await self._clock.sleep(_LOOK_S)
            for pipe in self._pipes.kept:
                if pipe.is_over:
                    await self.drop(pipe)
