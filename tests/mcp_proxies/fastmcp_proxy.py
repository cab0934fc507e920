"""FastMCP's proxy, as its documentation has it; run where it is installed.

build/mcp-proxies/bin/python tests/mcp_proxies/fastmcp_proxy.py URL PORT
"""

import logging
import sys

from fastmcp.server import create_proxy

logging.disable(logging.WARNING)
create_proxy(sys.argv[1]).run(
    transport="http",
    host="127.0.0.1",
    port=int(sys.argv[2]),
    show_banner=False,
    uvicorn_config={"access_log": False, "log_level": "error"},
)
