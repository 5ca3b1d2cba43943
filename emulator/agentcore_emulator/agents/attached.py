"""The attached agent: a server that the developer runs himself, with a debugger or reloading as he edits."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from agentcore_emulator.agents.base import AgentAnswer, SessionSpec
from agentcore_emulator.agents.options import AttachedUrl
from agentcore_emulator.agents.relay import AgentPort
from agentcore_emulator.exchange import AgentGoneError, Exchange
from agentcore_emulator.session_health import Ping, read_ping


class AttachedAgent:
    """One URL, deployed as a runtime; all its sessions reach the same server."""

    def __init__(self, url: AttachedUrl) -> None:
        self._url = url

    async def provision(self, spec: SessionSpec, on_gone: Callable[[], None]) -> "AttachedCompute":  # noqa: ARG002 - the protocol's names
        """Ready at once: whether the server is there shows when it is called."""
        return AttachedCompute(self._url.port, pinged=spec.deployment.protocol != "MCP")


class AttachedCompute:
    """The way of one session to the developer's server.

    While the server is away, because it reloads, every call is a dropped connection (424, as for a container that
    hangs up); the session lives on, and the next call works when the server is back.
    """

    working_directory = None
    environment: Mapping[str, str] = MappingProxyType({})

    def __init__(self, port: int, *, pinged: bool) -> None:
        self.pinged = pinged
        self.address = ("127.0.0.1", port)
        self._port = AgentPort(port)

    async def answer(self, exchange: Exchange) -> None:
        """Relays the exchange."""
        await self._port.invoke(exchange)

    async def get(self, path: str) -> AgentAnswer:
        """As `AgentPort.get`."""
        return await self._port.get(path)

    async def ping(self) -> Ping | None:
        """Asks the server for its health; one that is away, or says that it is not well, is left alone."""
        try:
            answer = await self._port.get("/ping")
        except AgentGoneError:
            return None
        ping = read_ping(answer.status, answer.body)
        return ping if ping.healthy else None

    async def stop(self) -> None:
        """Hangs up; the server goes on."""
        self._port.close()
