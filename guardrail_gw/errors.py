"""Every way a request can be turned away, on one page.

    Refusal
    ├── ClientFault           the caller can mend it             4xx
    │   ├── Unauthenticated   401  auth.unknown_key
    │   ├── TooManyAttempts   429  auth.too_many_attempts
    │   ├── RateExceeded      429  limits.requests, limits.tokens, limits.concurrency
    │   ├── ForeignHost       421  auth.foreign_host
    │   ├── ForeignOrigin     403  auth.foreign_origin
    │   ├── BodyRefused       400  body.* (413 body.too_large; 415 body.encoding, body.content_type)
    │   ├── HeaderRefused     400  header.malformed
    │   ├── QueryRefused      400  query.malformed
    │   ├── OperationRefused  400  operation.stateful, operation.background
    │   ├── SurfaceNotServed  403  surface.not_served
    │   ├── StateUnknown      404  state.unknown
    │   ├── StateWithdrawn    410  state.withdrawn
    │   ├── StateElsewhere    409  state.elsewhere, state.conflict
    │   ├── StateTooLarge     413  state.too_large
    │   ├── StateFull         403  state.full
    │   ├── UnknownModel      404  model.unknown
    │   ├── UnsupportedContent 400 content.unsupported
    │   ├── NotTranslatable   400  routing.untranslatable, routing.parameter
    │   └── Unfit             400  routing.unfit, routing.context
    ├── PolicyRefusal         the policy said no                 403
    │   ├── BudgetExceeded    429  budget.exceeded
    │   ├── Blocked           403  policy.blocked
    │   ├── FeatureRefused    403  policy.provider_feature
    │   ├── ForeignIdRefused  403  policy.provider_id
    │   ├── StoringForbidden  403  policy.store
    │   └── NoLawfulUpstream  451  residency.no_lawful_upstream
    ├── SafeguardDown         a safeguard cannot do its work     503
    │   ├── DetectionDown     503  detection.unavailable, detection.timeout
    │   ├── AuditDown         503  audit.unavailable
    │   │   ├── AuditFull     503  audit.full
    │   │   ├── AuditReplaced 503  audit.replaced
    │   │   ├── RegisterDown  503  audit.register_unavailable
    │   │   └── CollectorDown 503  audit.collector_unavailable
    │   ├── PolicyDown        503  policy.unavailable
    │   └── StateDown         503  state.unavailable
    ├── Overloaded            503  server.overloaded
    │   └── Stopping          503  server.stopping
    ├── GatewayDefect         500  server.defect
    ├── ResidualFound         500  redaction.residual
    └── UpstreamFault         the provider failed                502
        ├── UpstreamRefused   as the provider said  upstream.refused
        │   └── UpstreamFiltered  as it said, 400 in mid-answer  upstream.filtered
        ├── UpstreamFailed    502  upstream.failed
        │   ├── UpstreamRateLimited 429 upstream.rate_limited
        │   └── UpstreamOverloaded  503 upstream.overloaded
        ├── UpstreamTimeout   504  upstream.timeout
        └── UpstreamBroken    502  upstream.malformed

A code is public, in docs/errors.md, never reused. A message holds entity types, counts, places and
names from the configuration; never what a person wrote. Those of MCP are in mcp_errors.py.
"""

import math
from collections.abc import Mapping
from typing import Any, ClassVar


class GuardrailError(Exception):
    """What this project raises; anything else that escapes is a defect."""

    exit_code = 4  # of the command that it ends (docs/cli.md)


class ConfigError(GuardrailError):
    """A file the operator wrote cannot be used; the text says file, line, field and what to do."""

    exit_code = 2


