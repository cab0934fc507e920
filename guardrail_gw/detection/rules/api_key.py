"""Keys and access tokens of services, by the prefixes their issuers gave them.

Source: the issuers' own pages on key formats (AWS, GitHub, GitLab, Slack, Stripe, Google, OpenAI,
Anthropic, Hugging Face, npm, PyPI, SendGrid). A prefix and a length leave next to no chance.
"""

import re
from collections.abc import Iterator

from guardrail_gw.core.text import Entity, Finding
from guardrail_gw.detection.rules.rule import Rule

ENTITY = Entity("API_KEY")

_KEY = re.compile(
    r"(?<![A-Za-z0-9])(?:"
    r"sk-(?:[a-z]{2,12}[0-9]{0,2}-)*[A-Za-z0-9_-]{20,256}"
    r"|(?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]{16}(?![A-Za-z0-9])"
    r"|gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9_]{22,255}|gl[a-z]{2,5}-[A-Za-z0-9_-]{20,128}"
    r"|xox[abeoprs]-[A-Za-z0-9-]{10,256}|xapp-[A-Za-z0-9-]{10,256}"
    r"|[srp]k_(?:live|test)_[A-Za-z0-9]{16,128}|whsec_[A-Za-z0-9+/=]{24,128}"
    r"|AIza[A-Za-z0-9_-]{35}|ya29\.[A-Za-z0-9_-]{20,512}"
    r"|hf_[A-Za-z0-9]{30,64}|npm_[A-Za-z0-9]{36}|pypi-[A-Za-z0-9_-]{50,512}"
    r"|SG\.[A-Za-z0-9_-]{16,32}\.[A-Za-z0-9_-]{32,64}"
    r"|AGE-SECRET-KEY-1[A-Z0-9]{58}"
    r")"
)


def find(text: str) -> Iterator[Finding]:
    """Yield each key, with score 0.95."""
    for match in _KEY.finditer(text):
        yield Finding(
            start=match.start(), end=match.end(), entity=ENTITY, score=0.95, recognizer="api_key"
        )


RULE = Rule(
    name="api_key",
    entities=frozenset({ENTITY}),
    find=find,
    valid=(
        "sk-" + "proj-Ab12" * 4,
        "AKIA" + "IOSFODNN7EXAMPLE",
        "token=ghp_" + "a1B2" * 9,
        "xoxb-" + "123456789012-abcdefghijkl",
        "AIza" + "SyA12345678901234567890123456789012",
        "sk_live_" + "4eC39HqLyjWDarjtT1zdp7dc",
    ),
    invalid=(
        "sk-short",
        "risk-assessment-for-the-whole-organisation",
        "AKIA123",
        "ghp_123",
        "hf_hub",
    ),
)
