"""What a request may cost before anybody has counted: the upper side of a guess."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from guardrail_gw.core.amounts import Measured, Tier, Usage, measured_usd, nano_usd
from guardrail_gw.core.deployment import Deployment
from guardrail_gw.core.exchange import Envelope, Redacted

_BYTES_PER_TOKEN: Final = 3
"""Of JSON around English text, tokenizers make about one token of four bytes, of code and of other
languages one of three; whatever the guess was, what the provider counted takes its place."""
_MOST_BYTES_PER_TOKEN: Final = 8
"""Hardly any text has longer ones: of English they have four, of code with deep margins six."""
_ESCAPED: Final = 4
"""What an escaped character takes in bytes beyond what it takes as such, or little more."""
_AROUND: Final = 200
"""Bytes of a streamed event that are no text."""
_ATTACHMENT_TOKENS: Final = 2_000
"""An image of a megapixel has 1,100 to 1,600 tokens at the large providers."""
MOST_WRITTEN: Final = 8_192
"""Where neither the request nor the catalog says how long an answer may be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """Tokens, guessed."""

    read: int
    written: int
    """The most that all answers may have together."""
    tier: Tier | None = None
    """That is asked for."""
    hears: bool = False
    """Recordings may be among what is read."""
    shows: bool = False
    """Speech or images may be among what is written."""
    units: Measured = ()
    """The most that the answer is counted in besides tokens."""

    @property
    def tokens(self) -> int:
        """Both together."""
        return self.read + self.written

    def is_priced(self, deployment: Deployment) -> bool:
        """Whether it is known what it costs there."""
        nothing = self.tokens == 0
        return nothing or deployment.price is not None or self._by_unit(deployment) is not None

    def most_nano(self, deployment: Deployment) -> int:
        """Billionths of a US dollar that it can cost there at most; 0 where no price is known."""
        costs = [
            price.most_usd(self.read, self.written, hears=self.hears, shows=self.shows)
            for price in deployment.dearest(self.tier)
        ]
        by_unit = self._by_unit(deployment)
        return nano_usd(max([*costs, by_unit or Decimal(0)]))

    def cut_nano(self, deployment: Deployment, events: int, size: int) -> int:
        """What it cost there if the answer broke off after so many events, of so many bytes."""
        by_unit = self._by_unit(deployment)
        if by_unit is not None:
            return nano_usd(by_unit)
        usage = Usage(input=self.read, output=self.seen(events, size))
        prices = deployment.dearest(deployment.unsaid(self.tier))
        return nano_usd(max((each.cost_usd(usage) for each in prices), default=Decimal(0)))

    def _by_unit(self, deployment: Deployment) -> Decimal | None:
        return measured_usd(self.units, deployment.units)

    def cut_tokens(self, events: int, size: int) -> int:
        """How many tokens that were."""
        return self.read + self.seen(events, size)

    def seen(self, events: int, size: int) -> int:
        """At least a token for each event; more where their text is long."""
        text = max(0, size - events * _AROUND)
        return min(self.written, max(events, tokens_of(text)))


def text_bytes(redacted: Redacted) -> int:
    """How many bytes of a request are text, with the JSON around it."""
    question, envelope = redacted.inbound.question, redacted.envelope
    if question.attachments:  # most of the bytes are theirs, and no text
        return sum(len(segment.text.encode()) for segment in question.segments)
    return all_bytes(envelope)


def all_bytes(envelope: Envelope) -> int:
    """How many bytes a body has."""
    return len(envelope.before) + len(envelope.after) + sum(map(len, envelope.between))


def least_tokens(redacted: Redacted, size: int) -> int:
    """How many tokens a request has at least; a character may be escaped in six bytes.

    Args:
        redacted: the request.
        size: its `text_bytes`.
    """
    envelope = redacted.envelope
    escapes = envelope.before.count(b"\\u") + envelope.after.count(b"\\u")
    return max(0, size - escapes * _ESCAPED) // _MOST_BYTES_PER_TOKEN


def tokens_of(size: int) -> int:
    """How many tokens so many bytes are, rounded up."""
    return -(-size // _BYTES_PER_TOKEN)


def read_tokens(text_bytes: int, attachments: int) -> int:
    """How many tokens a request is, by its text and what else is in it."""
    return tokens_of(text_bytes) + attachments * _ATTACHMENT_TOKENS


def most_of(deployment: Deployment) -> int:
    """How long one answer of a deployment may be, if the request does not say."""
    return deployment.most_written or MOST_WRITTEN
