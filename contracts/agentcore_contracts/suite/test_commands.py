"""Commands in a session: what they print, how they end, what they see."""

import json
from collections.abc import Sequence
from typing import Any, Final, cast

import pytest
from botocore.eventstream import EventStreamBuffer, ParserError

from agentcore_contracts.data_plane import DataPlane, json_payload
from agentcore_contracts.http_client import Response
from agentcore_contracts.suite import asking
from agentcore_contracts.target import Target
from agentcore_contracts.verify import RequirementFailed, verify_contains, verify_equal, verify_status

TYPE: Final = "application/vnd.amazon.eventstream"
TEXT: Final = "written by the agent: ä\n"
LONG_S: Final = 30
"""A command that is not ended at its timeout of a second ends by itself after this time."""


@pytest.mark.requirement("A24")
def test_command(target: Target) -> None:
    """A24: A command streams stdout, stderr and its exit code, sees the agent's files, and is ended at its timeout."""
    asking.needs(target, "commands")
    plane, arn, session_id = DataPlane(target), asking.runtime(target), asking.shared_session_id(target)
    written = asking.report(asking.ask(target, json_payload(do="write", text=TEXT)))["written"]

    answer = plane.command(arn, session_id, f"cat '{written}'; echo aside >&2; rm '{written}'; exit 3", 20)
    start, *deltas, stop = _chunks(answer)

    evidence = answer.describe()
    verify_equal(list(start), ["contentStart"], what="first chunk", evidence=evidence)
    verify_equal(_text(deltas, "stdout"), TEXT, what="stdout", evidence=evidence)
    verify_equal(_text(deltas, "stderr"), "aside\n", what="stderr", evidence=evidence)
    ended = {"contentStop": {"exitCode": 3, "status": "COMPLETED"}}
    verify_equal(stop, ended, what="last chunk", evidence=evidence)

    late = plane.command(arn, session_id, f"echo begun; exec sleep {LONG_S}", 1)
    *before, stop = _chunks(late)
    verify_equal(_text(before, "stdout"), "begun\n", what="stdout before the timeout", evidence=late.describe())
    verify_contains(json.dumps(stop), '"TIMED_OUT"', what="chunk after the timeout", evidence=late.describe())


def _chunks(answer: Response) -> list[dict[str, Any]]:
    """The chunks of an event stream, at least two, decoded by botocore, which checks both checksums of each frame."""
    verify_status(answer, 200)
    verify_contains(answer.header("content-type") or "", TYPE, what="Content-Type", evidence=answer.describe())
    buffer = EventStreamBuffer()
    buffer.add_data(answer.body)
    try:
        messages = [(cast("dict[str, object]", message.headers), message.payload) for message in buffer]
        found = [(headers.get(":event-type"), json.loads(payload)) for headers, payload in messages]
    except (ParserError, ValueError) as error:
        raise RequirementFailed(expected="an event stream", actual=str(error), evidence=answer.describe()) from error
    verify_equal({kind for kind, _ in found}, {"chunk"}, what=":event-type", evidence=answer.describe())
    if len(found) < 2:
        raise RequirementFailed(expected="a first and a last chunk", actual=f"{found}", evidence=answer.describe())
    return [content for _, content in found]


def _text(deltas: Sequence[dict[str, Any]], stream: str) -> str:
    return "".join(delta.get("contentDelta", {}).get(stream) or "" for delta in deltas)
