"""Two hundred sessions later nothing of them is left: no process, no descriptor, no folder."""

import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
from emulator_calls import admin, invoke, live, wait_until

from agentcore_emulator.agents.options import HostOptions
from agentcore_emulator.server import Emulator
from agentcore_emulator.settings import Settings

SESSIONS = 200
AT_ONCE = 8


def session_folders() -> list[Path]:
    """The folders of sessions that this machine has now."""
    return [each for base in Path(tempfile.gettempdir()).glob("agentcore-emulator-*") for each in base.iterdir()]


def test_sessions_leave_nothing(tmp_path: Path) -> None:
    """Stopped, idle, dead on their own or ended with the emulator: all are gone, and descriptors are as before."""
    tempfile.tempdir = str(tmp_path)
    this = psutil.Process()
    try:
        with Emulator(Settings(agents=(live("probe", "probe_agent.py", "app"),), host=HostOptions(pool=0))) as emulator:
            arn = emulator.runtime("probe").arn
            invoke(emulator.port, arn, 1, "first")
            admin(emulator.port, "reset", {})
            descriptors = this.num_fds()
            with ThreadPoolExecutor(AT_ONCE) as pool:
                answers = list(pool.map(lambda n: invoke(emulator.port, arn, order(n), f"s{n}"), range(SESSIONS)))
            at_work = len([child for child in this.children(recursive=True) if child.is_running()])
            admin(emulator.port, "clock", {"advance_s": 901})
            wait_until(lambda: len(this.children(recursive=True)) == 1)
            wait_until(lambda: not session_folders())
            wait_until(lambda: this.num_fds() <= descriptors)
        folders = list(tmp_path.iterdir())
    finally:
        tempfile.tempdir = None

    assert {answer.status for answer in answers} == {200, 424}
    assert at_work > SESSIONS // 2
    assert not this.children(recursive=True)
    assert folders == []


def order(n: int) -> object:
    """Every fourth agent dies before it answers."""
    return {"do": "drop"} if n % 4 == 0 else 1
