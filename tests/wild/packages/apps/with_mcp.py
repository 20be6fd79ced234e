"""MCP: a tool, over streamable HTTP."""

from mcp.server.mcpserver import MCPServer

server = MCPServer("tools")


@server.tool()
def add(one: int, other: int) -> int:
    """Add two numbers."""
    return one + other


app = server.streamable_http_app()
