"""Keys and access tokens of services, by the prefixes their issuers gave them.

Source: the issuers' own pages on the formats of their keys. A prefix and a length leave next to no
chance. A name that stands for a key ("sk-YOUR_API_KEY") is none. Keys without a prefix of their own
are `labelled_secret`'s.
"""

import re
from collections.abc import Iterator

from guardrail_gw.core.text import Entity, Finding
from guardrail_gw.detection.rules.placeholders import is_placeholder
from guardrail_gw.detection.rules.rule import Needs, Rule

ENTITY = Entity("API_KEY")

_FORMS = (
    # language models
    r"sk-(?:[a-z]{2,12}[0-9]{0,2}-)*[A-Za-z0-9_-]{20,256}",  # OpenAI, Anthropic, others
    r"sess-[A-Za-z0-9]{40}",
    r"gsk_[A-Za-z0-9]{48,64}",  # Groq
    r"xai-[A-Za-z0-9]{64,128}",
    r"pplx-[A-Za-z0-9]{40,64}",
    r"r8_[A-Za-z0-9]{37,40}",  # Replicate
    r"fw_[A-Za-z0-9]{22,32}",  # Fireworks
    r"nvapi-[A-Za-z0-9_-]{60,72}",
    r"tgp_v1_[A-Za-z0-9_-]{40,48}",  # Together
    r"(?:hf|api_org)_[A-Za-z0-9]{30,64}",
    r"csk-[a-z0-9]{40,64}",  # Cerebras
    r"lsv2_(?:pt|sk)_[a-f0-9]{32}_[a-f0-9]{10}",  # LangSmith
    # clouds
    r"(?:AKIA|ASIA|AROA|AIDA|ABIA|ACCA)[A-Z0-9]{16}(?![A-Za-z0-9])",  # AWS
    r"ABSK[A-Za-z0-9+/=]{60,200}",  # Bedrock
    r"AIza[A-Za-z0-9_-]{35}",
    r"ya29\.[A-Za-z0-9_-]{20,512}",
    r"GOCSPX-[A-Za-z0-9_-]{28}",
    r"[A-Za-z0-9_~.]{3}8Q~[A-Za-z0-9_~.-]{31,34}",  # Microsoft Entra ID
    r"do[opr]_v1_[a-f0-9]{64}",  # DigitalOcean
    r"dapi[a-f0-9]{32}(?:-[0-9])?",  # Databricks
    r"LTAI[A-Za-z0-9]{12,24}",  # Alibaba
    r"SCW[A-Z0-9]{17}",  # Scaleway
    r"hv[sbr]\.[A-Za-z0-9_-]{24,200}",  # Vault
    r"tskey-[a-z]{3,12}-[A-Za-z0-9-]{16,64}",  # Tailscale
    r"v1\.0-[a-f0-9]{24}-[a-f0-9]{146}",  # Cloudflare
    r"pul-[a-f0-9]{40}",  # Pulumi
    # code and packages
    r"gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9_]{22,255}",
    r"gl(?:pat|ptt|dt|rt|cbt|imt|soat|ft|agent|oas)-[A-Za-z0-9_.-]{20,128}",
    r"npm_[A-Za-z0-9]{36}",
    r"pypi-[A-Za-z0-9_-]{50,512}",
    r"dckr_(?:pat|oat)_[A-Za-z0-9_-]{27,64}",
    r"rubygems_[a-f0-9]{48}",
    r"ATATT3[A-Za-z0-9_=-]{100,250}|ATBB[A-Za-z0-9]{28,36}",  # Atlassian
    r"lin_(?:api|oauth)_[A-Za-z0-9]{40,64}",
    r"sntr[yu][su]_[A-Za-z0-9_=+/]{40,250}",  # Sentry
    r"gl(?:c|sa)_[A-Za-z0-9_=+/]{32,512}",  # Grafana
    r"NRAK-[A-Z0-9]{27}",
    r"PMAK-[a-f0-9]{24}-[a-f0-9]{34}",
    # messages and money
    r"xox[abeoprs]-[A-Za-z0-9-]{10,256}|xapp-[A-Za-z0-9-]{10,256}",
    r"[srp]k_(?:live|test)_[A-Za-z0-9]{16,128}|whsec_[A-Za-z0-9+/=]{24,128}",
    r"SG\.[A-Za-z0-9_-]{16,32}\.[A-Za-z0-9_-]{32,64}",
    r"(?:SK|AC)[a-f0-9]{32}(?![A-Za-z0-9])",  # Twilio
    r"key-[a-f0-9]{32}(?![A-Za-z0-9])",  # Mailgun
    r"[a-f0-9]{32}-us[0-9]{1,2}(?![A-Za-z0-9])",  # Mailchimp
    r"sq0(?:atp|csp|idp)-[A-Za-z0-9_-]{22,43}",  # Square
    r"shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}",  # Shopify
    r"[0-9]{8,10}:AA[A-Za-z0-9_-]{33}(?![A-Za-z0-9])",  # Telegram
    r"pat[A-Za-z0-9]{14}\.[a-f0-9]{64}",  # Airtable
    r"(?:secret|ntn)_[A-Za-z0-9]{43,50}",  # Notion
    r"EAA[A-Za-z0-9]{80,250}",  # Meta
    r"AGE-SECRET-KEY-1[A-Z0-9]{58}",
)
_KEY = re.compile(rf"(?<![A-Za-z0-9])(?:{'|'.join(_FORMS)})")


def find(text: str) -> Iterator[Finding]:
    """Yield each key, with score 0.95."""
    for match in _KEY.finditer(text):
        if is_placeholder(match.group()):
            continue
        yield Finding(
            start=match.start(), end=match.end(), entity=ENTITY, score=0.95, recognizer="api_key"
        )


RULE = Rule(
    name="api_key",
    entities=frozenset({ENTITY}),
    find=find,
    needs=Needs(unbroken=15),
    valid=(
        "gsk_" + "a1B2" * 13,
        "dop_v1_" + "0a1b" * 16,
        "glsa_" + "a1B2" * 10,
        "dckr_pat_" + "a1B2" * 7,
        "12345678:AA" + "a1B2C" * 6 + "xyz",
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
        "sk-YOUR_API_KEY_GOES_RIGHT_HERE",
        "sk-xxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "sk-this-is-only-a-long-css-class",
    ),
)