class Refusal(GuardrailError):
    """A request that is answered with an error instead of a completion.

    Args:
        detail: one sentence for the caller: what happened, where, what to do.
        code: a more precise code of the same class, when the class has several.
        retry_after_s: seconds after which trying again makes sense; sent as `Retry-After`.
        facts: for the audit record: entity types, counts, names from the configuration.
    """

    code: str = "refused"
    status: int = 500
    kind: ClassVar[str] = "api_error"  # the `type` of an OpenAI error object
    outcome: str = "refused"  # what the outcome record says: one of `core.exchange.Ending`

    def __init__(
        self,
        detail: str,
        *,
        code: str | None = None,
        retry_after_s: float | None = None,
        facts: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.retry_after_s = retry_after_s
        self.facts = dict(facts or {})
        if code is not None:
            self.code = code

    @property
    def wait_s(self) -> int | None:
        """Whole seconds to wait, at least one: who waits less comes too early."""
        return None if self.retry_after_s is None else max(1, math.ceil(self.retry_after_s))


class ClientFault(Refusal):
    """The request cannot be served as it stands; the caller can mend it."""

    kind = "invalid_request_error"
    status = 400


class Unauthenticated(ClientFault):
    """No key, or one that nobody issued."""

    code = "auth.unknown_key"
    kind = "authentication_error"
    status = 401


class TooManyAttempts(ClientFault):
    """One address sends more requests without a known key than get records of their own."""

    code = "auth.too_many_attempts"
    kind = "rate_limit_error"
    status = 429


class ForeignHost(ClientFault):
    """The request was meant for another host: a name that somebody pointed at this address."""

    code = "auth.foreign_host"
    kind = "authentication_error"
    status = 421


class ForeignOrigin(ClientFault):
    """A web page sends it from within a browser, and nobody allowed that page."""

    code = "auth.foreign_origin"
    kind = "authentication_error"
    status = 403


class BodyRefused(ClientFault):
    """The body cannot be read, so it cannot be guarded (`code` says why)."""

    code = "body.not_json"


class BodyTooLarge(BodyRefused):
    """The body exceeds the configured bound."""

    code = "body.too_large"
    status = 413


class EncodingRefused(BodyRefused):
    """The body is compressed, or of a type, that the gateway does not read."""

    code = "body.encoding"
    status = 415


class HeaderRefused(ClientFault):
    """A header that would go on, to a provider or server, is not of the form it has to have."""

    code = "header.malformed"


class QueryRefused(ClientFault):
    """A part of the query that would go on to the provider is not of the form the dialect gives it.

    Nothing of the query is repeated: it may hold a key.
    """

    code = "query.malformed"


class OperationRefused(ClientFault):
    """The request asks for an answer in a way that is not served here (`code` says which)."""

    code = "operation.stateful"


class SurfaceNotServed(ClientFault):
    """What is asked for is not passed on at all: a provider has it, and nothing here scans it."""

    code = "surface.not_served"
    kind = "permission_error"
    status = 403


class StateUnknown(ClientFault):
    """Nothing is kept under this name for this caller: not any more, never, or for another one."""

    code = "state.unknown"
    status = 404


class StateWithdrawn(ClientFault):
    """Who keeps the conversation does not serve the model that is asked for."""

    code = "state.withdrawn"
    status = 410


class StateElsewhere(ClientFault):
    """What the request names is kept by others than whom it goes to, or does not fit together."""

    code = "state.elsewhere"
    status = 409


class StateTooLarge(ClientFault):
    """What has to be remembered of it is more than is kept."""

    code = "state.too_large"
    status = 413


class StateFull(ClientFault):
    """This key, or its tenant, has as much remembered as it may."""

    code = "state.full"
    status = 403


class UnknownModel(ClientFault):
    """No virtual model of that name exists for this caller."""

    code = "model.unknown"
    status = 404


class UnsupportedContent(ClientFault):
    """An image, file or audio part that the policy neither scans nor allows."""

    code = "content.unsupported"


class NotTranslatable(ClientFault):
    """Nobody who may be asked can be asked this: they speak or take something else."""

    code = "routing.untranslatable"


class Unfit(ClientFault):
    """The model of nobody who may be asked can do what is asked, as far as anybody says."""

    code = "routing.unfit"


class PolicyRefusal(Refusal):
    """The policy says no."""

    kind = "permission_error"
    status = 403
    outcome = "blocked"


class Blocked(PolicyRefusal):
    """An entity whose action is `block` was found."""

    code = "policy.blocked"


class FeatureRefused(PolicyRefusal):
    """The request asks the provider to keep its text or to pass it on, which the policy forbids."""

    code = "policy.provider_feature"


class ForeignIdRefused(PolicyRefusal):
    """The request names something that a provider keeps, and no policy says that it may."""

    code = "policy.provider_id"


class StoringForbidden(PolicyRefusal):
    """The request goes on from what a provider keeps, and the policy has nothing kept."""

    code = "policy.store"


class NoLawfulUpstream(PolicyRefusal):
    """Every deployment lies outside the jurisdictions the policy allows (RFC 7725)."""

    code = "residency.no_lawful_upstream"
    status = 451


class RateExceeded(ClientFault):
    """A rate that the operator set has no room for the request (`code` says of what)."""

    code = "limits.requests"
    kind = "rate_limit_error"
    status = 429


class BudgetExceeded(PolicyRefusal):
    """A budget that the operator set has no room for what the request may cost."""

    code = "budget.exceeded"
    kind = "insufficient_quota"
    status = 429


class SafeguardDown(Refusal):
    """A safeguard cannot do its work, so nothing passes."""

    status = 503


class DetectionDown(SafeguardDown):
    """The text could not be scanned in time or at all."""

    code = "detection.unavailable"


class AuditDown(SafeguardDown):
    """The record could not be made durable."""

    code = "audit.unavailable"


class AuditFull(AuditDown):
    """The audit log's disk is full, or nearly: nothing new begins, what runs is recorded."""

    code = "audit.full"


class AuditReplaced(AuditDown):
    """A file of the running audit log was deleted, replaced or changed by somebody else."""

    code = "audit.replaced"


class RegisterDown(AuditDown):
    """The register of keys for content cannot be asked, so there is nothing to seal it with."""

    code = "audit.register_unavailable"


class CollectorDown(AuditDown):
    """The policy asks for the collector's acknowledgement, and it does not come."""

    code = "audit.collector_unavailable"


class PolicyDown(SafeguardDown):
    """No valid policy is loaded for this request."""

    code = "policy.unavailable"


class StateDown(SafeguardDown):
    """What is remembered of conversations cannot be read or written."""

    code = "state.unavailable"


class Overloaded(Refusal):
    """A bounded queue is full."""

    code = "server.overloaded"
    status = 503


class Stopping(Overloaded):
    """The gateway was told to stop: the exchange came too late, or did not end in time."""

    code = "server.stopping"


class GatewayDefect(Refusal):
    """Something that nobody foresaw, within an answer that had begun."""

    code = "server.defect"


class ResidualFound(Refusal):
    """An original value was still in the bytes about to be sent; a defect of ours."""

    code = "redaction.residual"


class UpstreamFault(Refusal):
    """No deployment gave a usable answer."""

    status = 502
    outcome = "provider_error"


class UpstreamRefused(UpstreamFault):
    """The provider refused the request itself; trying elsewhere would not help."""

    code = "upstream.refused"


class UpstreamTooLong(UpstreamRefused):
    """The provider refused a request that is longer than its model reads; another's may be not."""


class UpstreamFiltered(UpstreamRefused):
    """A filter of the provider's found in the request what it does not let pass."""

    code = "upstream.filtered"
    kind = "invalid_request_error"
    status = 400


class UpstreamFailed(UpstreamFault):
    """Every lawful deployment was tried, or is out, and none answered."""

    code = "upstream.failed"


class UpstreamRateLimited(UpstreamFailed):
    """Whoever was asked says that it was asked too often."""

    code = "upstream.rate_limited"
    kind = "rate_limit_error"
    status = 429


class UpstreamOverloaded(UpstreamFailed):
    """Whoever was asked has too much to do."""

    code = "upstream.overloaded"
    status = 503


class UpstreamTimeout(UpstreamFault):
    """The provider did not answer in time."""

    code = "upstream.timeout"
    status = 504
    outcome = "timeout"


class UpstreamBroken(UpstreamFault):
    """The provider's answer is not what its dialect allows, or ended before its end mark."""

    code = "upstream.malformed"
    outcome = "truncated"
