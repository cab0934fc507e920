"""How the requests of one virtual model are sent, besides to whom."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """What an operator says of one virtual model."""

    resumes: bool = False
    """A stream that breaks off is gone on with elsewhere; else it ends with an error."""
    hedge_after_s: float | None = None
    """A second deployment is asked when nothing has come by then; None: never."""


PLAIN = Way()
