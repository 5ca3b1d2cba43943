"""Shells on a pseudo-terminal: framing, exit, reconnecting, taking over, limits; nothing stays behind."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

import psutil
import pytest
from emulator_calls import SESSION_HEADER, admin, call, invocations_path, invoke, journal, live, session_id, wait_until
from websocket_calls import socket_path
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from agentcore_emulator.model import Runtime
from agentcore_emulator.server import Emulator
from agentcore_emulator.settings import Settings
from agentcore_emulator.websocket.channels import exited, read_size

SHELL_HEADER = "X-Amzn-Bedrock-AgentCore-Shell-Id"
STDIN, STDOUT, STATUS, RESIZE, HEARTBEAT, CLOSE = b"\x00", b"\x01", b"\x03", b"\x04", b"\x05", b"\xff"


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    """An emulator with a live agent."""
    with Emulator(Settings(agents=(live("socket", "socket_agent.py"),))) as emulator:
        yield emulator


@pytest.fixture
def agent(emulator: Emulator) -> Runtime:
    """The live agent."""
    return emulator.runtime("socket")


@contextmanager
def shell(emulator: Emulator, agent: Runtime, session: str, shell_id: str) -> Iterator[ClientConnection]:
    """A client of that shell in the session of that short name."""
    url = f"ws://127.0.0.1:{emulator.port}{socket_path(agent.arn, 'ws/shells', shellId=shell_id)}"
    headers = {SESSION_HEADER: session_id(session)}
    with connect(url, additional_headers=headers, ping_interval=None, max_size=None) as client:
        yield client


def receive(client: ClientConnection, channel: bytes) -> bytes:
    """The payload of the next message of that channel."""
    while True:
        message = client.recv(timeout=20)
        assert isinstance(message, bytes)
        if message[:1] == channel:
            return message[1:]


def read_until(client: ClientConnection, end: bytes) -> bytes:
    """What the shell prints up to `end`."""
    output = b""
    while end not in output:
        output += receive(client, STDOUT)
    return output


NUMBERS = count()


def run(client: ClientConnection, command: str) -> str:
    """Types a command and reads what it prints; the marks around it are new and not what was typed."""
    n = next(NUMBERS)
    client.send(STDIN + f"echo BE''GIN{n}; {command}; echo E''ND{n}\n".encode())
    output = read_until(client, f"END{n}\r\n".encode()).decode()
    return output.partition(f"BEGIN{n}\r\n")[2].partition(f"END{n}\r\n")[0].replace("\r\n", "\n").strip()


def closed(client: ClientConnection) -> int:
    """Reads to the end; the close code."""
    with pytest.raises(ConnectionClosed) as caught:  # noqa: PT012 - whatever comes before the close is read too
        while True:
            client.recv(timeout=20)
    assert caught.value.rcvd is not None
    return int(caught.value.rcvd.code)


def test_the_answer_and_the_first_message_name_the_shell(emulator: Emulator, agent: Runtime) -> None:
    """In a header for programs, in a status for browsers; the session's id is beside it."""
    with shell(emulator, agent, "a", "first") as client:
        assert client.response is not None
        status = json.loads(receive(client, STATUS))

        assert client.response.headers[SHELL_HEADER] == "first"
        assert client.response.headers[SESSION_HEADER] == session_id("a")
        assert status == {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {"shellId": "first", "reconnected": False},
            "status": "Success",
        }


def test_it_is_a_bash_on_a_terminal_where_the_agent_runs(emulator: Emulator, agent: Runtime) -> None:
    """A terminal with job control, in the session's folder and environment."""
    with shell(emulator, agent, "a", "tty") as client:
        assert run(client, "tty").startswith("/dev/")
        assert run(client, "test -t 0 && test -t 1 && test -t 2 && echo $TERM") == "xterm-256color"
        assert run(client, "[[ $- == *m* ]] && echo job control") == "job control"
        assert run(client, "pwd") == invoke(emulator.port, agent.arn, {}, "a").json()["folder"]


def test_it_takes_the_size_it_is_told(emulator: Emulator, agent: Runtime) -> None:
    """What is no size is ignored."""
    with shell(emulator, agent, "a", "size") as client:
        client.send(RESIZE + b'{"width": 132, "height": 43}')
        client.send(RESIZE + b'{"width": 0, "height": -1}')
        client.send(RESIZE + b"no JSON")
        assert run(client, "stty size") == "43 132"


