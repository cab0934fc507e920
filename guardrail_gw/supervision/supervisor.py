"""Starts the workers of one gateway, replaces those that end, and answers for all of them.

It has no thread and keeps no text: it forks, waits and asks. Its event loop stands still in the
moments in which it forks, so that a child begins with nothing half done.
"""

import asyncio
import os
import secrets
import signal
import socket
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from importlib import import_module
from typing import Final

import structlog

from guardrail_gw.core.memory import settle
from guardrail_gw.detection.arranged import detection_settings
from guardrail_gw.detection.forked import ForkedHost, forked
from guardrail_gw.errors import GuardrailError
from guardrail_gw.forking import fork
from guardrail_gw.observability.clock import SystemClock
from guardrail_gw.server.arranged import arranged_probe
from guardrail_gw.server.neighbours import Neighbours, hall
from guardrail_gw.server.sockets import held_port, removed, unix_socket
from guardrail_gw.settings import Settings
from guardrail_gw.supervision.gathering import Gathering, Place
from guardrail_gw.supervision.lending import lend
from guardrail_gw.supervision.link import Link
from guardrail_gw.supervision.patience import HOPELESS, CrashLoopError, Patience, how
from guardrail_gw.supervision.worker import Seat, work

_HOST: Final = -1
"""The place of the detectors' host among those of workers."""
_MARGIN_S: Final = 30.0
"""What a worker may take at least, beyond its drain limit, for last records and for bringing them
to a collector, before it is killed; that is waited for as long as exchanges are."""
_AGAIN_S: Final = 1.0
"""After which one that was killed and has not ended is killed again."""
_BY_SIGNAL: Final = 128
"""Added to a signal's number, as shells do."""
log = structlog.get_logger()


@dataclass(slots=True, kw_only=True)
class _Worker:
    number: int
    patience: Patience = field(default_factory=Patience)
    pid: int | None = None
    link: Link | None = None
    lending: socket.socket | None = None
    due_s: float | None = 0.0
    """When the next process is to be started; None: one runs, or none is to."""
    starts: int = 0
    listening: "asyncio.Task[None] | None" = None
    """Takes what it says."""
    is_ready: bool = False


