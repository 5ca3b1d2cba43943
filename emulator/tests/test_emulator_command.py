"""`agentcore-emulator`: what it prints, what it refuses, how it ends."""

import os
import signal
import socket
from pathlib import Path

import psutil
import pytest
from emulator_calls import AGENTS, admin, invoke
from emulator_program import Program, end, run_to_end, running

PROBE = f"probe={AGENTS / 'probe_agent.py'}:app"
GONE_AFTER_S = 5.0


def test_it_tells_that_it_is_ready_and_how_to_call_it() -> None:
    """The first line is the URL, then the variables to export, then each runtime."""
    with running(line_count=4) as program:
        url = f"http://127.0.0.1:{program.port}"
        assert program.lines[:3] == [
            f"agentcore-emulator ready: {url}",
            f"export AWS_ENDPOINT_URL_BEDROCK_AGENTCORE={url}",
            f"export AWS_ENDPOINT_URL_BEDROCK_AGENTCORE_CONTROL={url}",
        ]
        name, _, arn = program.lines[3].partition(": ")
        assert name == "hello (scripted)"
        assert admin(program.port, "runtimes")["runtimes"][0]["arn"] == arn


def test_it_is_ready_within_a_second() -> None:
    """From process start to the line that says so, the best of three."""

    def ready_s() -> float:
        with running() as program:
            return program.ready_s

    assert min(ready_s() for _ in range(3)) < 1.0


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("--agent", "no-equals.py"), "agent 'no-equals.py' must be given as NAME=FILE.py"),
        (("--agent", "a=file.txt"), "agent 'a=file.txt' must be given as NAME=FILE.py"),
        (("--agent", "a=/no/such/file.py"), "agent 'a': /no/such/file.py cannot be read: No such file"),
        (("--agent", f"a-b={AGENTS / 'probe_agent.py'}"), "'a-b' cannot name a runtime"),
        (("--agent", PROBE, "--agent", PROBE), "runtime 'probe' is given twice"),
        (("--scenario", "/no/such/file.toml"), "scenario /no/such/file.toml: cannot be read"),
        (("--host", "0.0.0.0"), "--host 0.0.0.0 can be reached by other machines; add --allow-remote"),
        (("--host", "emulator.example"), "add --allow-remote"),
        (("--account-id", "12"), "--account-id must be twelve digits"),
        (("--fd", "99"), "--fd 99 is not a listening socket"),
    ],
)
def test_what_cannot_be_served_is_told_in_one_line(arguments: tuple[str, ...], reason: str) -> None:
    """One line on stderr says what to do; the status is not 0."""
    ended = run_to_end(*arguments)

    assert ended.returncode == 1
    assert reason in ended.stderr
    assert ended.stderr.startswith("agentcore-emulator: ")
    assert len(ended.stderr.splitlines()) == 1


def test_a_port_in_use_is_told_in_one_line() -> None:
    """The line names the address and a way out."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = run_to_end("--port", str(port))

    assert ended.returncode == 1
    assert ended.stderr == (
        f"agentcore-emulator: cannot serve on 127.0.0.1:{port}: Address already in use; try --port 0\n"
    )


def test_agents_that_do_not_load_can_stop_the_start() -> None:
    """With --check-agents the reason and the agent's last lines are shown before anything is served."""
    ended = run_to_end("--agent", f"broken={AGENTS / 'broken_at_import.py'}", "--check-agents", "--port", "0")

    assert ended.returncode == 1
    assert ended.stdout == ""
    assert ended.stderr.splitlines()[-1] == "RuntimeError: this agent cannot be imported"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_and_its_agents(number: signal.Signals) -> None:
    """The status is 0 and no process is left."""
    with running("--agent", PROBE) as program:
        agents = agents_of(program)
        assert end(program, number) == 0
        verify_gone(agents)


def test_killing_it_leaves_no_agent() -> None:
    """Agents notice that the emulator is no more, however it went."""
    with running("--agent", PROBE) as program:
        agents = agents_of(program)
        end(program, signal.SIGKILL)
        verify_gone(agents)


def test_it_ends_with_its_lifeline() -> None:
    """When the pipe of its parent ends, it ends in order."""
    read_fd, write_fd = os.pipe()
    with running("--agent", PROBE, "--lifeline-fd", str(read_fd), pass_fds=(read_fd,)) as program:
        os.close(read_fd)
        agents = agents_of(program)
        os.close(write_fd)
        assert program.process.wait(GONE_AFTER_S) == 0
        verify_gone(agents)


def test_it_serves_on_an_inherited_socket() -> None:
    """The parent knows the port before the emulator runs."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        fd = listener.fileno()
        with running("--fd", str(fd), pass_fds=(fd,)) as program:
            assert program.port == listener.getsockname()[1]
            assert admin(program.port, "health")["status"] == "ready"


def test_a_scenario_file_is_served(tmp_path: Path) -> None:
    """The file's name is the runtime's."""
    file = tmp_path / "travel.toml"
    file.write_text('seed = 1\n[[events]]\ndata = "Hi"\n')
    with running("--scenario", str(file)) as program:
        (runtime,) = admin(program.port, "runtimes")["runtimes"]

        assert runtime["name"] == "travel"
        assert invoke(program.port, runtime["arn"]).body == b'data: "Hi"\n\n'


def agents_of(program: Program) -> list[psutil.Process]:
    """The process of one session that is begun here."""
    (runtime,) = admin(program.port, "runtimes")["runtimes"]
    told = invoke(program.port, runtime["arn"], 1, "mine").json()
    return [psutil.Process(told["pid"])]


def verify_gone(processes: list[psutil.Process]) -> None:
    """None of them runs five seconds from now."""
    _, alive = psutil.wait_procs(processes, timeout=GONE_AFTER_S)

    assert alive == []
