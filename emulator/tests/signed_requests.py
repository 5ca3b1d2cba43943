"""Requests signed by botocore at a moment of the test's choosing, in the form in which they go over the wire."""

import http.client
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from unittest.mock import patch
from urllib.parse import urlsplit

from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from emulator_calls import TIMEOUT_S, Answer

from agentcore_emulator.auth.sigv4_request import WireRequest

KEY_ID = "AKIDEXAMPLE"
SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
REGION = "ap-southeast-2"
SERVICE = "bedrock-agentcore"
HOST = "127.0.0.1:4599"
NOW = datetime(2026, 11, 20, 12, 0, 0, tzinfo=UTC)


@contextmanager
def frozen(moment: datetime) -> Iterator[None]:
    """botocore's clock stands still."""
    with patch("botocore.auth.get_current_datetime", lambda: moment):
        yield


def signed(
    target: str,
    method: str = "POST",
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
    *,
    moment: datetime = NOW,
    token: str | None = None,
    host: str = HOST,
    key_id: str = KEY_ID,
    secret: str = SECRET,
    region: str = REGION,
    service: str = SERVICE,
) -> WireRequest:
    """The request that `SigV4Auth` makes; `target` is path and query as they go over the wire."""
    request = AWSRequest(method, f"http://{host}{target}", headers={**(headers or {}), "Host": host}, data=body)
    with frozen(moment):
        SigV4Auth(Credentials(key_id, secret, token), service, region).add_auth(request)
    return _on_the_wire(request, host)


def presigned(
    target: str,
    method: str = "GET",
    expires_s: int = 300,
    *,
    moment: datetime = NOW,
    token: str | None = None,
    host: str = HOST,
    key_id: str = KEY_ID,
) -> WireRequest:
    """The request that `SigV4QueryAuth` makes."""
    request = AWSRequest(method, f"http://{host}{target}")
    with frozen(moment):
        SigV4QueryAuth(Credentials(key_id, SECRET, token), SERVICE, REGION, expires_s).add_auth(request)
    return _on_the_wire(request, host)


def _on_the_wire(request: AWSRequest, host: str) -> WireRequest:
    parts = urlsplit(str(request.url))
    headers = [(name.lower().encode(), str(value).encode()) for name, value in request.headers.items()]
    if not any(name == b"host" for name, _ in headers):
        headers.append((b"host", host.encode()))
    return WireRequest(str(request.method), parts.path.encode(), parts.query.encode(), headers)


def send(port: int, request: WireRequest, body: bytes = b"") -> Answer:
    """Sends exactly this request, duplicated headers and all."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_S)
    try:
        target = request.raw_path + (b"?" + request.query if request.query else b"")
        connection.putrequest(request.method, target.decode("latin-1"), skip_host=True, skip_accept_encoding=True)
        for name, value in request.headers:
            connection.putheader(name, value)
        connection.putheader("content-length", str(len(body)))
        connection.endheaders(body)
        response = connection.getresponse()
        headers = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, headers, response.read())
    finally:
        connection.close()


def with_header(request: WireRequest, name: bytes, *values: bytes) -> WireRequest:
    """The same request with these values of one header, in place of what it has; without one when there are none."""
    others = [(found, value) for found, value in request.headers if found != name]
    return replace(request, headers=[*others, *((name, value) for value in values)])