def test_a_heartbeat_is_echoed(emulator: Emulator, agent: Runtime) -> None:
    """With an empty payload; unknown channels and empty messages are ignored."""
    with shell(emulator, agent, "a", "beat") as client:
        client.send(b"")
        client.send(b"\x77what")
        client.send(HEARTBEAT)
        assert receive(client, HEARTBEAT) == b""


@pytest.mark.parametrize(
    ("typed", "status"),
    [
        (b"exit\n", {"status": "Success"}),
        (b"exit 3\n", {"message": "command terminated with exit code 3"}),
        (
            b"kill -9 $$\n",
            {"details": {"causes": [{"reason": "ExitCode", "message": "137"}, {"reason": "Signal", "message": "9"}]}},
        ),
    ],
)
def test_its_end_is_told_with_the_exit_code(
    emulator: Emulator, agent: Runtime, typed: bytes, status: dict[str, object]
) -> None:
    """As a status without a shell id, then the socket closes in order."""
    with shell(emulator, agent, "a", "exit") as client:
        receive(client, STATUS)
        client.send(STDIN + typed)
        told = json.loads(receive(client, STATUS))

        assert told["metadata"] == {}
        assert {name: told[name] for name in status} == status
        assert closed(client) == 1000


def test_a_shell_outlives_its_client_and_says_again_what_it_said(emulator: Emulator, agent: Runtime) -> None:
    """The same shell, with its variables; what it printed meanwhile is there."""
    with shell(emulator, agent, "back", "s") as client:
        run(client, "x=kept")
        client.send(STDIN + b"read -r line; echo mean''while\n")
        client.send(STDIN + b"\n")
    with shell(emulator, agent, "back", "s") as client:
        assert json.loads(receive(client, STATUS))["metadata"] == {"shellId": "s", "reconnected": True}
        assert b"BEGIN" in read_until(client, b"meanwhile\r\n")
        assert run(client, "echo $x") == "kept"


def test_what_is_said_again_is_the_latest_256_kb(emulator: Emulator, agent: Runtime) -> None:
    """In messages of at most 64 KB."""
    with shell(emulator, agent, "a", "much") as client:
        run(client, "for i in {1..9}; do head -c 65536 /dev/zero | tr '\\0' $i; done; echo; echo la''st")
    with shell(emulator, agent, "a", "much") as client:
        pieces = [receive(client, STDOUT)]
        while b"last\r\n" not in pieces[-1]:
            pieces.append(receive(client, STDOUT))

    assert max(map(len, pieces)) <= 65_535
    assert 262_144 - 200 <= sum(map(len, pieces)) <= 262_144


def test_another_client_takes_a_shell_over(emulator: Emulator, agent: Runtime) -> None:
    """The one before is closed with 4000; the shell is the same."""
    with shell(emulator, agent, "a", "taken") as before:
        run(before, "x=1")
        with shell(emulator, agent, "a", "taken") as after:
            assert closed(before) == 4000
            assert run(after, "echo $x") == "1"


def test_a_client_can_end_the_shell(emulator: Emulator, agent: Runtime) -> None:
    """With FF; the next of that name is a new one."""
    with shell(emulator, agent, "a", "ended") as client:
        run(client, "x=1")
        client.send(CLOSE)
        assert closed(client) == 1000
    with shell(emulator, agent, "a", "ended") as client:
        assert json.loads(receive(client, STATUS))["metadata"]["reconnected"] is False


def test_after_15_minutes_nobody_can_come_back(emulator: Emulator, agent: Runtime) -> None:
    """The shell and what runs in the background are ended, whatever they ignore."""
    with shell(emulator, agent, "window", "s") as client:
        pid = int(run(client, "echo $$"))
        run(client, "trap '' HUP TERM")
        left = int(run(client, "(trap '' HUP TERM; exec sleep 1000) & disown; echo $!").split()[-1])
    admin(emulator.port, "clock", {"advance_s": 800})
    invoke(emulator.port, agent.arn, {}, "window")
    assert psutil.pid_exists(pid)
    admin(emulator.port, "clock", {"advance_s": 101})
    wait_until(lambda: not psutil.pid_exists(pid) and not psutil.pid_exists(left))


