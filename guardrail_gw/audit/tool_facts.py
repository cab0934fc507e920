"""What the records of a request to an MCP server say beside those of one to a model: FORMAT.md, 4.

In the leaf they are an intent and an outcome like all others, so that whoever holds them against
each other needs to know nothing more. The sealed part has `tool`, and is a `tool_intent` or a
`tool_outcome`.
"""

from typing import Any

from guardrail_gw.core.tool import Called, ToolNotes


def tool_intent(called: Called) -> dict[str, Any]:
    """What is asked: the server, the tool, and a digest of the arguments as they leave."""
    said: dict[str, Any] = {"server": called.server, "method": called.method}
    if called.tool:
        said["name"] = called.tool
    if called.arguments_sha256:
        said["arguments_sha256"] = called.arguments_sha256
    if called.is_trusted:
        said["originals"] = True
    if called.needs_approval:
        said["approval"] = "required"
    if called.answers:
        said["answers"] = called.answers
    return said


def tool_outcome(notes: ToolNotes) -> dict[str, Any]:
    """What came of it: what was found in what the server said, and who approved the call."""
    called = notes.called
    said: dict[str, Any] = {
        "server": called.server,
        "method": called.method,
        "entities": dict(sorted(notes.entities.items())),
        "replaced": notes.replaced,
        "error": notes.is_error,
    }
    if called.tool:
        said["name"] = called.tool
    if notes.approval:
        said["approval"] = dict(notes.approval)
    if notes.suspicions:
        said["suspicions"] = dict(sorted(notes.suspicions.items()))
    return said
