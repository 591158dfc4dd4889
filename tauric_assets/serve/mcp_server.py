"""The MCP server: the tools of tools.py over streamable HTTP (mounted by api.py) or over standard input and output.

`python -m tauric_assets.serve.mcp_server` speaks over standard input and output, for agents that start it themselves.

Belongs here: registration, the protocol's errors. Not here: what the tools do.
Source: Model Context Protocol, specification 2025-11-25; package mcp 2.3.
"""

import functools
import logging
from collections.abc import Callable
from typing import ParamSpec

from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import ToolAnnotations
from starlette.applications import Starlette

from tauric_assets.errors import TauricError
from tauric_assets.house import House
from tauric_assets.serve.searching import Passages
from tauric_assets.serve.tools import Tools
from tauric_assets.settings import load_settings

PATH = "/mcp"
INSTRUCTIONS = (
    "Market data exactly as it was known at an instant: every tool wants as_of and shows nothing that became known "
    "later. Set as_of to the moment you are deciding at, and keep it the same over one line of thought."
)
_READ_ONLY = ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=False)

Arguments = ParamSpec("Arguments")


def create_server(house: House, passages: Passages) -> MCPServer:
    """A server with every tool of `Tools` registered."""
    tools = Tools(house, passages)
    server = MCPServer("tauric-assets", instructions=INSTRUCTIONS, log_level="WARNING")
    for tool in (
        tools.get_bars,
        tools.get_indicators,
        tools.get_insider_transactions,
        tools.get_filings,
        tools.get_news,
        tools.search_passages,
        tools.list_instruments,
        tools.query_sql,
    ):
        server.add_tool(_told_plainly(tool), annotations=_READ_ONLY, structured_output=False)
    return server


def http_app(server: MCPServer) -> Starlette:
    """The server's routes at `PATH`; whoever mounts them runs `server.session_manager` meanwhile."""
    return server.streamable_http_app(streamable_http_path=PATH, json_response=True, stateless_http=True)


def main() -> None:
    """Speak MCP over standard input and output until it ends."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    house = House(load_settings())
    create_server(house, Passages(house)).run("stdio")


def _told_plainly(tool: Callable[Arguments, str]) -> Callable[Arguments, str]:
    """The tool with the house's own errors handed to the agent in their words; others stay hidden in the log."""

    @functools.wraps(tool)
    def told(*args: Arguments.args, **kwargs: Arguments.kwargs) -> str:
        try:
            return tool(*args, **kwargs)
        except TauricError as error:
            raise ToolError(str(error)) from error

    return told


if __name__ == "__main__":
    main()
