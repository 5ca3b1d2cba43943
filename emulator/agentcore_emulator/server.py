"""Serving: uvicorn on a socket that is bound here, in this thread or in one beside it."""

import asyncio
import contextlib
import socket
import threading
from collections.abc import Callable, Generator
from types import TracebackType
from typing import Self

import uvicorn

from agentcore_emulator.app import create_app
from agentcore_emulator.core import Core
from agentcore_emulator.model import Runtime
from agentcore_emulator.patience import Patience
from agentcore_emulator.settings import DEFAULT_HOST, Settings
from agentcore_emulator.wire import BoundedHttpProtocol

BACKLOG = 2_048
GRACE_S = 1
READY_S_MAX = 30.0


class EmulatorServer(uvicorn.Server):
    """uvicorn's server: tells when it serves, cuts what is open when it is to end, leaves signals to the program."""

    def __init__(self, core: Core, on_ready: Callable[[], None]) -> None:
        super().__init__(
            uvicorn.Config(
                create_app(core),
                http=BoundedHttpProtocol,
                loop="uvloop",
                ws=asyncio.Protocol,  # never made: `BoundedHttpProtocol` hands over itself
                lifespan="on",
                log_config=None,
                log_level="critical",
                access_log=False,
                proxy_headers=False,
                server_header=False,
                backlog=BACKLOG,
                timeout_keep_alive=75,
                timeout_graceful_shutdown=GRACE_S,
            )
        )
        self._core = core
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Serves from here on."""
        if sockets:
            self._core.registry.base_url = url_of(sockets[0])
        await super().startup(sockets)
        Patience(self.server_state.connections, self._core.timers, self._core.settings.request_timeout_s).look()
        self._on_ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Ends every session first, so that no open stream is waited for."""
        await self._core.sessions.stop_all()
        await super().shutdown(sockets)

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        """Signals are the program's business."""
        yield


def url_of(listener: socket.socket) -> str:
    """The address at which that socket is reached."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; connecting to it works from now on.

    Raises:
        OSError: the address cannot be had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


class Emulator:
    """An emulator in this process: a context manager that serves on a free port from its first line on.

    with Emulator(Settings(scenarios=(scenario,))) as emulator:
        boto3.client("bedrock-agentcore", endpoint_url=emulator.url)
    """

    def __init__(self, settings: Settings) -> None:
        self.core = Core(settings)
        self.port = 0
        self._ready = threading.Event()
        self._server = EmulatorServer(self.core, self._ready.set)
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """Where it serves."""
        return f"http://{DEFAULT_HOST}:{self.port}"

    def runtime(self, name: str) -> Runtime:
        """The runtime of that name.

        Raises:
            KeyError: there is none.
        """
        for runtime in self.core.registry.all():
            if runtime.name == name:
                return runtime
        raise KeyError(name)

    def __enter__(self) -> Self:
        listener = listen(DEFAULT_HOST, 0)
        self.port = listener.getsockname()[1]
        self._thread = threading.Thread(
            target=self._server.run, args=([listener],), name="agentcore-emulator", daemon=True
        )
        self._thread.start()
        if not self._ready.wait(READY_S_MAX):
            raise TimeoutError("the emulator did not begin to serve")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.should_exit = True
        if self._thread is not None:
            self._thread.join()
