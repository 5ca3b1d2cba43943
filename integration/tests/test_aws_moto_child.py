"""moto as a child: connections stay open, and it ends when it is told to or left alone."""

import http.client
import json
from pathlib import Path

from aws_child import REGION, aws, running_aws

from agentcore_integration.aws.bootstrap import create_tables, create_user_pool
from agentcore_integration.aws.clients import dynamodb_client
from agentcore_integration.process import Child

__all__ = ["aws"]


def test_connection_is_kept_open(aws: Child) -> None:
    """A request with a body, one without, and one that moto fails on all go over one connection."""
    connection = http.client.HTTPConnection("127.0.0.1", aws.port, timeout=5)
    connection.connect()
    first_socket = connection.sock
    statuses = []
    for method, path, body in (
        ("PUT", "/no-bucket-xml", b"<"),
        ("GET", "/moto-api/", None),
        ("GET", "/moto-api/", b"x"),
    ):
        connection.request(method, path, body)
        response = connection.getresponse()
        response.read()
        statuses.append(response.status)
    assert statuses == [500, 200, 200]
    assert connection.sock is first_socket
    connection.close()


def test_answers_one_after_the_other(aws: Child) -> None:
    """Two requests written at once get their own answers, in order."""
    connection = http.client.HTTPConnection("127.0.0.1", aws.port, timeout=5)
    connection.connect()
    head = b"GET /moto-api/ HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    connection.sock.sendall(head + head.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
    received = b""
    while data := connection.sock.recv(65536):
        received += data
    connection.close()
    assert received.count(b"HTTP/1.1 200") == 2


def test_bootstrap(aws: Child) -> None:
    """The pool's keys and both tables are there when bootstrap returns."""
    pool = create_user_pool(aws.url, REGION)
    create_tables(aws.url, REGION)
    connection = http.client.HTTPConnection("127.0.0.1", aws.port, timeout=5)
    connection.request("GET", pool.jwks_url.removeprefix(aws.url))
    assert len(json.loads(connection.getresponse().read())["keys"]) == 1
    connection.close()
    tables = dynamodb_client(aws.url, REGION).list_tables()["TableNames"]
    assert {"ai4ai-chat-messages", "ai4ai-chat-sessions"} == set(tables)


def test_stops_when_told(tmp_path: Path) -> None:
    """On SIGTERM it ends at once and cleanly."""
    with running_aws(tmp_path) as child:
        create_user_pool(child.url, REGION)
        assert child.stop(grace_s=2) == 0


def test_stops_when_left_alone(tmp_path: Path) -> None:
    """When the lifeline is closed, as when the parent dies, it ends by itself."""
    import os

    with running_aws(tmp_path) as child:
        create_user_pool(child.url, REGION)
        os.close(child._lifeline)
        child._lifeline = -1
        assert child.process.wait(5) == 0
