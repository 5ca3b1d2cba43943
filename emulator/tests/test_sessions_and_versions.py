"""Sessions of runtimes that are updated and deleted while they run."""

from collections.abc import Iterator
from typing import Any

import psutil
import pytest
from control_calls import IMAGE, ROLE, TRANSITION_S, client, container, created, settle
from emulator_calls import invoke, live, wait_until

from agentcore_emulator.arn import RuntimeArn
from agentcore_emulator.server import Emulator
from agentcore_emulator.settings import Settings


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    """An emulator that lets an image mean the agent that tells its environment."""
    agents = (live("wayward", "wayward_agent.py", "app"),)
    with Emulator(Settings(agents=agents, bindings={IMAGE: "wayward"}, transition_s=TRANSITION_S)) as emulator:
        yield emulator


def variant(emulator: Emulator, runtime_id: str, session: str) -> Any:
    """The variable VARIANT of the process that answers for the session, and the process."""
    arn = RuntimeArn("ap-southeast-2", "123456789012", runtime_id)
    told = invoke(emulator.port, arn, {}, session).json()
    return told["variant"], told["pid"]


def test_a_running_session_keeps_its_version(emulator: Emulator) -> None:
    """After an update new sessions run the new version, the old one goes on with its own process."""
    runtime_id = created(emulator, "updated", environmentVariables={"VARIANT": "one"})
    before = variant(emulator, runtime_id, "old")
    client(emulator).update_agent_runtime(
        agentRuntimeId=runtime_id,
        agentRuntimeArtifact=container(),
        roleArn=ROLE,
        networkConfiguration={"networkMode": "PUBLIC"},
        environmentVariables={"VARIANT": "two"},
    )
    settle(emulator)

    assert before[0] == "one"
    assert variant(emulator, runtime_id, "old") == before
    assert variant(emulator, runtime_id, "new")[0] == "two"


def test_a_deleted_runtime_s_sessions_end(emulator: Emulator) -> None:
    """Their processes go, and nothing stands ready for it any more."""
    runtime_id = created(emulator, "deleted", environmentVariables={"VARIANT": "one"})
    _, pid = variant(emulator, runtime_id, "session")
    client(emulator).delete_agent_runtime(agentRuntimeId=runtime_id)

    wait_until(lambda: not psutil.pid_exists(pid))
