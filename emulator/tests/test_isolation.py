"""What a session has for itself: its process, folder, environment and limits; and that it ends whole."""

import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import psutil
import pytest
from emulator_calls import SESSION_HEADER, admin, call, invoke, live, session_id, wait_until

from agentcore_emulator.agents.options import HostOptions
from agentcore_emulator.model import Runtime
from agentcore_emulator.server import Emulator
from agentcore_emulator.settings import Settings

MEMORY_BYTES = 8 * 1024**3


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    """An emulator that was started in an environment full of the operator's own things."""
    options = HostOptions(pass_env=("PASSED_ON", "AWS_PROFILE"), memory_bytes=MEMORY_BYTES, files=512)
    with pytest.MonkeyPatch.context() as patch:
        for name in ("AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "PASSED_ON", "KEPT_BACK"):
            patch.setenv(name, "the operator's")
        with Emulator(Settings(agents=(live("wayward", "wayward_agent.py", "app"),), host=options)) as emulator:
            yield emulator


@pytest.fixture
def wayward(emulator: Emulator) -> Runtime:
    """The agent that behaves as it is told to."""
    return emulator.runtime("wayward")


def stop(emulator: Emulator, runtime: Runtime, session: str) -> int:
    """Stops the session of that short name; the status."""
    path = f"/runtimes/{quote(str(runtime.arn), safe='')}/stopruntimesession"
    return call(emulator.port, "POST", path, b"{}", {SESSION_HEADER: session_id(session)}).status


def test_the_environment_is_clean(emulator: Emulator, wayward: Runtime) -> None:
    """Only what was passed on is the operator's; region and resource id are the runtime's."""
    seen = invoke(emulator.port, wayward.arn, {}, "a").json()["environment"]

    assert (seen["PASSED_ON"], seen["AWS_PROFILE"]) == ("the operator's", "the operator's")
    assert not {"AWS_SECRET_ACCESS_KEY", "KEPT_BACK"} & set(seen)
    assert seen["AWS_REGION"] == wayward.arn.region
    assert seen["OTEL_RESOURCE_ATTRIBUTES"] == f"cloud.resource_id={wayward.arn}"


def test_limits_are_set(emulator: Emulator, wayward: Runtime) -> None:
    """Address space and open files are bounded as the operator said."""
    assert invoke(emulator.port, wayward.arn, {}, "a").json()["limits"] == [MEMORY_BYTES, 512]


def test_each_session_has_a_folder_that_goes_with_it(emulator: Emulator, wayward: Runtime) -> None:
    """It is empty at first, is the working directory, and is removed with what was written to it."""
    folders = [Path(invoke(emulator.port, wayward.arn, {}, session).json()["cwd"]) for session in ("w1", "w2")]
    files = [invoke(emulator.port, wayward.arn, {"do": "write"}, session).json()["files"] for session in ("w1", "w2")]
    stop(emulator, wayward, "w1")

    assert files == [["note.txt"], ["note.txt"]]
    assert [folder.exists() for folder in folders] == [False, True]
    assert not folders[0].parent.exists()


def test_an_agent_that_ignores_sigterm_ends_with_its_children(emulator: Emulator, wayward: Runtime) -> None:
    """Asked first, then killed, within a few seconds; what it started in its group ends too."""
    told = invoke(emulator.port, wayward.arn, {"do": "hold_on"}, "deaf").json()
    processes = [psutil.Process(told["pid"]), psutil.Process(told["child"])]
    started = time.monotonic()

    assert stop(emulator, wayward, "deaf") == 200
    assert time.monotonic() - started < 5
    wait_until(lambda: not any(is_alive(process) for process in processes))


def test_an_agent_that_dies_takes_its_children_along(emulator: Emulator, wayward: Runtime) -> None:
    """Nothing of its group is left, and the session begins anew."""
    told = invoke(emulator.port, wayward.arn, {"do": "hold_on"}, "dies").json()
    child = psutil.Process(told["child"])
    psutil.Process(told["pid"]).kill()

    wait_until(lambda: not is_alive(child))
    wait_until(lambda: invoke(emulator.port, wayward.arn, {}, "dies").json().get("pid") not in (None, told["pid"]))


def test_garbage_on_stdout_harms_nobody(emulator: Emulator, wayward: Runtime) -> None:
    """A megabyte of every byte there is is read, and kept to its tail."""
    first = invoke(emulator.port, wayward.arn, {"do": "chatter"}, "noisy").json()

    assert invoke(emulator.port, wayward.arn, {"do": "chatter"}, "noisy").json() == first


def test_sessions_are_their_own_process_groups(emulator: Emulator, wayward: Runtime) -> None:
    """A signal to one group cannot meet another, nor the emulator."""
    told = invoke(emulator.port, wayward.arn, {}, "a").json()

    assert told["group"] == told["pid"]


def test_one_process_can_serve_all_sessions_of_a_runtime() -> None:
    """With isolation by runtime they share it; it ends with the last of them."""
    options = HostOptions(isolation="runtime")
    with Emulator(Settings(agents=(live("wayward", "wayward_agent.py", "app"),), host=options)) as emulator:
        runtime = emulator.runtime("wayward")
        pids = [invoke(emulator.port, runtime.arn, {}, session).json()["pid"] for session in ("a", "b")]
        stop(emulator, runtime, "a")
        after_one = invoke(emulator.port, runtime.arn, {}, "b").json()["pid"]
        stop(emulator, runtime, "b")

        assert pids == [after_one, after_one]
        assert not psutil.pid_exists(after_one)


def test_a_fork_server_that_dies_is_replaced(emulator: Emulator, wayward: Runtime) -> None:
    """Its agents die with it; the next invocation finds a new one."""
    before = psutil.Process(invoke(emulator.port, wayward.arn, {}, "orphan").json()["pid"])
    parent = before.parent()
    assert parent is not None
    parent.kill()

    wait_until(lambda: not is_alive(before))
    wait_until(lambda: invoke(emulator.port, wayward.arn, {}, "orphan").json().get("pid") not in (None, before.pid))
    assert admin(emulator.port, "health")["status"] == "ready"


def is_alive(process: psutil.Process) -> bool:
    """Whether it runs; a zombie that nobody has waited for yet does not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
