"""The application of the pod: asks its sidecar over and over, and writes down what it was told.

    python -m tests.pod.app OUT PORT CONNECTIONS KEY_FILE [MODEL] [REQUESTS]

One JSON line for each request: its number, when it was sent and answered (seconds, monotonic),
whether it was streamed, what came of it. Ends after that many requests, or on SIGTERM when those
that are under way are answered.
"""

import asyncio
import json
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

import aiohttp

_TIMEOUT_S = 60
_PAUSE_S = 0.05


class App:
    """Asks on some connections at once."""

    def __init__(self, out: TextIO, port: int, key_file: Path, model: str) -> None:
        self._out = out
        self._url = f"http://127.0.0.1:{port}/v1/chat/completions"
        self._key_file = key_file
        self._model = model
        self.stopping = False

    async def run(self, connections: int, requests: int) -> None:
        """Until all are asked, or somebody stops it."""
        numbers = iter(range(requests))
        timeout = aiohttp.ClientTimeout(total=_TIMEOUT_S)
        connector = aiohttp.TCPConnector(limit=0)
        async with (
            aiohttp.ClientSession(timeout=timeout, connector=connector) as client,
            asyncio.TaskGroup() as tasks,
        ):
            for _ in range(connections):
                tasks.create_task(self._ask_on(client, numbers))

    async def _ask_on(self, client: aiohttp.ClientSession, numbers: Iterator[int]) -> None:
        for number in numbers:
            if self.stopping:
                return
            sent_s = time.monotonic()
            told = await self._ask(client, number)
            line = {"number": number, "sent_s": sent_s, "told_s": time.monotonic(), **told}
            self._out.write(json.dumps(line) + "\n")
            self._out.flush()
            if told["came"] == "down":
                await asyncio.sleep(_PAUSE_S)

    async def _ask(self, client: aiohttp.ClientSession, number: int) -> dict[str, Any]:
        text = f"Question {number}: may person{number}@example.org have it?"
        stream = number % 2 == 0 or self._model != "assistant"
        body = {
            "model": self._model,
            "stream": stream,
            "messages": [{"role": "user", "content": text}],
        }
        headers = {"Authorization": f"Bearer {self._key_file.read_text().strip()}"}
        begun = False
        try:
            async with client.post(self._url, json=body, headers=headers) as response:
                begun = True
                answer = await response.read()
        except (aiohttp.ClientError, TimeoutError) as error:
            came = "broke off" if begun else "down"
            return {"came": came, "why": type(error).__name__, "stream": stream}
        if response.status != 200:
            return {"came": json.loads(answer)["error"]["code"], "stream": stream}
        return {"came": _heard(answer, text, stream=stream), "stream": stream}


def _heard(answer: bytes, text: str, *, stream: bool) -> str:
    if not stream:
        heard = json.loads(answer)["choices"][0]["message"]["content"]
        return "ok" if heard == text else "wrong"
    said, is_whole = "", False
    for line in answer.decode().splitlines():
        data = line.removeprefix("data: ")
        if data == "[DONE]":
            is_whole = True
        elif line.startswith("data: "):
            event = json.loads(data)
            if "error" in event:
                return str(event["error"]["code"])
            for choice in event.get("choices", ()):
                said += choice["delta"].get("content") or ""
    if not is_whole:
        return "broke off"
    return "ok" if said == text else "wrong"


async def asked(app: App, connections: int, requests: int) -> None:
    """Run until told to stop."""
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, lambda: setattr(app, "stopping", True))
    await app.run(connections, requests)


def main() -> None:
    """Read the command line, and ask."""
    out, port, connections, key_file, *more = sys.argv[1:]
    model = more[0] if more else "assistant"
    requests = int(more[1]) if len(more) > 1 else 10**9
    with Path(out).open("w", encoding="utf-8") as file:
        app = App(file, int(port), Path(key_file), model)
        asyncio.run(asked(app, int(connections), requests))


if __name__ == "__main__":
    main()
