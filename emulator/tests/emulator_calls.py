"""How the tests speak to an emulator: over the wire, with nothing that hides it."""

import http.client
import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from agentcore_emulator.scenario import Scenario, parse_scenario
from agentcore_emulator.settings import AgentFile

AGENTS = Path(__file__).parent / "agents_for_tests"
SESSION_HEADER = "X-Amzn-Bedrock-AgentCore-Runtime-Session-Id"
TIMEOUT_S = 20.0


@dataclass(frozen=True)
class Answer:
    """A whole HTTP answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)

    @property
    def error(self) -> tuple[int, str]:
        """Status and error type."""
        return self.status, self.headers["x-amzn-errortype"]


def live(name: str, file: str, attribute: str | None = None) -> AgentFile:
    """A live agent of the tests' own."""
    return AgentFile(name, AGENTS / file, attribute)


def script(name: str, *delays_ms: float) -> Scenario:
    """A scenario that counts from 0, with those delays."""
    events = "".join(f"[[events]]\ndata = {n}\ndelay_ms = {delay}\n" for n, delay in enumerate(delays_ms))
    return parse_scenario(f"seed = 1\n{events}", Path(f"{name}.toml"))


def call(
    port: int, method: str, path: str, body: bytes | Iterator[bytes] = b"", headers: dict[str, str] | None = None
) -> Answer:
    """One request on a connection of its own, and the whole answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_S)
    try:
        connection.request(method, path, body, headers or {})
        response = connection.getresponse()
        names = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, names, response.read())
    finally:
        connection.close()


def invocations_path(identifier: object, query: str = "") -> str:
    """The raw path that invokes this ARN or id."""
    return f"/runtimes/{quote(str(identifier), safe='')}/invocations{query}"


def session_id(name: str) -> str:
    """A legal session id for that name."""
    return name.ljust(33, "-")


def invoke(port: int, arn: object, payload: object = None, session: str | None = None, **headers: str) -> Answer:
    """Invokes a runtime with a JSON payload, in the session of that short name."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    if session is not None:
        named[SESSION_HEADER] = session_id(session)
    return call(port, "POST", invocations_path(arn), json.dumps(payload).encode(), named)


@contextmanager
def open_stream(port: int, arn: object, payload: object, session: str) -> Iterator[http.client.HTTPResponse]:
    """An invocation whose answer is read by the caller; leaving hangs up."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_S)
    headers = {SESSION_HEADER: session_id(session)}
    connection.request("POST", invocations_path(arn), json.dumps(payload), headers)
    response = connection.getresponse()
    try:
        yield response
    finally:
        response.close()
        connection.close()


def raw(port: int, data: bytes) -> bytes:
    """What comes back for these bytes until the emulator hangs up."""
    with socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT_S) as connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        received = b""
        while chunk := connection.recv(65_536):
            received += chunk
        return received


def admin(port: int, path: str, body: object = None) -> Any:
    """GET, or POST when there is a body, below /_emulator/."""
    if body is None:
        return call(port, "GET", f"/_emulator/{path}").json()
    sent = json.dumps(body).encode()
    return call(port, "POST", f"/_emulator/{path}", sent, {"Content-Type": "application/json"}).json()


def journal(port: int, session: str) -> list[dict[str, Any]]:
    """The journal's entries of the session of that short name."""
    entries: list[dict[str, Any]] = admin(port, f"journal?session_id={session_id(session)}")["invocations"]
    return entries


def wait_until(holds: Callable[[], bool]) -> None:
    """Returns as soon as `holds()`; looks again and again, at most `TIMEOUT_S` long."""
    deadline = time.monotonic() + TIMEOUT_S
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError("what was waited for did not happen")
