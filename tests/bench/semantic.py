"""What sorting a request into a route class costs, in processor time of whoever does it.

    python -m tests.bench.semantic

The least of many rounds: what others do on the machine makes a round longer, never shorter.
"""

import asyncio
import json
import resource
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Final

from guardrail_gw.core.exchange import Envelope
from guardrail_gw.core.shipped import shipped
from guardrail_gw.dialects.last_said import last_said
from guardrail_gw.semantic.classes import SHIPPED, Classes, load_classes
from guardrail_gw.semantic.classifier import SemanticClassifier
from guardrail_gw.semantic.evaluation import load_cases
from guardrail_gw.semantic.excerpt import excerpt
from tests.support.routing_world import OwnClock

_ROUNDS: Final = 15


def main() -> None:
    """Measure and print."""
    folder = shipped(SHIPPED)
    classes = load_classes(folder / "classes.yaml")
    prompts = [each.prompt for each in load_cases(folder / "cases.yaml", classes)]
    rows = dict(_worker(classes, prompts))
    rows |= _gateway(classes, prompts[0])
    for what, value in rows.items():
        print(f"{value:10.3f}  {what}")


def _worker(classes: Classes, prompts: list[str]) -> Iterator[tuple[str, float]]:
    began = time.process_time()
    from guardrail_gw.semantic.embedding import Embedding  # noqa: PLC0415 - its import is measured

    before_mb = _resident_mb()
    embedding = Embedding([each[:3] for each in classes.examples.values()])
    yield "s to load the model", time.process_time() - began
    yield "MB more resident", _resident_mb() - before_mb
    times = sorted(_least_ms(partial(embedding.similarities, each)) for each in prompts)
    yield "ms for one of the shipped cases, median", times[len(times) // 2]
    yield "ms for the longest of them", times[-1]
    long = excerpt(" ".join(prompts))
    yield "ms for the most that is read", _least_ms(lambda: embedding.similarities(long))


def _gateway(classes: Classes, prompt: str) -> dict[str, float]:
    """What the gateway's own process has to do."""

    async def known() -> float:
        classifier = SemanticClassifier(classes, OwnClock(), deadline_s=5.0)
        try:
            await classifier.start()
            await classifier.classify(prompt)
            least = 1.0
            for _ in range(_ROUNDS):
                began = time.process_time()
                for _ in range(100):
                    await classifier.classify(prompt)
                least = min(least, (time.process_time() - began) / 100)
            return 1000 * least
        finally:
            await classifier.close()

    turns = [
        {"role": role, "content": prompt * 20} for _ in range(100) for role in ("user", "assistant")
    ]
    body = json.dumps({"messages": [*turns, {"role": "user", "content": prompt}]}).encode()
    envelope = Envelope(before=body, after=b"")
    return {
        "ms for a text that was seen before": asyncio.run(known()),
        f"ms to find what was said last in {len(body) >> 10} KiB": _least_ms(
            lambda: last_said("openai_chat", envelope)
        ),
    }


def _least_ms(work: Callable[[], Any]) -> float:
    least = 10.0
    for _ in range(_ROUNDS):
        began = time.process_time()
        work()
        least = min(least, time.process_time() - began)
    return 1000 * least


def _resident_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
