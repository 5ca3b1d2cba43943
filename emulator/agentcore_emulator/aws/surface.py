"""The AWS surface as one ASGI app: finds the operation, runs its handler, turns what was raised into an answer."""

import logging
from functools import partial
from uuid import uuid4

from agentcore_emulator.aws import operations
from agentcore_emulator.aws.admission import admit
from agentcore_emulator.aws.agent_card import agent_card
from agentcore_emulator.aws.command import command
from agentcore_emulator.aws.invoke import invoke
from agentcore_emulator.aws.protected_resource import protected_resource
from agentcore_emulator.aws.respond import send_error
from agentcore_emulator.aws.server_protocol import protocol_of
from agentcore_emulator.aws.stop import stop
from agentcore_emulator.control.plane import ControlPlane
from agentcore_emulator.core import Core
from agentcore_emulator.errors import InternalServerException, ServiceError
from agentcore_emulator.exchange import ClientLeftError, Message, Receive, Send
from agentcore_emulator.model import ServerProtocol

log = logging.getLogger("agentcore_emulator.aws")

_HANDLERS = {
    operations.INVOKE: invoke,
    operations.COMMAND: command,
    operations.STOP: stop,
    operations.AGENT_CARD: agent_card,
    operations.PROTECTED_RESOURCE: protected_resource,
}


class AwsSurface:
    """Answers everything that is not the emulator's own."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._control = ControlPlane(core.control)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answers one HTTP request."""
        request_id = str(uuid4())
        found = None
        try:
            found = operations.match(scope["method"], scope["raw_path"])
            admission = partial(admit, self._core, found, scope, receive, send, request_id)
            if found is None:
                await self._control(scope, admission, send, request_id)
                return
            admitted = await admission()
            if admitted is None:
                return
            operation, label = found
            self._core.quotas.admit_call(operation)
            await _HANDLERS[operation](self._core, label, scope, admitted, send, request_id)
        except ServiceError as error:
            await send_error(send, error, request_id, self._protocol(scope, found))
        except ClientLeftError:
            return
        except Exception:
            log.exception("request %s failed", request_id)
            await send_error(send, InternalServerException("The emulator failed; see its log"), request_id)

    def _protocol(self, scope: Message, found: tuple[str, bytes] | None) -> ServerProtocol:
        """What the refused client speaks: only invocations go by the runtime's protocol."""
        if found is None or found[0] != operations.INVOKE:
            return "HTTP"
        return protocol_of(self._core.registry, found[1], scope["query_string"])
