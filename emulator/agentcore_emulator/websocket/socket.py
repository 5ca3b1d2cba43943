"""InvokeAgentRuntimeWithWebSocketStream: a socket to the agent of a session."""

from math import isfinite
from uuid import uuid4

from agentcore_emulator.agents.base import Compute
from agentcore_emulator.agents.relay import REQUEST_ID_HEADER as AGENT_REQUEST_ID_HEADER
from agentcore_emulator.agents.scripted import ScriptedAgent
from agentcore_emulator.clock import ADVANCE_S_MAX
from agentcore_emulator.core import Core
from agentcore_emulator.errors import RuntimeClientError
from agentcore_emulator.exchange import Headers
from agentcore_emulator.journal import Closer
from agentcore_emulator.session_id import SESSION_HEADER
from agentcore_emulator.timers import Timer
from agentcore_emulator.websocket.agent import NOT_ACCEPTED, AgentEnd, connect
from agentcore_emulator.websocket.opening import Opening
from agentcore_emulator.websocket.relay import AGENT_LOST, SESSION_ENDED, TOO_LONG, Relay
from agentcore_emulator.websocket.script import ScriptPartner


class OpenSocket:
    """What the session knows of a socket: how to cut it, while it is being opened and when it is open."""

    def __init__(self, opening: Opening) -> None:
        self._opening = opening
        self.relay: Relay | None = None

    def cut(self, by: Closer) -> None:
        """Ends it at once."""
        if self.relay is None:
            self._opening.cut(by)
        elif by == "agent":
            self.relay.end(AGENT_LOST, "agent")
        else:
            self.relay.end(SESSION_ENDED, "emulator")


async def open_socket(core: Core, opening: Opening, forward: Headers) -> Closer:
    """Opens the socket, relays until it is closed, and says who closed.

    Args:
        forward: headers of the client for the agent.

    Raises:
        ServiceError, AgentGoneError, ClientLeftError: it cannot be opened.
    """
    socket = OpenSocket(opening)
    attachment = await core.sessions.attach(opening.key, opening.deployment, socket)
    try:
        agent = await _reach(attachment.compute, opening, forward)
        relay = Relay(opening.client, opening.invocation, core.clock, attachment.touch)
        relay.partner = agent or _script(core, attachment.compute, relay)
        socket.relay = relay
        opening.client.join(relay)
        opening.accept()
        if agent is None:
            pass
        elif agent.open:
            agent.join(relay)
        else:
            relay.end(NOT_ACCEPTED, "agent")
        timer = limit_duration(core, relay)
        try:
            return await relay.run()
        finally:
            timer.cancel()
    finally:
        attachment.detach()


def limit_duration(core: Core, relay: Relay) -> Timer:
    """Closes a socket that is open for too long.

    Source: developer guide, quotas - documented; reason and code as a user saw them, read 2026-11-20 - observed
    """
    longest_s = core.quotas.stream_duration_s
    deadline = core.clock.now() + (longest_s if isfinite(longest_s) else ADVANCE_S_MAX)
    return core.timers.call_at(deadline, lambda: relay.end(TOO_LONG, "emulator"))


async def _reach(compute: Compute, opening: Opening, forward: Headers) -> AgentEnd | None:
    """A socket to the agent, if it is a program; one that is not open was closed by the agent before it accepted."""
    if compute.address is None:
        return None
    agent = await connect(compute.address)
    session_id = opening.key.session_id.encode("latin-1")
    headers = [(SESSION_HEADER, session_id), (AGENT_REQUEST_ID_HEADER, str(uuid4()).encode()), *forward]
    try:
        await agent.shake_hands(headers)
    except BaseException:
        agent.drop()
        raise
    return agent


def _script(core: Core, compute: Compute, relay: Relay) -> ScriptPartner:
    if not isinstance(compute, ScriptedAgent):
        raise RuntimeClientError.of_status(404)
    return ScriptPartner(compute.events, core.clock, core.timers, relay.send)
