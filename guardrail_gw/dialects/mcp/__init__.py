"""The Model Context Protocol: JSON-RPC messages of both eras, and what of them is to be scanned."""

from typing import Final

NAME: Final = "mcp"
