"""A vocabulary and policy files for tests."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from guardrail_gw.core.text import Entity
from guardrail_gw.detection.regions import LOOKS_ONLY
from guardrail_gw.policy.entities import ENTITIES
from guardrail_gw.policy.vocabulary import Vocabulary

PLACES: Mapping[str, frozenset[str]] = {
    "EU": frozenset({"DE", "FR", "IE"}),
    "EEA": frozenset({"DE", "FR", "IE", "NO"}),
    "UK": frozenset({"GB"}),
    **{code: frozenset({code}) for code in ("DE", "FR", "IE", "NO", "GB", "CH", "US")},
}


def vocabulary(
    detectable: Iterable[str] = ENTITIES, *, surrogates: bool = True, conditions: bool = True
) -> Vocabulary:
    """Every entity is detected and two surfaces served, unless the test says otherwise."""
    return Vocabulary(
        detectable=frozenset(Entity(name) for name in detectable),
        jurisdictions=PLACES,
        surfaces=frozenset({"openai_chat", "openai_responses"}),
        looks_only=LOOKS_ONLY,
        surrogates=surrogates,
        conditions=conditions,
        elsewhere={Entity("US_SSN"): frozenset({"US"})},
    )


def policy_text(name: str = "base", spec: str = "", match: str = "") -> str:
    """A policy file; `spec` replaces everything but the match lines."""
    body = spec or "pii: {default: {action: token}}"
    lines = "\n".join(f"  {line}" for line in body.splitlines())
    return (
        "apiVersion: guardrail-gw/v1\nkind: Policy\n"
        f"metadata: {{id: {name}, version: 1, owner: dpo, description: for a test}}\n"
        f"spec:\n  match: {{{match}}}\n{lines}\n"
    )


def write_policies(folder: Path, **texts: str) -> Path:
    """Write each text as `<name>.yaml`."""
    for name, text in texts.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return folder


def without_names(path: Path) -> None:
    """Have the policies beside a gateway.yaml name nothing that rules alone cannot find."""
    policy = path.parent / "policies" / "policy.yaml"
    named = re.compile(r"^ +(PERSON|LOCATION|NRP|ORGANIZATION|DATE_TIME): .*\n", re.MULTILINE)
    policy.write_text(named.sub("", policy.read_text(encoding="utf-8")), encoding="utf-8")
