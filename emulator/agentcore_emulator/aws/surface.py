"""The AWS surface as one ASGI app: finds the operation, runs its handler, turns what was raised into an answer."""

import logging
from uuid import uuid4

from agentcore_emulator.aws import operations
from agentcore_emulator.aws.invoke import invoke
from agentcore_emulator.aws.respond import send_error
from agentcore_emulator.aws.stop import stop
from agentcore_emulator.core import Core
from agentcore_emulator.errors import InternalServerException, ServiceError
from agentcore_emulator.exchange import Message, Receive, Send

log = logging.getLogger("agentcore_emulator.aws")

_HANDLERS = {operations.INVOKE: invoke, operations.STOP: stop}


class AwsSurface:
    """Answers everything that is not the emulator's own."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answers one HTTP request."""
        request_id = str(uuid4())
        try:
            operation, label = operations.match(scope["method"], scope["raw_path"])
            self._core.quotas.admit_call(operation)
            await _HANDLERS[operation](self._core, label, scope, receive, send, request_id)
        except ServiceError as error:
            await send_error(send, error, request_id)
        except Exception:
            log.exception("request %s failed", request_id)
            await send_error(send, InternalServerException("The emulator failed; see its log"), request_id)
