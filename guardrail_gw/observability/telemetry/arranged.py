"""Spans and measurements as the configuration has them; the libraries come only with it."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from itertools import chain
from typing import TYPE_CHECKING, Final

from guardrail_gw import __version__
from guardrail_gw.catalog.credential import SecretConfig
from guardrail_gw.core.deployment import Deployment
from guardrail_gw.core.ports import Clock
from guardrail_gw.errors import ConfigError
from guardrail_gw.observability.telemetry.place import countries_of, forbidding
from guardrail_gw.observability.telemetry.side_flow import SideFlow, Told
from guardrail_gw.observability.telemetry.told import Known
from guardrail_gw.policy.source import PolicySet
from guardrail_gw.settings import Settings
from guardrail_gw.telemetry import TelemetryConfig

if TYPE_CHECKING:
    from guardrail_gw.observability.telemetry.measures import Measures
    from guardrail_gw.observability.telemetry.sending import SpanSender
    from guardrail_gw.observability.telemetry.spans import Spans

_VARIABLES: Final = "OTEL_"
"""What the libraries' own variables begin with: headers, certificates and keys among them."""
Reveal = Callable[[str, SecretConfig], str]
Current = Callable[[], PolicySet]
"""The policies in force."""


def arranged_telemetry(
    settings: Settings,
    deployments: Mapping[str, Deployment],
    current: Current,
    clock: Clock,
    reveal: Reveal,
) -> SideFlow | None:
    """Where exchanges are told of, if the configuration says so; nothing is sent yet.

    Raises:
        ConfigError: the extra or a secret is missing, or the receiver is not where every policy
            lets data be.
    """
    config = settings.gateway.telemetry
    if config is None:
        return None
    if find_spec("opentelemetry.exporter") is None or find_spec("opentelemetry.sdk") is None:
        raise ConfigError("telemetry needs the extra: pip install 'guardrail-gw[otel]'")
    countries = checked_place(settings, current())
    known = Known(
        models=frozenset(model.name for model in settings.gateway.models), deployments=deployments
    )

    def lawful() -> bool:
        return not forbidding(countries, current())

    headers = {
        name: reveal(f"telemetry.headers.{name}", place) for name, place in config.headers.items()
    }
    authority = str(settings.resolve(config.authority)) if config.authority else None
    with _by_configuration_alone():
        sender = _sender(config, known, lawful, headers, authority)
    return SideFlow(sender=sender, clock=clock, most=config.queue)


def checked_place(settings: Settings, policies: PolicySet) -> frozenset[str]:
    """The countries of the receiver, held to every residency rule of the policies.

    Raises:
        ConfigError: nobody knows where it is, or a rule does not let data be there.
    """
    config = settings.gateway.telemetry
    if config is None:
        return frozenset()
    countries = countries_of(config, settings.catalog())
    if rules := forbidding(countries, policies):
        shown = ", ".join(sorted(countries))
        raise ConfigError(
            f"telemetry: what is sent there may be kept in {shown}, which {', '.join(rules)} does"
            " not allow; name a receiver within, or leave telemetry out"
        )
    return countries


@contextmanager
def _by_configuration_alone() -> Iterator[None]:
    """Without the libraries' variables, which they read as they are made, and add to what we say.

    Headers that are there are another receiver's, and may hold its key.
    """
    hidden = {name: os.environ.pop(name) for name in [*os.environ] if name.startswith(_VARIABLES)}
    try:
        yield
    finally:
        os.environ.update(hidden)


def _sender(
    config: TelemetryConfig,
    known: Known,
    lawful: Callable[[], bool],
    headers: Mapping[str, str],
    authority: str | None,
) -> "TelemetrySender":
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415 - an extra

    from guardrail_gw.observability.telemetry import measures, sending, spans  # noqa: PLC0415 - ditto

    resource = Resource(
        {
            "service.name": config.service,
            "service.version": __version__,
            "service.instance.id": f"{os.getpid()}",
        }
    )
    address = sending.Address(
        endpoint=config.endpoint,
        headers=headers,
        authority=authority,
        timeout_s=config.timeout_s,
    )
    reader = sending.metric_reader(address, lawful, config.every_s)
    return TelemetrySender(
        spans=spans.Spans(
            known=known, resource=resource, sample=config.sample, traceparent=config.traceparent
        ),
        measures=measures.Measures(resource, reader, known),
        sender=sending.SpanSender(address, lawful),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class TelemetrySender:
    """Measures every exchange, makes spans of those that have some, and delivers them."""

    spans: "Spans" = field(repr=False)
    measures: "Measures" = field(repr=False)
    sender: "SpanSender" = field(repr=False)

    def send(self, told: Iterable[Told]) -> str:
        """Measure all, deliver spans; what became of those."""
        batch = list(told)
        for each in batch:
            self.measures.ended(*each)
        spans = list(chain.from_iterable(self.spans.of(*each) for each in batch))
        return self.sender.send(spans) if spans else "exported"

    def close(self) -> None:
        """Report once more, if that goes fast."""
        self.measures.provider.shutdown(2_000)
        self.sender.close()
