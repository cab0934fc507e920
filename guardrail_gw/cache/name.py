"""The name under which an answer is kept: all that may have a part in it, digested under a key.

Two requests share a name only if everything is the same: who asks, what they obey, what they ask
for and how, every byte that leaves, and what each placeholder in it stands for.
"""

import json
from hashlib import blake2b

from guardrail_gw.core.exchange import Redacted


def name_of(key: bytes, redacted: Redacted) -> bytes:
    """The name of a request's answer: 32 bytes of keyed BLAKE2b (RFC 7693).

    Args:
        key: secret, so that nobody can try out what was asked; at most 64 bytes.
        redacted: the request.
    """
    inbound, envelope = redacted.inbound, redacted.envelope
    who, question, head = inbound.principal, inbound.question, inbound.question.head
    facts = [
        [who.tenant, who.team, who.user, who.key_id],
        [redacted.policy_digest, redacted.documents],
        [inbound.arrival.surface, question.dialect, question.model, question.stream],
        [head.method, head.path, head.model, head.headers, head.left_out],
        sorted(redacted.originals.items()),
        envelope.names_model,
    ]
    digest = blake2b(key=key, digest_size=32)
    for part in (
        json.dumps(facts).encode(),
        envelope.before,
        *envelope.between,
        envelope.after,
    ):
        digest.update(len(part).to_bytes(8))  # where one part ends and the next begins counts
        digest.update(part)
    return digest.digest()
