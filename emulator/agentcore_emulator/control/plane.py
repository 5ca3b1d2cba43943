"""The control plane as a part of the AWS surface: route, read, check, call the handler, answer.

The data plane's own paths never come here, so nothing of this costs a stream anything. The service models are read
when the first request comes.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from functools import cache
from typing import Any, Final, TypeAlias

from agentcore_emulator.aws.respond import send_answer
from agentcore_emulator.control import endpoints, policies, runtimes, tags
from agentcore_emulator.control.context import Control
from agentcore_emulator.control.tokens import ClientTokens
from agentcore_emulator.errors import NotEmulatedException, UnknownOperationException, ValidationException
from agentcore_emulator.exchange import ClientLeftError, Message, Receive, Send
from agentcore_emulator.protocol.parse import read_request
from agentcore_emulator.protocol.routes import RouteTable
from agentcore_emulator.protocol.serialize import write_answer
from agentcore_emulator.protocol.shapes import CONTROL_PLANE, DATA_PLANE, load_service

BODY_SIZE_MAX: Final = 1_048_576

Admit: TypeAlias = Callable[[], Awaitable[Receive | None]]
Handler: TypeAlias = Callable[[Control, Mapping[str, Any]], dict[str, Any]]

HANDLERS: Final[dict[str, Handler]] = {
    "CreateAgentRuntime": runtimes.create_agent_runtime,
    "GetAgentRuntime": runtimes.get_agent_runtime,
    "UpdateAgentRuntime": runtimes.update_agent_runtime,
    "DeleteAgentRuntime": runtimes.delete_agent_runtime,
    "ListAgentRuntimes": runtimes.list_agent_runtimes,
    "ListAgentRuntimeVersions": runtimes.list_agent_runtime_versions,
    "CreateAgentRuntimeEndpoint": endpoints.create_agent_runtime_endpoint,
    "GetAgentRuntimeEndpoint": endpoints.get_agent_runtime_endpoint,
    "UpdateAgentRuntimeEndpoint": endpoints.update_agent_runtime_endpoint,
    "DeleteAgentRuntimeEndpoint": endpoints.delete_agent_runtime_endpoint,
    "ListAgentRuntimeEndpoints": endpoints.list_agent_runtime_endpoints,
    "TagResource": tags.tag_resource,
    "UntagResource": tags.untag_resource,
    "ListTagsForResource": tags.list_tags_for_resource,
    "PutResourcePolicy": policies.put_resource_policy,
    "GetResourcePolicy": policies.get_resource_policy,
    "DeleteResourcePolicy": policies.delete_resource_policy,
}


@cache
def route_table() -> RouteTable:
    """The routes of both services; reading the models takes a moment."""
    return RouteTable([load_service(DATA_PLANE), load_service(CONTROL_PLANE)])


class ControlPlane:
    """Answers every request that is not one of the data plane's."""

    def __init__(self, control: Control) -> None:
        self._control = control
        self._tokens = ClientTokens()
        self._table: RouteTable | None = None

    async def __call__(self, scope: Message, admit: Admit, send: Send, request_id: str) -> None:
        """Answers one request.

        Args:
            admit: asked once it is clear that there is such an operation; gives back the `receive` to read the
                request with, or None when it has refused and answered.

        Raises:
            ServiceError: as the request, the handler or the route table demand.
        """
        if self._table is None:
            self._table = await asyncio.to_thread(route_table)
        match = self._table.match(scope["method"], scope["raw_path"])
        if match is None:
            shown = scope["raw_path"][:200].decode("latin-1")
            raise UnknownOperationException(
                f"no operation at {scope['method']} {shown}; the ARN in a path must be percent-encoded"
            )
        operation = match.operation
        handler = HANDLERS.get(operation.name)
        if handler is None:
            raise NotEmulatedException(f"{operation.name} is not emulated")
        try:
            receive = await admit()
            if receive is None:
                return
            body = await _read_body(receive)
        except ClientLeftError:
            return
        request = read_request(match, scope["query_string"], scope["headers"], body)
        answer = self._tokens.earlier(operation.name, request)
        if answer is None:
            answer = write_answer(operation, handler(self._control, request))
            self._tokens.keep(operation.name, request, answer)
        await send_answer(send, answer.status, answer.headers, answer.body, request_id)


async def _read_body(receive: Receive) -> bytes:
    """The whole body.

    Raises:
        ClientLeftError: the client went away before all of it came.
        ValidationException: it is larger than any legal request; the limit is this emulator's own.
    """
    pieces: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise ClientLeftError
        pieces.append(message.get("body", b""))
        size += len(pieces[-1])
        if size > BODY_SIZE_MAX:
            raise ValidationException(f"The request body is larger than {BODY_SIZE_MAX} bytes", reason="CannotParse")
        if not message.get("more_body", False):
            return b"".join(pieces)