class Supervisor:
    """Of one gateway; `run` once."""

    def __init__(self, settings: Settings, log_level: str, host: ForkedHost) -> None:
        """Start nothing yet; `host` runs already."""
        self._settings = settings
        self._log_level = log_level
        self._clock = SystemClock()
        self._workers = [_Worker(number=n) for n in range(settings.gateway.workers)]
        self._host = host
        self._host_patience = Patience()
        self._host_due_s: float | None = None
        self._port: socket.socket | None = None
        self._listening: socket.socket | None = None
        self._halls: list[socket.socket] = []
        self._secret = secrets.token_urlsafe(32)
        """By which workers know one another."""
        self._happened = asyncio.Event()
        self._signals = 0
        self._patient_until_s: float | None = None
        """When whoever still runs is killed; None: nobody was told to stop yet."""
        self._was_ready = False
        self._status: int | None = None
        self._failure: GuardrailError | None = None

    def run(self) -> int:
        """Serve until told to stop; the exit code.

        Raises:
            ConfigError: the address cannot be bound, or something configured cannot be loaded.
            CrashLoopError: a worker or the detectors' host ended again and again.
        """
        self._hold()
        self._settings.catalog()  # once for all workers
        if detection_settings(self._settings).rules_apart:
            import_module("guardrail_gw.detection.beside")
        settle()  # what is loaded by now is shared with what is forked
        with asyncio.Runner() as runner:
            runner.run(self._begin())
            while (place := runner.run(self._next())) is not None:
                self._start(place, runner)
            runner.run(self._end())
        if self._failure is not None:
            raise self._failure
        return self._status or 0

    def _hold(self) -> None:
        if self._settings.gateway.mcp is not None:
            self._halls = [hall() for _ in self._workers]
        listen = self._settings.gateway.listen
        if listen.unix is not None:
            path = self._settings.resolve(listen.unix)
            self._listening = unix_socket(path, int(listen.unix_mode, 8))
            return
        self._port, port = held_port(listen.host, listen.port)
        there = listen.model_copy(update={"port": port})
        self._settings = self._settings.changed(listen=there)

    async def _begin(self) -> None:
        loop = asyncio.get_running_loop()
        for number, act in self._heard().items():
            loop.add_signal_handler(number, act)
        probe = self._settings.gateway.probe
        assert probe is not None  # noqa: S101 - settings say so
        gathering = Gathering(self._places, lambda: self._failure is None)
        self._probe = arranged_probe(probe, gathering)
        await self._probe.start()
        # its threads looked a name up; whoever forks has none
        await loop.shutdown_default_executor()
        log.info("gateway.admin", address=self._probe.place)

    async def _end(self) -> None:
        await self._probe.close()
        listen = self._settings.gateway.listen
        if listen.unix is not None and self._listening is not None:
            removed(self._settings.resolve(listen.unix), self._listening)
        self._host.close()
        log.info("gateway.stopped")
        # While a loop closes a signal is a traceback, and afterwards another end than this one.
        signal.pthread_sigmask(signal.SIG_BLOCK, self._heard())

    def _places(self) -> list[Place]:
        return [
            Place(
                worker=each.number,
                pid=each.pid,
                link=each.link,
                restarts=max(0, each.starts - 1),
                is_ready=each.is_ready,
            )
            for each in self._workers
        ]

    # what happens

    def _heard(self) -> dict[signal.Signals, Callable[[], None]]:
        """Signal -> what it means."""
        return {
            signal.SIGTERM: self._told_to_stop,
            signal.SIGINT: self._told_to_stop,
            signal.SIGHUP: self._told_to_reload,
            signal.SIGCHLD: self._happened.set,
        }

    def _told_to_stop(self) -> None:
        self._signals += 1
        if self._signals == 1:
            log.info("gateway.stopping")
        self._tell(signal.SIGTERM)
        self._happened.set()

    def _told_to_reload(self) -> None:
        self._tell(signal.SIGHUP)

    def _tell(self, number: signal.Signals) -> None:
        for worker in self._workers:
            if worker.pid is not None:
                with suppress(ProcessLookupError):
                    os.kill(worker.pid, number)

    async def _next(self) -> int | None:
        """Wait until a process is to be started, and say which; None: all have ended."""
        while True:
            self._happened.clear()
            self._reap()
            if self._is_stopping:
                if not any(worker.pid for worker in self._workers):
                    return None
                await self._wait(self._left_s())
                continue
            now_s = self._clock.monotonic_s()
            due = self._due()
            if due and due[0][0] <= now_s:
                return due[0][1]
            await self._wait(due[0][0] - now_s if due else None)

    @property
    def _is_stopping(self) -> bool:
        return bool(self._signals) or self._failure is not None or self._status is not None

    def _due(self) -> list[tuple[float, int]]:
        due = [(w.due_s, w.number) for w in self._workers if w.due_s is not None]
        if self._host_due_s is not None:
            due.append((self._host_due_s, _HOST))
        return sorted(due)

    def _left_s(self) -> float:
        """Seconds that those have left who still run, counted once from when they were told."""
        limits = self._settings.gateway.limits
        now_s = self._clock.monotonic_s()
        if self._patient_until_s is None:
            whole_s = limits.drain_delay_s + limits.drain_s + max(limits.drain_s, _MARGIN_S)
            self._patient_until_s = now_s + whole_s
        return max(_AGAIN_S, self._patient_until_s - now_s)

    async def _wait(self, seconds: float | None) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._happened.wait()
        except TimeoutError:
            if self._is_stopping:  # they had their time
                self._tell(signal.SIGKILL)

    def _reap(self) -> None:
        with suppress(ChildProcessError):
            while (found := os.waitpid(-1, os.WNOHANG))[0]:
                self._ended(found[0], os.waitstatus_to_exitcode(found[1]))

    def _ended(self, pid: int, status: int) -> None:
        if pid == self._host.pid:
            self._host.close()
            self._host_due_s = self._again(self._host_patience, "the detectors' host", status)
            return
        for worker in self._workers:
            if worker.pid == pid:
                self._lost(worker, status)

    def _lost(self, worker: _Worker, status: int) -> None:
        self._let_go(worker)
        if self._is_stopping:
            if status not in (0, -signal.SIGTERM):  # that came before it could be heard
                self._status = self._status or (status if status > 0 else _BY_SIGNAL - status)
            return
        log.error("worker.ended", worker=worker.number, problem=how(status))
        if status in HOPELESS and not self._was_ready:
            self._status = status
            self._tell(signal.SIGTERM)
            return
        worker.due_s = self._again(worker.patience, f"worker {worker.number}", status)

    def _again(self, patience: Patience, who: str, status: int) -> float | None:
        """When to start another; None, and the end of the whole, where that is no use."""
        if self._is_stopping:
            return None
        now_s = self._clock.monotonic_s()
        pause_s = patience.pause_s(now_s)
        if pause_s is not None:
            return now_s + pause_s
        why = f"{who} ended again and again, at last with {how(status)}; see its log lines"
        self._give_up(why)
        return None

    def _give_up(self, why: str) -> None:
        self._failure = CrashLoopError(why)
        log.error("supervisor.gave_up", problem=why)
        self._tell(signal.SIGTERM)

    def _not_started(self, place: int, why: str) -> None:
        """The system has no process to give: ask again later, while the others serve."""
        worker = None if place == _HOST else self._workers[place]
        patience = self._host_patience if worker is None else worker.patience
        number = None if worker is None else worker.number
        log.error("worker.not_started", worker=number, problem=why)
        now_s = self._clock.monotonic_s()
        pause_s = patience.refused_s(now_s)
        due_s = None if pause_s is None else now_s + pause_s
        if worker is None:
            self._host_due_s = due_s
        else:
            worker.due_s = due_s
        if due_s is None:
            self._give_up(f"no process could be started for a minute: {why}")

    def _let_go(self, worker: _Worker) -> None:
        loop = asyncio.get_running_loop()
        if worker.lending is not None:
            loop.remove_reader(worker.lending.fileno())
            worker.lending.close()
        if worker.link is not None:
            worker.link.close()
        worker.pid = worker.link = worker.lending = None
        worker.is_ready = False

    # what is started

    def _start(self, place: int, runner: asyncio.Runner) -> None:
        """Fork; the event loop stands still."""
        try:
            if place == _HOST:
                self._fork_host()
                return
            worker = self._workers[place]
            asking = self._fork(worker)
        except OSError as error:
            self._not_started(place, error.strerror or type(error).__name__)
            return
        runner.run(self._linked(worker, asking))
        log.info("worker.started", worker=worker.number)

    def _fork_host(self) -> None:
        self._host = forked()
        self._host_due_s = None
        self._host_patience.started()
        self._host.tell(detection_settings(self._settings))

    def _fork(self, worker: _Worker) -> socket.socket:
        """Begin its process; our end of what it is asked on."""
        asking, asked = socket.socketpair()
        lending, borrowing = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        seat = Seat(
            settings=self._settings.changed(worker=worker.number),
            log_level=self._log_level,
            asked=asked,
            borrowing=borrowing,
            listening=self._listening,
            neighbours=self._neighbours(worker),
        )
        with asked, borrowing, ExitStack() as unused:
            unused.enter_context(asking)
            unused.enter_context(lending)
            worker.pid = fork(lambda: work(seat), seat.descriptors)
            unused.pop_all()
        worker.due_s = None
        worker.patience.started()
        worker.starts += 1
        worker.lending = lending
        return asking

    def _neighbours(self, worker: _Worker) -> Neighbours | None:
        if not self._halls:
            return None
        return Neighbours(
            number=worker.number,
            places=tuple(each.getsockname() for each in self._halls),
            listening=self._halls[worker.number],
            secret=self._secret,
        )

    async def _linked(self, worker: _Worker, asking: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        reader, writer = await asyncio.open_unix_connection(sock=asking)
        worker.link = link = Link(reader, writer)
        worker_lending = worker.lending
        assert worker_lending is not None  # noqa: S101 - it has just been made
        worker_lending.settimeout(0)

        def asked() -> None:
            if not lend(worker_lending, self._host.client):
                loop.remove_reader(worker_lending.fileno())

        loop.add_reader(worker_lending.fileno(), asked)
        worker.listening = loop.create_task(link.listen(lambda _: self._serves(worker)))

    def _serves(self, worker: _Worker) -> None:
        worker.is_ready = self._was_ready = True
        if all(each.is_ready for each in self._workers):
            log.info("gateway.ready", address=self._address())

    def _address(self) -> str:
        listen = self._settings.gateway.listen
        if listen.unix is not None:
            return f"unix:{self._settings.resolve(listen.unix)}"
        return f"{listen.host}:{listen.port}"
