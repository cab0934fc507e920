"""What a person wrote never reaches a log line, an error, a metric, a repr or a file name."""

import io
import json
import logging
from pathlib import Path

import pytest

from guardrail_gw.observability.log import configure
from tests.support.world import World, world

CANARY = "Zebulon Quackenbush"
MAIL = "zebulon.quackenbush@canary.example"
TEXT = f"I am {CANARY}, {MAIL}."


async def provoke(there: World) -> None:
    """Everything that can go right or wrong, each with the canary in it."""
    await there.ask(TEXT)
    await there.ask(TEXT, stream=True)
    await there.ask(TEXT, model=MAIL)
    await there.ask(TEXT, model="american")
    await there.ask(TEXT, model="cut?after=1", stream=True)
    await there.post(f'{{"{MAIL}": '.encode())
    await there.post(json.dumps({"model": "assistant", MAIL: {CANARY: [TEXT] * 3}}).encode())
    await there.post({"model": "assistant", "messages": TEXT})
    await there.post({"model": "assistant", "messages": []}, key=MAIL)
    await there.get(f"/{MAIL}")
    there.detectors.broken = True
    await there.ask(TEXT)
    there.detectors.broken = False
    for provider in (there.us, there.eu, there.eu2):
        provider.script.extend(["garbage"] * 9)
    await there.ask(TEXT)


async def test_the_canary_is_seen_nowhere(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """Logs, captured output, metrics, readiness, file names and stored bytes are free of it."""
    lines = io.StringIO()
    configure(lines, level="debug")
    caplog.set_level(logging.DEBUG)
    async with world(tmp_path) as there:
        await provoke(there)
        metrics, ready = await there.get("/metrics"), await there.get("/readyz")
        seen = [
            metrics[1].decode(),
            ready[1].decode(),
            repr(there.gateway.__dict__),
        ]
        answers = there.answers
    out, err = capfd.readouterr()
    seen += [lines.getvalue(), caplog.text, out, err]
    seen += [str(path) for path in tmp_path.rglob("*")]
    seen += [path.read_bytes().decode("latin-1") for path in (tmp_path / "audit").iterdir()]
    errors = [a.decode() for a in answers if a.startswith(b'{"error"')]

    assert "exchange.ended" in lines.getvalue()
    assert (metrics[0], ready[0]) == (200, 200)
    assert len(errors) >= 7
    for text in [*seen, *errors]:
        assert "Zebulon" not in text
        assert "zebulon" not in text
        assert "Quackenbush" not in text
