"""Traces and metrics for a receiver of the operator's, as an operator writes it."""

from typing import Annotated, Literal

from pydantic import Field

from guardrail_gw.catalog.credential import SecretConfig
from guardrail_gw.catalog.facts import Name
from guardrail_gw.documents import Strict

Endpoint = Annotated[
    str,
    Field(
        pattern=r"^(https://[a-z0-9.-]{1,253}|http://(127\.0\.0\.1|localhost|\[::1\]))"
        r"(:[0-9]{1,5})?(/[A-Za-z0-9._~-]+)*$"
    ),
]
"""Names of what is used and how much of it: without TLS within the machine only."""
HeaderName = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9-]{0,63}$")]


class TelemetryConfig(Strict):
    """Where spans and measurements go by OTLP over HTTP; without it, nowhere."""

    endpoint: Endpoint
    """Without `/v1/traces` and `/v1/metrics`, which are added."""
    storage: Annotated[tuple[str, ...], Field(min_length=1)]
    """Countries or jurisdictions in which what arrives there may be kept."""
    headers: dict[HeaderName, SecretConfig] = Field(default_factory=dict)
    """Name -> where its value is read from: how the receiver knows the sender."""
    authority: str | None = None
    """A file with the certificates that vouch for the receiver's; None: the system's."""
    service: Name = "guardrail-gw"
    """What the gateway is called there (`service.name`)."""
    sample: Annotated[float, Field(ge=0, le=1)] = 1
    """What share of exchanges has spans; measurements count all of them."""
    traceparent: Literal["ignore", "link", "parent"] = "ignore"
    """What becomes of the header of that name in requests."""
    every_s: Annotated[float, Field(ge=1, le=3600)] = 30
    """Seconds between two reports of measurements."""
    timeout_s: Annotated[float, Field(gt=0, le=60)] = 5
    """For one delivery; then what it held is given up."""
    queue: Annotated[int, Field(ge=64, le=65_536)] = 2048
    """Exchanges that wait to be delivered; more are dropped, and counted."""
