"""A small MCP server over standard input and output, whose tools stand in a file.

    python -m tests.support.mcp_small TOOLS.json HEARD.jsonl

It speaks 2025-11-25, reads its file whenever it is asked for its tools, answers every call with the
arguments, and notes each call. What stands in TOOLS.about, if anything, it says of itself.
"""

import json
import sys
from pathlib import Path
from typing import Any


def answer(method: str, params: dict[str, Any], tools: Path, heard: Path) -> dict[str, Any] | None:
    """The result of a request; None: there is no such method."""
    if method == "initialize":
        about = tools.with_suffix(".about")
        return {
            "protocolVersion": "2025-11-25",
            "capabilities": {"tools": {}},
            "serverInfo": {"name": "small", "version": "1"},
            **(json.loads(about.read_text()) if about.exists() else {}),
        }
    if method == "tools/list":
        return {"tools": json.loads(tools.read_text())}
    if method != "tools/call":
        return None
    with heard.open("a") as file:
        file.write(json.dumps(params) + "\n")
    return {"content": [{"type": "text", "text": json.dumps(params.get("arguments", {}))}]}


def command(tools: Path, heard: Path) -> dict[str, Any]:
    """How a gateway runs one, as `process` says it."""
    words = [sys.executable, "-m", "tests.support.mcp_small", str(tools), str(heard)]
    return {"command": words, "directory": str(Path(__file__).parents[2])}


def main() -> None:
    """Serve until standard input ends."""
    tools, heard = Path(sys.argv[1]), Path(sys.argv[2])
    for line in sys.stdin:
        message = json.loads(line)
        if "id" in message and "method" in message:
            result = answer(message["method"], message.get("params", {}), tools, heard)
            said = {"result": result} if result else {"error": {"code": -32601, "message": "no"}}
            told = {"jsonrpc": "2.0", "id": message["id"], **said}
            sys.stdout.write(json.dumps(told) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