def test_the_end_of_the_session_ends_its_shells(emulator: Emulator, agent: Runtime) -> None:
    """The client gets FF and then 1001."""
    with shell(emulator, agent, "stop", "s") as client:
        pid = int(run(client, "echo $$"))
        stop = invocations_path(agent.arn).replace("invocations", "stopruntimesession")
        assert call(emulator.port, "POST", stop, headers={SESSION_HEADER: session_id("stop")}).status == 200
        assert receive(client, CLOSE) == b""
        assert closed(client) == 1001
    wait_until(lambda: not psutil.pid_exists(pid))


def test_the_death_of_the_agent_ends_its_shells(emulator: Emulator, agent: Runtime) -> None:
    """Shells live where the agent lived."""
    with shell(emulator, agent, "dead", "s") as client:
        pid = int(run(client, "echo $$"))
        psutil.Process(invoke(emulator.port, agent.arn, {}, "dead").json()["pid"]).kill()
        assert receive(client, CLOSE) == b""
    wait_until(lambda: not psutil.pid_exists(pid))


def test_a_quiet_shell_does_not_keep_its_session(emulator: Emulator, agent: Runtime) -> None:
    """A frame does."""
    with shell(emulator, agent, "quiet", "s") as client:
        for _ in range(2):
            client.send(HEARTBEAT)
            receive(client, HEARTBEAT)
            admin(emulator.port, "clock", {"advance_s": 800})
        admin(emulator.port, "clock", {"advance_s": 102})
        assert closed(client) == 1001


def test_a_text_message_is_refused(emulator: Emulator, agent: Runtime) -> None:
    """Shell messages are binary; the shell goes on."""
    with shell(emulator, agent, "a", "text") as client:
        client.send("ls")
        assert closed(client) == 1003
    with shell(emulator, agent, "a", "text") as client:
        assert json.loads(receive(client, STATUS))["metadata"]["reconnected"] is True


def test_a_long_paste_arrives_whole(emulator: Emulator, agent: Runtime) -> None:
    """More than a terminal takes at once, in several messages."""
    with shell(emulator, agent, "a", "paste") as client:
        client.send(STDIN + b"stty -echo; wc -c <<'E'\n")
        for _ in range(8):
            client.send([STDIN + b"x" * 999, b"\n" + (b"y" * 999 + b"\n") * 30])
        client.send(STDIN + b"E\nstty echo\n")
        assert b"248000" in read_until(client, b"248000")


def test_the_eleventh_shell_is_refused(emulator: Emulator, agent: Runtime) -> None:
    """With 402, before the upgrade; one that ends makes room."""
    admin(emulator.port, "reset", {})
    for n in range(10):
        with shell(emulator, agent, "many", f"s{n}"):
            pass
    with pytest.raises(InvalidStatus) as caught, shell(emulator, agent, "many", "s10"):
        pass
    assert caught.value.response.status_code == 402
    with shell(emulator, agent, "many", "s0") as client:
        client.send(CLOSE)
        closed(client)
    with shell(emulator, agent, "many", "s10"):
        pass


def test_no_commands_means_no_shells() -> None:
    """The same switch turns both off."""
    settings = Settings(agents=(live("socket", "socket_agent.py"),), commands=False)
    with Emulator(settings) as emulator:
        with pytest.raises(InvalidStatus) as caught, shell(emulator, emulator.runtime("socket"), "a", "s"):
            pass
        assert journal(emulator.port, "a")[0]["error_type"] == "AccessDeniedException"

    assert caught.value.response.status_code == 403


def test_sizes_are_whole_positive_numbers() -> None:
    """Anything else is no size."""
    assert read_size(b'{"width": 80, "height": 24}') == (80, 24)
    for text in (
        b"{}",
        b"[]",
        b'{"width": true, "height": 1}',
        b'{"width": 1e3, "height": 1}',
        b'{"width": 99999,"height":1}',
    ):
        assert read_size(text) is None


def test_a_clean_exit_has_no_causes() -> None:
    """Only a failure says why."""
    assert json.loads(exited(0, None)[1:]) == {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Success",
    }
