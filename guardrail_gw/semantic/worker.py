"""The process that reads what requests mean: `python -m guardrail_gw.semantic.worker FD`.

On FD, a SOCK_SEQPACKET socket, the gateway sends packets of JSON: for each example `[class, text]`,
classes numbered from 0, then `null`. The answer is `{"ready": classes}` or `{"error": type}`. After
that each packet is a text as UTF-8, and each answer a list of similarities; an empty list says that
it failed. It keeps no text, and prints nothing. When the gateway is gone, it ends.
"""

import json
import socket
import sys
from typing import Final

from guardrail_gw.semantic.confined import confine

PACKET: Final = 64 * 1024
"""The longest packet in either direction, in bytes."""


def main(descriptor: int) -> None:
    """Load, report, and answer."""
    confine()
    with socket.socket(fileno=descriptor) as line:
        examples = list[list[str]]()
        while packet := line.recv(PACKET):
            if (example := json.loads(packet)) is None:
                break
            number, text = example
            if number == len(examples):
                examples.append([])
            examples[number].append(text)
        else:
            return
        try:
            from guardrail_gw.semantic.embedding import Embedding  # noqa: PLC0415 - takes seconds

            embedding = Embedding(examples)
        except Exception as error:  # noqa: BLE001 - whatever it is, the gateway is told its type
            line.send(json.dumps({"error": type(error).__name__}).encode())
            return
        line.send(json.dumps({"ready": len(examples)}).encode())
        while packet := line.recv(PACKET):
            try:
                found = embedding.similarities(packet.decode())
            except Exception:  # noqa: BLE001 - it may hold what a person wrote
                found = []
            line.send(json.dumps(found).encode())


if __name__ == "__main__":
    main(int(sys.argv[1]))
