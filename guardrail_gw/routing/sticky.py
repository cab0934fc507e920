"""What requests have in common that are to go to the same deployment. Pure."""

import json
from hashlib import blake2b

from guardrail_gw.core.exchange import Redacted
from guardrail_gw.core.objective import StickyBy
from guardrail_gw.dialects.begun import first_turns


def common_seed(redacted: Redacted, by: StickyBy) -> int:
    """64 bits, the same for what belongs together; of placeholders, which stay the same as well."""
    inbound = redacted.inbound
    who, question = inbound.principal, inbound.question
    said = (who.tenant, who.team, who.user, who.key_id, question.model)
    hashed = blake2b(json.dumps(said).encode(), digest_size=8)
    if by is StickyBy.CONVERSATION:
        envelope = redacted.envelope
        body = first_turns(question.dialect, envelope.before)
        hashed.update(body or first_turns(question.dialect, envelope.after))
    return int.from_bytes(hashed.digest(), "big")
