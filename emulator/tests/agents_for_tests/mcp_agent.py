"""A real MCP server that keeps its sessions itself: made with the `mcp` package, deployed as `mcp_agent.py:app`."""

import os

from mcp.server.mcpserver import MCPServer

server = MCPServer("counter")
calls: list[int] = []


@server.tool()
def count() -> dict[str, int]:
    """Counts its calls in this process."""
    calls.append(1)
    return {"pid": os.getpid(), "calls": len(calls)}


app = server.streamable_http_app()
