"""Where an MCP message goes: the session that its `Mcp-Session-Id` leads to.

A request that brings the header reaches the same process each time. One without it begins a session: its id is made
here, told to the agent and returned. Only `initialize` goes to the agent without the header, because an agent that
keeps MCP sessions itself chooses the id there; its choice is returned and leads to the same process from then on.
Source: developer guide, MCP protocol contract, read 2026-11-20 - documented; how the service tells `initialize` from
other messages is assumed
"""

import re
from collections import OrderedDict
from typing import Final

from agentcore_emulator.aws.request import MCP_SESSION_HEADER, RequestHeaders
from agentcore_emulator.exchange import Exchange, Headers
from agentcore_emulator.model import Deployment

ALIASES_MAX: Final = 10_000

_INITIALIZE = re.compile(rb'"method"\s*:\s*"initialize"')


class McpSessions:
    """Which session an MCP session id means, where an agent chose another one than ours; the oldest give way."""

    def __init__(self) -> None:
        self._aliases: OrderedDict[tuple[str, str, str], str] = OrderedDict()

    def session_of(self, deployment: Deployment, mcp_id: str) -> str:
        """The session that `mcp_id` leads to."""
        return self._aliases.get((deployment.runtime.id, deployment.qualifier, mcp_id), mcp_id)

    def remember(self, deployment: Deployment, mcp_id: str, session_id: str) -> None:
        """From here on `mcp_id` leads to that session."""
        self._aliases[deployment.runtime.id, deployment.qualifier, mcp_id] = session_id
        if len(self._aliases) > ALIASES_MAX:
            self._aliases.popitem(last=False)


async def route(
    sessions: McpSessions, exchange: Exchange, deployment: Deployment, headers: RequestHeaders, new_id: str
) -> str:
    """The session id of an MCP request; prepares what the agent gets and what the client gets back.

    Args:
        new_id: the session's id when the request names none: the runtime session id, or a fresh one.
    """
    given = headers.find(MCP_SESSION_HEADER)
    if given is not None:
        exchange.response_headers.append((MCP_SESSION_HEADER, given))
        return sessions.session_of(deployment, given.decode("latin-1"))
    made = new_id.encode("latin-1")
    exchange.response_headers.append((MCP_SESSION_HEADER, made))
    if headers.find(b"mcp-method") == b"initialize" or _INITIALIZE.search(await exchange.peek()):

        def remember(agents: Headers) -> None:
            chosen = dict(agents).get(MCP_SESSION_HEADER, made)
            if chosen != made:
                sessions.remember(deployment, chosen.decode("latin-1"), new_id)

        exchange.on_start = remember
    else:
        exchange.forward.append((MCP_SESSION_HEADER, made))
    return new_id
