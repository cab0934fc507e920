"""HTTP APIs as MCP servers: their operations are tools."""
