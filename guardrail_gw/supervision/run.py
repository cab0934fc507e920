"""A gateway from its configuration to its end: one process that serves, or several."""

import asyncio
import signal
from dataclasses import replace
from pathlib import Path

import structlog
import uvloop

from guardrail_gw.app import Gateway
from guardrail_gw.detection.arranged import detection_settings
from guardrail_gw.detection.forked import ForkedHost
from guardrail_gw.detection.pool import DetectorPool
from guardrail_gw.documents import forget
from guardrail_gw.errors import ConfigError
from guardrail_gw.observability.clock import SystemClock
from guardrail_gw.observability.log import configure
from guardrail_gw.settings import Settings
from guardrail_gw.supervision.cgroup import limits
from guardrail_gw.supervision.serving import serve
from guardrail_gw.supervision.sizes import Profile, sized

log = structlog.get_logger()


def run(path: Path, log_level: str, profile: Profile | None, host: ForkedHost) -> int:
    """Serve until told to stop; the exit code.

    Args:
        path: gateway.yaml.
        log_level: the mildest that is written.
        profile: by which what the file does not say is chosen.
        host: of detectors, which was not told anything yet.

    Raises:
        GuardrailError: it cannot start, or a process of it ended again and again.
    """
    configure(level=log_level)
    settings = Settings.load(path)
    forget()
    if profile is not None:
        settings = profiled(settings, profile)
    host.tell(detection_settings(settings))
    if settings.gateway.workers > 1:
        from guardrail_gw.supervision.supervisor import Supervisor  # noqa: PLC0415 - as configured

        return Supervisor(settings, log_level, host).run()
    uvloop.run(_serve(settings, host))
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # it has stopped in order: nothing else ends it now
    return 0


async def _serve(settings: Settings, host: ForkedHost) -> None:
    detectors = DetectorPool(detection_settings(settings), SystemClock(), lend=host.lend)
    await serve(Gateway(settings, detectors=detectors), asyncio.Event(), lambda: None)


def profiled(settings: Settings, profile: Profile) -> Settings:
    """The configuration with sizes for what it does not say, and a line that says which and why.

    Raises:
        ConfigError: several workers are chosen, and nobody would answer for all of them.
    """
    gateway = settings.gateway
    found = limits()
    chosen = sized(profile, found, has_model=gateway.detection.model is not None)
    if "workers" in gateway.model_fields_set:
        chosen = replace(chosen, workers=gateway.workers)
    if "detectors" in gateway.detection.model_fields_set:
        chosen = replace(chosen, detectors=gateway.detection.detectors)
    memory = found.memory_bytes
    log.info(
        "gateway.sized",
        profile=profile,
        workers=chosen.workers,
        detectors=chosen.detectors,
        cpus=found.cpus,
        memory_mb=None if memory is None else memory >> 20,
    )
    if chosen.workers > 1 and gateway.probe is None:
        raise ConfigError(
            f"{settings.path}: workers: {chosen.workers} fit here, and several need `probe`, a port"
            " that answers for all; or say `workers: 1`"
        )
    detection = gateway.detection.model_copy(update={"detectors": chosen.detectors})
    return settings.changed(workers=chosen.workers, detection=detection)
