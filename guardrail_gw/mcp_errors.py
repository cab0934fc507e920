"""What a request to an MCP server can be turned away with, beside what all requests can.

    Refusal (errors.py)
    ├── ClientFault
    │   ├── MethodDenied      404  mcp.method
    │   ├── EraMismatch       400  mcp.era
    │   ├── HeaderMismatch    400  mcp.header
    │   ├── ScopeMissing      403  auth.scope
    │   ├── SessionUnknown    404  mcp.session
    │   ├── ToolUnknown       404  tools.unknown
    │   └── SchemaBroken      422  tools.schema
    ├── PolicyRefusal
    │   ├── ToolDenied        403  tools.denied
    │   ├── ApprovalRefused   403  tools.approval_refused
    │   ├── ApprovalTimeout   403  tools.approval_timeout
    │   ├── DefinitionChanged 403  tools.changed
    │   └── Poisoned          403  tools.poisoned
    └── UpstreamFault
        ├── ResultTooLarge    502  tools.result_too_large
        ├── ServerFailed      502  mcp.server_failed
        │   └── ServerRefused 502  mcp.server_refused
        └── ServerTimeout     504  mcp.server_timeout

The same promises hold as there: a code is public and never reused, and no message holds what a
person or a server wrote.
"""

from guardrail_gw.errors import ClientFault, PolicyRefusal, UpstreamFault


class MethodDenied(ClientFault):
    """A method that nobody listed: what nothing here reads is not passed on.

    404, since the protocol answers with it whatever is not found (-32601).
    """

    code = "mcp.method"
    status = 404


class EraMismatch(ClientFault):
    """What client and server speak of different eras, and what is asked has no words in both."""

    code = "mcp.era"


class HeaderMismatch(ClientFault):
    """A header says something else than the body, or what the protocol asks for is missing."""

    code = "mcp.header"


class ScopeMissing(ClientFault):
    """The access token does not allow what is asked (RFC 6750, 3.1)."""

    code = "auth.scope"
    kind = "permission_error"
    status = 403


class SessionUnknown(ClientFault):
    """No session of that name exists for this caller: not any more, never, or for another one."""

    code = "mcp.session"
    status = 404


class ToolUnknown(ClientFault):
    """The server has no tool of that name, or there is no such server."""

    code = "tools.unknown"
    status = 404


class ListeningOver(ClientFault):
    """A stream that listened ends: its key is not admitted any more, or other policies hold.

    Nobody is told: the stream ends as it does otherwise, and the client may begin anew.
    """

    code = "mcp.listening_over"
    status = 409
    outcome = "truncated"


class SchemaBroken(ClientFault):
    """With something replaced in it, a value would not be what its schema asks for any more."""

    code = "tools.schema"
    status = 422


class ToolDenied(PolicyRefusal):
    """The policy does not let this caller use the tool, or its server."""

    code = "tools.denied"


class ApprovalRefused(PolicyRefusal):
    """A person whose approval the policy asks for said no."""

    code = "tools.approval_refused"


class ApprovalTimeout(PolicyRefusal):
    """Nobody decided in time.

    403 and not 408, after which some clients send the same again, for somebody else to decide.
    """

    code = "tools.approval_timeout"


class DefinitionChanged(PolicyRefusal):
    """The tool is not the one that was approved: new, renamed, or otherwise described."""

    code = "tools.changed"


class Poisoned(PolicyRefusal):
    """What a server says looks as if it gave a model orders, and the policy blocks that."""

    code = "tools.poisoned"


class ResultTooLarge(UpstreamFault):
    """The server's answer exceeds what is let through."""

    code = "tools.result_too_large"


class ServerFailed(UpstreamFault):
    """The MCP server cannot be reached, is gone, or says what is no MCP."""

    code = "mcp.server_failed"


class ServerRefused(ServerFailed):
    """The MCP server is well, and turns the request away, or the gateway with its credentials."""

    code = "mcp.server_refused"


class ServerTimeout(UpstreamFault):
    """The MCP server did not answer in time."""

    code = "mcp.server_timeout"
    status = 504
    outcome = "timeout"
