"""Requests within a body of many, each as the provider reads it by its table of parameters."""

from collections.abc import Callable
from itertools import pairwise

from guardrail_gw.core.enclosed import Enclosed
from guardrail_gw.core.exchange import Envelope
from guardrail_gw.core.parameters import AS_THE_DIALECT_SAYS, Parameters
from guardrail_gw.dialects.members import Fitted, fitted, required

Tables = Callable[[str], Parameters]
"""What has to be done to a body in a dialect."""


def has_table(envelope: Envelope, tables: Tables) -> bool:
    """Whether a table has anything to say of the requests; all are of one dialect or few."""
    dialects = {each.dialect for each in envelope.requests}
    return any(tables(dialect) is not AS_THE_DIALECT_SAYS for dialect in dialects)


def obstacle(envelope: Envelope, tables: Tables) -> str | None:
    """What of the first request that has it the provider cannot do; nothing of a value is in it."""
    if not has_table(envelope, tables):
        return None
    for each in envelope.requests:
        if (found := tables(each.dialect).obstacle(each.members)) is not None:
            return f"{found} at {each.place}"
    return None


def all_fitted(envelope: Envelope, model_json: bytes, tables: Tables) -> Fitted:
    """The whole body; what stands around the requests keeps its bytes.

    Args:
        envelope: a body of many; its model stands in each request once.
        model_json: the model's name as a JSON string.
        tables: the provider's; `obstacle` had nothing to say.
    """
    pieces = (envelope.before, *envelope.between, envelope.after)
    written = list[bytes]()
    left_out = set[str]()
    at = 0
    for each, (piece, following) in zip(envelope.requests, pairwise(pieces), strict=True):
        start = len(piece) - each.before
        made = _fitted(each, piece[start:], model_json, following[: each.after], tables)
        written += (piece[at:start], made.body)
        left_out.update(made.left_out)
        at = each.after
    written.append(pieces[-1][at:])
    return Fitted(body=b"".join(written), left_out=tuple(sorted(left_out)))


def _fitted(each: Enclosed, before: bytes, model: bytes, after: bytes, tables: Tables) -> Fitted:
    parameters = tables(each.dialect)
    body = b"".join((before, model, required(each.members, parameters), after))
    return fitted(body, each.members, parameters)
