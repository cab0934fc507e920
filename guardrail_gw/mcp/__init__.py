"""MCP: many servers behind one endpoint, through the same chain as requests to models."""
