"""The protocol layer against boto3's own serializers and parsers, for every operation that the control plane serves.

What boto3 writes is read back as it was given; what the layer writes, boto3 reads back.
"""

from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.config import Config
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from model_inputs import values_of

from agentcore_emulator.control.plane import HANDLERS, route_table
from agentcore_emulator.protocol.parse import read_request
from agentcore_emulator.protocol.serialize import Answer, write_answer
from agentcore_emulator.protocol.shapes import CONTROL_PLANE, load_service

MODEL = load_service(CONTROL_PLANE)
RESULTS_NOT_OF_THE_MODEL = {"ResponseMetadata"}


class Body:
    """The body of an answer as botocore reads it."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def stream(self, **_: object) -> list[bytes]:
        """All at once."""
        return [self._data]


class Loop:
    """A boto3 client whose requests go no further than here."""

    def __init__(self) -> None:
        connect: Any = boto3.client
        self.client = connect(
            CONTROL_PLANE,
            region_name="eu-west-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(retries={"total_max_attempts": 1}),
        )
        self.client.meta.events.register("before-send", self._answer)
        self.answer = Answer(200, [], b"")
        self.seen: Any = None
        self.operation = ""

    def call(self, operation: str, members: dict[str, Any], answer: Answer) -> dict[str, Any]:
        """What boto3 makes of `answer`; the request is in `seen`, read by the layer."""
        self.answer = answer
        method = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in operation)[1:]
        result: dict[str, Any] = getattr(self.client, method)(**members)
        return {name: value for name, value in result.items() if name not in RESULTS_NOT_OF_THE_MODEL}

    def _answer(self, request: Any, **_: object) -> AWSResponse:
        parts = urlsplit(request.url)
        match = route_table().match(request.method, parts.path.encode())
        assert match is not None
        self.operation = match.operation.name
        headers = [(name.lower().encode(), _bytes(value)) for name, value in request.headers.items()]
        self.seen = read_request(match, parts.query.encode(), headers, request.body or b"")
        named = HTTPHeaders.from_pairs((name.decode(), value.decode()) for name, value in self.answer.headers)
        return AWSResponse(request.url, self.answer.status, named, Body(self.answer.body))


def _bytes(value: str | bytes) -> bytes:
    return value if isinstance(value, bytes) else value.encode("latin-1")


LOOP = Loop()


@pytest.mark.parametrize("name", sorted(HANDLERS))
@settings(max_examples=10, suppress_health_check=list(HealthCheck), deadline=None)
@given(data=st.data())
def test_what_boto3_sends_is_read_as_it_was_given(name: str, data: st.DataObject) -> None:
    """Path, query and body come back as the same members; only an idempotency token may be added."""
    operation = MODEL.operation(name)
    assert operation.input is not None
    members = data.draw(values_of(operation.input))

    LOOP.call(name, members, write_answer(operation, {}))

    assert LOOP.operation == name
    added = set(LOOP.seen) - set(members)
    assert added <= {"clientToken"}
    assert {member: value for member, value in LOOP.seen.items() if member not in added} == members


@pytest.mark.parametrize("name", sorted(HANDLERS))
@settings(max_examples=10, suppress_health_check=list(HealthCheck), deadline=None)
@given(data=st.data())
def test_what_is_answered_is_read_by_boto3(name: str, data: st.DataObject) -> None:
    """Every output that fits the model reaches the caller unchanged, timestamps included."""
    operation = MODEL.operation(name)
    assert operation.input is not None
    assert operation.output is not None
    given_back = data.draw(values_of(operation.output))
    members = data.draw(values_of(operation.input))

    result = LOOP.call(name, members, write_answer(operation, given_back))

    assert result == given_back
