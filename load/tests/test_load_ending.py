"""How a run ends when somebody ends it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from load_runs import LoadRun, plan, start
from stamping_server import StampingServer

LONG: dict[str, object] = {"duration_s": 60, "stop_timeout_s": 60}


@pytest.fixture
def server() -> Iterator[StampingServer]:
    """The target of the run."""
    with StampingServer() as running:
        yield running


def await_progress(run: LoadRun) -> None:
    """Wait until the run is under way: it says so on stderr."""
    assert run.process.stderr is not None
    assert "in flight 3" in run.process.stderr.readline()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_run_in_order(server: StampingServer, tmp_path: Path, number: signal.Signals) -> None:
    """Ctrl-C: the open streams and the end line are in the history, no traceback, no waiting for the target."""
    run = start(tmp_path, plan(server.url, "/stream/hang", LONG))
    await_progress(run)
    began_s = time.monotonic()
    run.process.send_signal(number)
    said = run.wait()
    assert run.process.returncode == 0
    assert time.monotonic() - began_s < 2
    assert "Traceback" not in said
    assert run.end.reason == "interrupted"
    assert [one.outcome for one in run.streams] == ["unfinished"] * 3


def test_a_signal_ends_the_wait_for_open_streams(server: StampingServer, tmp_path: Path) -> None:
    """Ctrl-C after the planned duration, while open streams are waited for."""
    run = start(tmp_path, plan(server.url, "/stream/hang", {"duration_s": 0.5, "stop_timeout_s": 60}))
    await_progress(run)
    run.process.send_signal(signal.SIGINT)
    run.wait()
    assert (run.process.returncode, run.end.reason) == (0, "interrupted")


def test_a_dead_parent_ends_the_run(server: StampingServer, tmp_path: Path) -> None:
    """When nobody holds the other end of the lifeline any more, the run ends itself within a second."""
    mine, its = os.pipe()[::-1]
    run = start(tmp_path, plan(server.url, changes=LONG), options=["--lifeline-fd", str(its)], pass_fds=(its,))
    os.close(its)
    await_progress(run)
    began_s = time.monotonic()
    os.close(mine)
    run.wait()
    assert time.monotonic() - began_s < 1
    assert run.end.reason == "interrupted"


def test_a_process_that_does_not_listen_ends_as_well() -> None:
    """A stuck process with SIGTERM ignored is gone within a second too."""
    mine, its = os.pipe()[::-1]
    stuck = "import signal; from agentcore_load import lifeline; signal.signal(signal.SIGTERM, signal.SIG_IGN)"
    program = f"{stuck}; lifeline.watch({its}); print('ready', flush=True); [None for _ in iter(int, 1)]"
    with subprocess.Popen([sys.executable, "-c", program], pass_fds=(its,), stdout=subprocess.PIPE) as process:
        os.close(its)
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        began_s = time.monotonic()
        os.close(mine)
        assert process.wait(timeout=10) == 1
    assert time.monotonic() - began_s < 1
