"""The emulator as one ASGI app: `/_emulator/` goes to the admin API, everything else to the AWS surface."""

from agentcore_emulator.admin.api import PREFIX, create_admin
from agentcore_emulator.admin.guard import Guard
from agentcore_emulator.aws.surface import AwsSurface
from agentcore_emulator.core import Core
from agentcore_emulator.exchange import AsgiApp, Message, Receive, Send
from agentcore_emulator.websocket.surface import WebSocketSurface
from agentcore_emulator.wire import CLIENT_END

_ADMIN = PREFIX.encode()


def create_app(core: Core) -> AsgiApp:
    """The app that serves `core`; its lifespan opens and closes it."""
    aws = AwsSurface(core)
    sockets = WebSocketSurface(core)
    admin = Guard(create_admin(core), core.settings.allowed_hosts)

    async def app(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            path: bytes = scope["raw_path"]
            chosen: AsgiApp = admin if path == _ADMIN or path.startswith(_ADMIN + b"/") else aws
            await chosen(scope, receive, send)
        elif scope["type"] == "websocket":
            await sockets(scope, scope["extensions"][CLIENT_END])
        elif scope["type"] == "lifespan":
            await _lifespan(core, receive, send)

    return app


async def _lifespan(core: Core, receive: Receive, send: Send) -> None:
    await receive()
    core.open()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await core.close()
    await send({"type": "lifespan.shutdown.complete"})
