"""The OAuth protected-resource document of a runtime with a JWT authorizer: where to get a token for it."""

import json
from typing import TYPE_CHECKING
from urllib.parse import quote

from agentcore_emulator.aws.request import decode_label, read_query
from agentcore_emulator.aws.respond import send_answer
from agentcore_emulator.core import Core
from agentcore_emulator.errors import ResourceNotFoundException
from agentcore_emulator.exchange import Message, Receive, Send
from agentcore_emulator.model import Deployment

if TYPE_CHECKING:
    from agentcore_emulator.auth.jwt_authorizer import ProtectedResource


async def protected_resource(
    core: Core,
    label: bytes,
    scope: Message,
    receive: Receive,  # noqa: ARG001 - every operation's handler takes the same
    send: Send,
    request_id: str,
) -> None:
    """Answers with the document; needs no authorization, whatever the runtime asks for.

    Source: developer guide, HTTP protocol contract, read 2026-11-20 - documented; the fields are those of RFC 9728, the
    answer for a runtime without a JWT authorizer is assumed

    Raises:
        ServiceError: as the request or the runtime demand.
        ResourceNotFoundException: callers of this runtime sign their requests, there is no token to get.
    """
    qualifier, account_id = read_query(scope["query_string"])
    deployment = core.registry.resolve(decode_label(label), account_id, qualifier)
    found = await core.authorization.describe(deployment)
    if found is None:
        raise ResourceNotFoundException(f"Runtime {deployment.runtime.id} has no OAuth authorizer")
    resource = f"{_base_url(scope)}/runtimes/{quote(str(deployment.runtime.arn), safe='')}/invocations"
    body = json.dumps(_document(deployment, resource, found)).encode()
    await send_answer(send, 200, [(b"content-type", b"application/json")], body, request_id)


def _document(deployment: Deployment, resource: str, found: "ProtectedResource") -> dict[str, object]:
    document: dict[str, object] = {
        "resource": f"{resource}?qualifier={quote(deployment.qualifier, safe='')}",
        "authorization_servers": list(found.authorization_servers),
        "bearer_methods_supported": ["header"],
    }
    if found.scopes_supported:
        document["scopes_supported"] = list(found.scopes_supported)
    return document


def _base_url(scope: Message) -> str:
    """The address by which the client knows this server: RFC 9728 has it compare the document's with its own."""
    host = next((value for name, value in scope["headers"] if name == b"host"), b"")
    return f"{scope['scheme']}://{host.decode('latin-1')}"
