"""What reaches the agent, and how a runtime may be named."""

import hashlib
import json
from typing import Final

import pytest

from agentcore_contracts.data_plane import json_payload
from agentcore_contracts.suite import asking
from agentcore_contracts.target import Target
from agentcore_contracts.verify import verify_equal, verify_error

BODIES: Final = (
    b'{"do":"whoami"}',
    '{ "do" :\t"whoami", "text": "\\u00e4 ä 🦉 \u2028", "do" : "whoami" }\r\n\n'.encode(),
    json.dumps({"do": "whoami", "filler": "0123456789abcdef" * 16384}).encode(),
)
"""Valid JSON for the agent, but none of it survives being parsed and written again."""

REFUSED: Final = {400: "ValidationException", 403: "AccessDeniedException", 404: "ResourceNotFoundException"}


@pytest.mark.requirement("A1")
def test_body_reaches_agent_untouched(target: Target) -> None:
    """A1: POST /runtimes/{percent-encoded ARN}/invocations reaches the agent's POST /invocations, body untouched."""
    for body in BODIES:
        seen = asking.report(asking.boto3_invoke(target, body))

        begin = f"body sent, {len(body)} bytes: {body[:120]!r}"
        verify_equal(f"{seen['method']} {seen['path']}", "POST /invocations", what="request to the agent")
        verify_equal(seen["body_size"], len(body), what="size of the body at the agent", evidence=begin)
        verify_equal(seen["body_sha256"], hashlib.sha256(body).hexdigest(), what="SHA-256 at the agent", evidence=begin)


@pytest.mark.requirement("A2")
def test_bare_id_needs_account(target: Target) -> None:
    """A2: A bare runtime id with accountId works like the ARN; a bare id without accountId is refused."""
    runtime_id = asking.runtime(target).rpartition("/")[2]

    by_arn = asking.whoami(target)
    by_id = asking.whoami(target, runtime=runtime_id, account_id=target.account_id)
    verify_equal(by_id["process"], by_arn["process"], what="agent process")

    without = asking.ask(target, asking.WHOAMI, runtime=runtime_id)
    verify_error(without, tuple(REFUSED), tuple(REFUSED.values()))


@pytest.mark.requirement("A12")
def test_content_type_of_agent_is_kept(target: Target) -> None:
    """A12: The Content-Type of the agent's response, parameters included, is the Content-Type of the invocation's."""
    for content_type in ("application/vnd.contract+json; charset=utf-8; version=1", "text/plain; charset=iso-8859-1"):
        payload = json_payload(do="respond", content_type=content_type, body='{"kept": true}\n')
        answer = asking.ask(target, payload)

        verify_equal(answer.header("content-type"), content_type, what="Content-Type", evidence=answer.describe())
        verify_equal(answer.body, b'{"kept": true}\n', what="body", evidence=answer.describe())
