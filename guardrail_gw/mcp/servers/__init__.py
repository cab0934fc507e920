"""MCP servers: whatever carries them and whichever era they speak."""
