"""The contract agent, started as a real process of its own, answers as its docstring says."""

import hashlib
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from agentcore_contracts.data_plane import SESSION_HEADER, json_payload
from agentcore_contracts.http_client import Request, Response, Timeouts, send

SERVE = "import sys, uvicorn; uvicorn.run(sys.argv[2], fd=int(sys.argv[1]), log_level='error')"


@pytest.fixture(scope="module")
def agent_url() -> Iterator[str]:
    """The URL of the contract agent."""
    with serving("contract_agent") as url:
        yield url


@contextmanager
def serving(agent: str, folder: Path | None = None, **environment: str) -> Iterator[str]:
    """The URL of an agent that serves on a socket which is open before it starts, in that working directory."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        descriptor = listening.fileno()
        os.set_inheritable(descriptor, True)
        application = f"agentcore_contracts.agents.{agent}:app"
        process = subprocess.Popen(
            [sys.executable, "-c", SERVE, str(descriptor), application],
            pass_fds=(descriptor,),
            stderr=subprocess.DEVNULL,
            cwd=folder,
            env=os.environ | environment,
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


def _ping(agent_url: str) -> dict[str, Any]:
    answer = send(Request("GET", agent_url, "/ping"), Timeouts(read_s=20)).json()
    assert isinstance(answer, dict)
    return answer


def test_ping_as_asked(agent_url: str) -> None:
    """/ping answers with the status asked for, and with `advancing` each time with a later stamp."""
    assert _ping(agent_url)["status"] == "Healthy"

    _report(agent_url, json_payload(do="ping", answer="HealthyBusy"))
    busy, still = _ping(agent_url), _ping(agent_url)
    assert (busy["status"], still) == ("HealthyBusy", busy)

    _report(agent_url, json_payload(do="ping", answer="advancing"))
    first, second = _ping(agent_url), _ping(agent_url)
    assert (first["status"], second["status"]) == ("Healthy", "Healthy")
    assert second["time_of_last_update"] >= first["time_of_last_update"] + 2


def test_file_and_variant(tmp_path: Path) -> None:
    """`write` leaves a file in the working directory and says where; the variant comes from the environment."""
    with serving("contract_agent", tmp_path, CONTRACT_VARIANT="one") as url:
        seen = _report(url, json_payload(do="write", text="ä\n"))

    assert (seen["variant"], Path(seen["written"]).parent) == ("one", tmp_path)
    assert Path(seen["written"]).read_text("utf-8") == "ä\n"


def test_slow_agent_answers_any_payload() -> None:
    """The slow agent answers, once it has started."""
    with serving("slow_agent") as url:
        assert "pid" in _report(url, b"{}")


def test_mcp_agent() -> None:
    """The MCP agent says what reached it, knows its one tool, and fails when asked."""
    with serving("contract_mcp_agent") as url:
        hello = _rpc(url, "/mcp", "initialize", protocolVersion="2025-03-26").json()
        called = _rpc(url, "/mcp", "tools/call", name="whoami").json()
        tools = _rpc(url, "/mcp", "tools/list").json()
        failed = _rpc(url, "/mcp", "contract/status", status=404)
        unknown = _rpc(url, "/mcp", "dance").json()
        noted = send(Request("POST", url, "/mcp", (), json_payload(method="notifications/initialized")))

    assert isinstance(hello, dict)
    assert isinstance(called, dict)
    assert isinstance(tools, dict)
    assert isinstance(unknown, dict)
    assert hello["result"]["protocolVersion"] == "2025-03-26"
    seen = json.loads(called["result"]["content"][0]["text"])
    assert (seen["path"], seen["mcp_session_id"], seen["invocations"]) == ("/mcp", "m" * 36, 2)
    assert [tool["name"] for tool in tools["result"]["tools"]] == ["whoami"]
    assert (failed.status, unknown["error"]["code"], noted.status) == (404, -32601, 202)


def test_a2a_agent() -> None:
    """The A2A agent has a card, says what reached it in both spellings of its method, and fails when asked."""
    with serving("contract_a2a_agent", AGENTCORE_RUNTIME_URL="http://there/") as url:
        card = send(Request("GET", url, "/.well-known/agent-card.json")).json()
        old = _rpc(url, "/", "message/send").json()
        new = _rpc(url, "/", "SendMessage").json()
        failed = _rpc(url, "/", "contract/status", status=500)

    assert isinstance(card, dict)
    assert isinstance(old, dict)
    assert isinstance(new, dict)
    assert (card["name"], card["url"]) == ("contract", "http://there/")
    first, second = json.loads(old["result"]["parts"][0]["text"]), new["result"]["message"]["parts"][0]["text"]
    assert (first["session_id"], first["process"]) == ("s" * 36, json.loads(second)["process"])
    assert failed.status == 500


def _rpc(url: str, path: str, method: str, **params: object) -> Response:
    headers = ((SESSION_HEADER, "s" * 36), ("Mcp-Session-Id", "m" * 36))
    body = json_payload(jsonrpc="2.0", id=1, method=method, params=params)
    return send(Request("POST", url, path, headers, body), Timeouts(read_s=20))


def test_broken_agent_ends_while_it_starts() -> None:
    """The broken agent's process ends with an error that says it is meant to."""
    ended = subprocess.run(
        [sys.executable, "-m", "agentcore_contracts.agents.broken_agent"], capture_output=True, text=True, check=False
    )

    assert ended.returncode == 1
    assert "that is what it is for" in ended.stderr
