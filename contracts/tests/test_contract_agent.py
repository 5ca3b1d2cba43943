"""The contract agent, started as a real process of its own, answers as its docstring says."""

import hashlib
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from agentcore_contracts.data_plane import SESSION_HEADER, json_payload
from agentcore_contracts.http_client import Request, Response, Timeouts, send

SERVE = "import sys, uvicorn; uvicorn.run(sys.argv[2], fd=int(sys.argv[1]), log_level='error')"


@pytest.fixture(scope="module")
def agent_url() -> Iterator[str]:
    """The URL of a contract agent that serves on a socket which is open before it starts."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        descriptor = listening.fileno()
        os.set_inheritable(descriptor, True)
        application = "agentcore_contracts.agents.contract_agent:app"
        process = subprocess.Popen(
            [sys.executable, "-c", SERVE, str(descriptor), application],
            pass_fds=(descriptor,),
            stderr=subprocess.DEVNULL,
        )
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            process.terminate()
            process.wait(10)


def _invoke(agent_url: str, payload: bytes) -> Response:
    headers = (("Content-Type", "application/json"), (SESSION_HEADER, "s" * 36), ("WorkloadAccessToken", "s3cret"))
    return send(Request("POST", agent_url, "/invocations", headers, payload), Timeouts(read_s=20))


def _report(agent_url: str, payload: bytes) -> dict[str, Any]:
    report = _invoke(agent_url, payload).json()
    assert isinstance(report, dict)
    return report


def test_whoami_reports_the_request(agent_url: str) -> None:
    """`whoami` reports path, session id and digest of the body as they came, and no token."""
    body = b' {"do":  "whoami", "x": "\xc3\xa4"}\n'

    seen = _report(agent_url, body)

    assert (seen["method"], seen["path"], seen["session_id"]) == ("POST", "/invocations", "s" * 36)
    assert (seen["body_sha256"], seen["body_size"]) == (hashlib.sha256(body).hexdigest(), len(body))
    assert seen["headers"]["workloadaccesstoken"] == "(hidden)"


def test_process_counts_its_invocations(agent_url: str) -> None:
    """One process keeps its name and counts each invocation."""
    first, second = (_report(agent_url, json_payload(do="whoami")) for _ in range(2))

    assert (second["process"], second["invocations"]) == (first["process"], first["invocations"] + 1)


def test_echo(agent_url: str) -> None:
    """`echo` gives the value back."""
    assert _invoke(agent_url, json_payload(do="echo", value={"a": [1, None, "ä"]})).json() == {"a": [1, None, "ä"]}


def test_status(agent_url: str) -> None:
    """`status` answers with that status and body."""
    response = _invoke(agent_url, json_payload(do="status", status=422, body={"why": "asked"}))

    assert (response.status, response.json()) == (422, {"why": "asked"})


def test_respond(agent_url: str) -> None:
    """`respond` answers with that Content-Type and body, byte for byte."""
    response = _invoke(agent_url, json_payload(do="respond", content_type="text/x; charset=ascii", body="as is\n"))

    assert (response.header("content-type"), response.body) == ("text/x; charset=ascii", b"as is\n")


def test_stream_stamps_each_event(agent_url: str) -> None:
    """`stream` sends the events with a stamp each, apart by the interval, with the filler asked for."""
    response = _invoke(agent_url, json_payload(do="stream", events=3, interval_ms=20, filler=4))

    events = [json.loads(event.event.data) for event in response.events]
    assert [(event["n"], event["filler"]) for event in events] == [(0, "xxxx"), (1, "xxxx"), (2, "xxxx")]
    stamps = [event["sent_monotonic_ms"] for event in events]
    assert stamps[1] - stamps[0] >= 19
    assert stamps[2] - stamps[1] >= 19


def test_stream_that_raises(agent_url: str) -> None:
    """`raise_after` events the stream ends with the error event of the SDK, under HTTP 200."""
    response = _invoke(agent_url, json_payload(do="stream", events=9, interval_ms=0, raise_after=1))

    first, last = [json.loads(event.event.data) for event in response.events]
    assert (response.status, first["n"], last["error_type"]) == (200, 0, "RuntimeError")


def test_unknown_payload(agent_url: str) -> None:
    """A payload that asks for nothing it knows is answered with 400."""
    assert _invoke(agent_url, json_payload(do="dance")).status == 400


def test_broken_agent_ends_while_it_starts() -> None:
    """The broken agent's process ends with an error that says it is meant to."""
    ended = subprocess.run(
        [sys.executable, "-m", "agentcore_contracts.agents.broken_agent"], capture_output=True, text=True, check=False
    )

    assert ended.returncode == 1
    assert "that is what it is for" in ended.stderr
