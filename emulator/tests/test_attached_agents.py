"""Agents that the developer runs himself: they come and go, the emulator does not mind."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from emulator_calls import admin, invoke

from agentcore_emulator.agents.options import AttachedUrl, parse_attach, parse_lifecycle
from agentcore_emulator.errors import UsageError
from agentcore_emulator.model import Lifecycle
from agentcore_emulator.server import Emulator, listen
from agentcore_emulator.settings import Settings


class Developer(BaseHTTPRequestHandler):
    """Answers every request with the path and the session that came."""

    def do_GET(self) -> None:
        """A health check."""
        self.tell(b'{"status": "Healthy"}')

    def do_POST(self) -> None:
        """An invocation."""
        self.rfile.read(int(self.headers["content-length"]))
        self.tell(self.path.encode())

    def tell(self, body: bytes) -> None:
        """The whole answer."""
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Says nothing."""


@contextmanager
def serving(port: int) -> Iterator[None]:
    """The developer's server is up while the block runs."""
    with HTTPServer(("127.0.0.1", port), Developer) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def port() -> int:
    """A port that is free."""
    with listen("127.0.0.1", 0) as listener:
        number: int = listener.getsockname()[1]
        return number


def test_an_attached_agent_survives_reloads(port: int) -> None:
    """While it is away calls are dropped connections, also by the clock; when it is back the session goes on."""
    with Emulator(Settings(attached=(AttachedUrl("mine", port),))) as emulator:
        arn = emulator.runtime("mine").arn
        before = invoke(emulator.port, arn, {}, "dev")
        with serving(port):
            first = invoke(emulator.port, arn, {}, "dev")
        away = invoke(emulator.port, arn, {}, "dev")
        admin(emulator.port, "clock", {"advance_s": 60})
        sessions = admin(emulator.port, "health")["sessions"]
        with serving(port):
            again = invoke(emulator.port, arn, {}, "dev")

    assert [answer.status for answer in (before, first, away, again)] == [424, 200, 424, 200]
    assert "Received error (502) from runtime" in away.json()["message"]
    assert (first.body, sessions) == (b"/invocations", 1)


@pytest.mark.parametrize(
    "text", ["mine", "mine=", "=http://127.0.0.1:1", "mine=https://127.0.0.1:1", "mine=http://127.0.0.1:1/x"]
)
def test_what_is_no_url_of_an_agent_is_refused(text: str) -> None:
    """The message says the form."""
    with pytest.raises(UsageError, match=r"must be given as NAME=http://127\.0\.0\.1:PORT"):
        parse_attach(text)


@pytest.mark.parametrize("host", ["example.com", "10.0.0.1", "169.254.169.254", "[::1]"])
def test_only_this_machine_can_be_attached(host: str) -> None:
    """No other address is ever connected to."""
    with pytest.raises(UsageError, match=r"only 127\.0\.0\.1 can be attached"):
        parse_attach(f"mine=http://{host}:8080")


def test_a_lifecycle_is_read() -> None:
    """A session cannot be idle for longer than it lives."""
    assert parse_lifecycle("mine=60:120") == ("mine", Lifecycle(60, 120))
    for text in ("mine", "mine=60", "mine=120:60", "mine=0:60", "mine=a:b", "=60:120", "mine=1:inf"):
        with pytest.raises(UsageError, match="must be given as NAME=IDLE_S:LIFE_S"):
            parse_lifecycle(text)
