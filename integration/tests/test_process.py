"""Child processes: ready or explained, and never left behind."""

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from process_probes import accepts, kill_hard, tree, wait_gone

from agentcore_integration.environment import base_environment
from agentcore_integration.process import Child, ChildError, start_child, wait_ready

SERVER = """
import http.server, socket, subprocess, sys
{before}
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/health" else 503)
        self.end_headers()
server = http.server.HTTPServer(("127.0.0.1", 0), Handler, bind_and_activate=False)
server.socket = socket.socket(fileno=int(sys.argv[1]))
server.serve_forever()
"""
SPAWN_DETACHED = 'subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"], start_new_session=True)'
# a parent that starts one supervised server, tells its process id and port, and waits
PARENT = """
import sys, signal
from pathlib import Path
from agentcore_integration.environment import base_environment
from agentcore_integration.process import start_child, wait_ready
command = [sys.executable, sys.argv[1], "{fd}"]
child = start_child(command, name="server", log_dir=Path(sys.argv[2]), env=base_environment())
wait_ready(child, "/health", timeout_s=20)
print(child.pid, child.port, flush=True)
signal.pause()
"""


def server(tmp_path: Path, before: str = "") -> Child:
    script = tmp_path / "server.py"
    script.write_text(SERVER.format(before=before), encoding="utf-8")
    return start_child([sys.executable, str(script), "{fd}"], name="server", log_dir=tmp_path, env=base_environment())


def test_child_serves_the_port_its_parent_bound(tmp_path: Path) -> None:
    """The listening socket is handed over, and the child answers on it."""
    with server(tmp_path) as child:
        wait_ready(child, "/health", timeout_s=20)
        assert child.url == f"http://127.0.0.1:{child.port}"


def test_stop_ends_descendants_that_left_the_group(tmp_path: Path) -> None:
    """Stopping a child ends what it started, also in a session of its own, and frees the port."""
    child = server(tmp_path, before=SPAWN_DETACHED)
    wait_ready(child, "/health", timeout_s=20)
    processes = tree(child.pid)
    child.stop()
    assert len(processes) >= 3
    assert wait_gone(processes, 5) == []
    assert child.port is not None
    assert not accepts(child.port)


def test_killed_parent_leaves_nothing(tmp_path: Path) -> None:
    """kill -9 of the parent ends a child that knows nothing of lifelines, with what it started, within 5 s."""
    script = tmp_path / "server.py"
    script.write_text(SERVER.format(before=SPAWN_DETACHED), encoding="utf-8")
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(script), str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    with parent:
        assert parent.stdout.readline()
        processes = [process for process in tree(parent.pid) if process.pid != parent.pid]
        assert len(processes) >= 3
        kill_hard(parent.pid)
    assert wait_gone(processes, 5) == []


def test_child_that_ends_early_is_explained_with_its_log(tmp_path: Path) -> None:
    """A child that ends before it is ready gives its exit code and the last lines of its log."""
    child = server(tmp_path, before='print("no such table"); sys.exit(3)')
    with child, pytest.raises(ChildError, match=r"ended with exit code 3 before it was ready(?s:.*)no such table"):
        wait_ready(child, "/health", timeout_s=20)


def test_child_that_never_gets_ready_is_explained(tmp_path: Path) -> None:
    """A child that answers, but not with 200, is given up after the time-out, with what it answered."""
    with (
        server(tmp_path) as child,
        pytest.raises(ChildError, match=r"not ready after 1 s: GET .*/other gave status 503"),
    ):
        wait_ready(child, "/other", timeout_s=1)


def test_program_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    """A command that does not exist ends with 127 and says which it was."""
    child = start_child(["no-such-program"], name="backend", log_dir=tmp_path, env=base_environment(), listen=False)
    with child:
        assert child.wait(20) == 127
    assert child.log_tail() == ["no-such-program: No such file or directory"]


def test_port_in_use_is_one_line(tmp_path: Path) -> None:
    """A port that somebody else has is refused before anything starts, with what to do."""
    with (
        server(tmp_path) as child,
        pytest.raises(ChildError, match=r"cannot use port \d+ of 127.0.0.1: .*choose another"),
    ):
        start_child(["true"], name="other", log_dir=tmp_path, env=base_environment(), port=child.port or 0)


def test_environment_is_clean(monkeypatch: pytest.MonkeyPatch) -> None:
    """No AWS setting and no proxy of the caller reaches a child."""
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "HTTPS_PROXY", "https_proxy", "PYTHONPATH"):
        monkeypatch.setenv(name, "x")
    environment = base_environment()
    assert not {"AWS_PROFILE", "AWS_ENDPOINT_URL", "HTTPS_PROXY", "https_proxy", "PYTHONPATH"} & set(environment)
    assert environment["PATH"] == os.environ["PATH"]


def test_exit_code_of_the_command_is_passed_on(tmp_path: Path) -> None:
    """The supervisor ends as its command ended."""
    command = [sys.executable, "-c", "raise SystemExit(7)"]
    with start_child(command, name="seven", log_dir=tmp_path, env=base_environment(), listen=False) as child:
        assert child.wait(20) == 7
    assert not psutil.pid_exists(child.pid)
