"""What a condition costs each request, beside a folder without one, by processor time.

`python -m tests.bench.conditions` prints microseconds a request, medians over rounds that take
turns, so that whatever else the machine does falls on all alike.
"""

import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median

from guardrail_gw.core.exchange import Arrival, Inbound, Question
from guardrail_gw.core.identity import Principal, RequestId
from guardrail_gw.core.text import Entity, Finding, Segment
from guardrail_gw.policy.source import PolicySet, load_set
from tests.support.policies import policy_text, vocabulary, write_policies

ROUNDS, REQUESTS = 41, 1000
MODELS = frozenset({"frontier-large", "small"})
SEGMENTS = tuple(Segment(text=f"Anna and Ben, turn {n}", place="/messages") for n in range(5))
FINDINGS = tuple(
    (
        Finding(start=0, end=4, entity=Entity("PERSON"), score=0.9, recognizer="r"),
        Finding(start=9, end=12, entity=Entity("PERSON"), score=0.9, recognizer="r"),
    )
    for _ in SEGMENTS
)
INBOUND = Inbound(
    arrival=Arrival(id=RequestId("r"), surface="openai_chat", received_us=1_764_190_000_000_000),
    principal=Principal(tenant="acme", team="crm", user="anna", key_id="k1"),
    question=Question(
        dialect="openai_chat",
        model="frontier-large",
        stream=True,
        segments=SEGMENTS,
        attachments=(),
        source=None,
    ),
)
WHENS: Mapping[str, str | None] = {
    "no condition": None,
    "model": 'model.startsWith("frontier-")',
    "model, team and time": 'model.startsWith("frontier-") && team == "crm" && time.hour >= 18',
    "10 findings": "found.PERSON >= 3 && stream",
}


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        asked = {
            name: _asked(Path(folder) / str(n), when)
            for n, (name, when) in enumerate(WHENS.items())
        }
    times: dict[str, list[float]] = {name: [] for name in asked}
    for _ in range(ROUNDS):
        for name, ask in asked.items():
            began = time.process_time()
            for _ in range(REQUESTS):
                ask()
            times[name].append((time.process_time() - began) / REQUESTS * 1e6)
    for name, each in times.items():
        print(f"{name:24} {median(each):6.1f} us a request")


def _asked(folder: Path, when: str | None) -> Callable[[], object]:
    folder.mkdir()
    write_policies(folder, base=policy_text())
    if when is not None:
        spec = f"when: '{when}'\nattachments: block"
        write_policies(folder, extra=policy_text("extra", spec))
    policies = load_set(folder, vocabulary())
    return lambda: _ask(policies)


def _ask(policies: PolicySet) -> object:
    ruling = policies.ruling(INBOUND, MODELS)
    return ruling.found(SEGMENTS, FINDINGS) if ruling.is_open else ruling.policy


if __name__ == "__main__":
    main()
