"""The MCP endpoint: Streamable HTTP of both eras, sessions, and who may ask."""
