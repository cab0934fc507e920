"""What a policy says of a request before anything is looked for in it."""

from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

from guardrail_gw.core.exchange import Question
from guardrail_gw.errors import StoringForbidden, UnsupportedContent
from guardrail_gw.policy.policy import Policy, Store

ATTACHMENTS_RULE: Final = "attachments.allowed"
"""Stands in the record when content that nothing scans was let through by policy."""

STORE_RULE: Final = "store.never"
"""Stands in the record when a request said `store: true` and the policy had it say `false`."""

_SHOWN: Final = 5


def attachment_rules(question: Question, policy: Policy) -> tuple[str, ...]:
    """Stand in the record where what nothing scans was let through; raises UnsupportedContent."""
    if not question.attachments:
        return ()
    if policy.attachments_allowed:
        return (ATTACHMENTS_RULE,)
    shown = ", ".join(f"{a.media} at {a.place}" for a in question.attachments[:_SHOWN])
    count = Counter(a.media for a in question.attachments)
    raise UnsupportedContent(
        f"the policy does not allow content that cannot be scanned: {shown}",
        facts={"attachments": dict(sorted(count.items()))},
    )


def store_rules(question: Question, policy: Policy) -> tuple[str, ...]:
    """Stands in the record where what the client said of storing is not what leaves."""
    return (STORE_RULE,) if question.store and policy.store is Store.NEVER else ()


def refuse_storing(members: Mapping[str, Any], question: Question) -> None:
    """What some server may read as `store`, and nothing here can take back, does not leave."""
    for name, value in members.items():
        taken_back = name == "store" and question.store is not False
        if name.casefold() == "store" and value and not taken_back:
            raise StoringForbidden("'/store' asks the provider to keep what the policy does not")
