"""WebSocket on the AWS surface: plain HTTP up to the upgrade, then a relay or a shell; all in the journal.

Source: developer guide, get started with bidirectional streaming, read 2026-11-20 - documented
"""

import asyncio
import logging
from time import monotonic
from uuid import uuid4

from agentcore_emulator.auth.settings import AuthMode
from agentcore_emulator.aws.request import listed_headers
from agentcore_emulator.aws.respond import send_error
from agentcore_emulator.core import Core
from agentcore_emulator.errors import InternalServerException, RuntimeClientError, ServiceError
from agentcore_emulator.exchange import AgentGoneError, ClientLeftError, Message
from agentcore_emulator.journal import Closer, Invocation, SocketTally, redact
from agentcore_emulator.model import SessionKey
from agentcore_emulator.websocket.client import ClientEnd
from agentcore_emulator.websocket.opening import Opening
from agentcore_emulator.websocket.origin import check_origin
from agentcore_emulator.websocket.shell import open_shell
from agentcore_emulator.websocket.shells import Shells
from agentcore_emulator.websocket.socket import open_socket
from agentcore_emulator.websocket.upgrade import SHELL, Upgrade, parse_upgrade

log = logging.getLogger("agentcore_emulator.websocket")


class WebSocketSurface:
    """Answers every request to open a WebSocket."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._shells = Shells(lambda s, callback: core.timers.call_at(core.clock.now() + s, callback))

    async def __call__(self, scope: Message, client: ClientEnd) -> None:
        """Serves one client until its connection is gone."""
        invocation = Invocation(
            id=str(uuid4()),
            raw_path=scope["raw_path"].decode("latin-1"),
            headers=redact(scope["headers"]),
            received_at=self._core.clock.wall(),
            started_s=monotonic(),
            method="GET",
            socket=SocketTally(),
        )
        self._core.journal.open(invocation)
        closed_by: Closer = "emulator"
        try:
            closed_by = await self._serve(scope, client, invocation)
        finally:
            if client.accepted or not client.answered:
                client.drop()
            self._core.journal.close(invocation, closed_by, monotonic())

    async def _serve(self, scope: Message, client: ClientEnd, invocation: Invocation) -> Closer:
        """Serves and says who closed; what stands in the way of an upgrade is told in plain HTTP."""
        refusal: ServiceError
        closed_by: Closer = "agent"
        try:
            upgrade = parse_upgrade(scope["raw_path"], scope["query_string"], scope["headers"])
            opening = await self._prepare(scope, client, invocation, upgrade)
            return await self._open(scope, upgrade, opening)
        except ServiceError as error:
            refusal = error
            closed_by = "agent" if isinstance(error, RuntimeClientError) else "emulator"
        except AgentGoneError:
            refusal = RuntimeClientError.of_status(502)
        except ClientLeftError:
            invocation.cut = True
            return "client"
        except Exception:
            log.exception("socket %s failed", invocation.id)
            refusal = InternalServerException("The emulator failed; see its log")
            closed_by = "emulator"
        await _refuse(client, invocation, refusal)
        return closed_by

    async def _prepare(self, scope: Message, client: ClientEnd, invocation: Invocation, upgrade: Upgrade) -> Opening:
        core = self._core
        invocation.arn, invocation.qualifier = upgrade.identifier, upgrade.qualifier
        invocation.session_generated = upgrade.session_id is None
        session_id = invocation.session_id = upgrade.session_id or core.new_session_id()
        core.quotas.admit_call(upgrade.operation)
        deployment = core.registry.resolve(upgrade.identifier, upgrade.account_id, upgrade.qualifier)
        invocation.runtime = deployment.runtime.name
        invocation.bound_to = deployment.agent_key
        client.negotiate()
        caller = await core.authorization.check(scope, deployment)
        verified = caller.subprotocol is not None and core.settings.auth.mode is not AuthMode.OFF
        if not verified:
            check_origin(scope["headers"], core.settings.allowed_hosts)
        key = SessionKey(deployment.runtime.id, upgrade.qualifier, session_id)
        return Opening(client, invocation, key, deployment, caller.subprotocol)

    async def _open(self, scope: Message, upgrade: Upgrade, opening: Opening) -> Closer:
        """Opens what was asked for; the client may leave and the session may end before the upgrade is answered."""
        try:
            if upgrade.operation == SHELL:
                return await open_shell(self._core, self._shells, opening, upgrade.shell_id)
            headers = scope["headers"]
            forward = upgrade.forwarded(headers, listed_headers(headers, opening.deployment))
            return await open_socket(self._core, opening, forward)
        except asyncio.CancelledError:
            if not opening.settle():
                raise
            if opening.cut_by == "client":
                raise ClientLeftError from None
            raise AgentGoneError("the session ended while the socket was being opened") from None
        finally:
            opening.over()


async def _refuse(client: ClientEnd, invocation: Invocation, error: ServiceError) -> None:
    """Answers with plain HTTP; once the upgrade was answered, hanging up is all that can be done."""
    if client.accepted:
        invocation.cut = True
        client.drop()
        return
    invocation.error_type = error.code
    invocation.status = error.http_status
    await send_error(client.send, error, invocation.id)
