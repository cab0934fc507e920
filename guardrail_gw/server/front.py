"""The front door as the configuration has it: every surface on its paths, and where it listens."""

import socket
from collections.abc import Callable
from dataclasses import dataclass, replace

from aiohttp import web

from guardrail_gw.core.identity import Principal
from guardrail_gw.core.ports import Clock, Offload
from guardrail_gw.dialects.every import BY_NAME, DIALECTS, KEEPING, WITH_OPENED
from guardrail_gw.server.access import Access
from guardrail_gw.server.application import Health, application
from guardrail_gw.server.chat import Load, Recaller, Stored, Surface, SurfaceParts
from guardrail_gw.server.exchanges import Exchanges
from guardrail_gw.server.intake import Intake
from guardrail_gw.server.listener import Address
from guardrail_gw.server.strangers import Strangers
from guardrail_gw.server.unserved import Unserved
from guardrail_gw.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Behind:
    """What stands behind the door."""

    chain: Exchanges
    access: Access
    strangers: Strangers
    clock: Clock
    offload: Offload
    load: Load
    recall: Recaller
    is_open: Callable[[Principal, str], bool]
    """Whether the policy in force opens a surface that is served only then."""
    health: Health
    defect: Callable[[BaseException], None]


def arranged_front(settings: Settings, behind: Behind) -> web.Application:
    """What clients reach."""
    config = settings.gateway
    intake = Intake(max_bytes=config.limits.max_body_bytes, timeout_s=config.limits.read_timeout_s)
    shared = SurfaceParts(
        chain=behind.chain,
        access=behind.access,
        strangers=behind.strangers,
        intake=intake,
        clock=behind.clock,
        offload=behind.offload,
        load=behind.load,
        write_timeout_s=config.limits.write_timeout_s,
        traces=config.telemetry is not None and config.telemetry.traceparent != "ignore",
        tags=[each.tag(name) for name, each in config.tags.items()],
    )
    files = replace(intake, max_bytes=config.limits.max_file_bytes)
    filing = SurfaceParts(**{**shared, "intake": files})

    def is_open(principal: Principal, surface: str) -> bool:
        return surface in BY_NAME or behind.is_open(principal, surface)

    return application(
        surfaces=[
            Surface(dialect=dialect, is_open=is_open, recall=behind.recall, **shared)
            for dialect in WITH_OPENED.values()
        ],
        stored=[
            *(Stored(dialect=dialect, **shared) for dialect in DIALECTS),
            *(Stored(dialect=each, is_open=is_open, **filing) for each in KEEPING),
        ],
        models=[model.name for model in config.models],
        access=behind.access,
        health=None if config.probe else behind.health,
        defect=behind.defect,
        unserved=Unserved(
            forms=BY_NAME,
            chain=behind.chain,
            access=behind.access,
            strangers=behind.strangers,
            clock=behind.clock,
            load=behind.load,
        ),
    )


def arranged_address(settings: Settings, made: socket.socket | None = None) -> Address:
    """Where they reach it; `made` listens already."""
    listen = settings.gateway.listen
    tls = listen.tls
    return Address(
        host=listen.host,
        port=listen.port,
        unix=settings.resolve(listen.unix) if listen.unix else None,
        unix_mode=int(listen.unix_mode, 8),
        is_shared=settings.worker is not None,
        made=made,
        certificate=settings.resolve(tls.certificate) if tls else None,
        private_key=settings.resolve(tls.private_key) if tls else None,
    )
