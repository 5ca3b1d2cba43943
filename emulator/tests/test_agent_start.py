"""Agents that do not come up, and how an agent file is loaded."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from emulator_calls import AGENTS, invoke, live

from agentcore_emulator.agents.check import check_agents
from agentcore_emulator.errors import UsageError
from agentcore_emulator.server import Emulator
from agentcore_emulator.settings import AgentFile, Settings

SDK_AGENT = """
import sys
from bedrock_agentcore import BedrockAgentCoreApp
import neighbour
app = also_app = BedrockAgentCoreApp()

@app.entrypoint
def invoke(payload, context):
    return {"name": __name__, "path": sys.path[0], "word": neighbour.WORD, "session": context.session_id}

if __name__ == "__main__":
    raise SystemExit("run as a program")
"""


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    """An emulator whose agents do not come up, and that waits a second for them."""
    agents = (live("broken", "broken_at_import.py"), live("never", "never_ready.py"), live("two", "two_apps.py"))
    with Emulator(Settings(agents=agents, init_timeout_s=1)) as emulator:
        yield emulator


@pytest.mark.parametrize(
    ("name", "last_words"),
    [
        ("broken", "RuntimeError: this agent cannot be imported"),
        ("never", "loading for ever"),
        ("two", "two_apps.py holds more than one BedrockAgentCoreApp; name the app to serve as two_apps.py:ATTR"),
    ],
)
def test_an_agent_that_does_not_come_up_is_an_initialization_timeout(
    emulator: Emulator, name: str, last_words: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The client is told what AWS tells; the operator sees the agent's last words."""
    answer = invoke(emulator.port, emulator.runtime(name).arn, {})

    assert answer.error == (424, "RuntimeClientError")
    assert answer.json()["message"] == (
        "Runtime initialization time exceeded. Please make sure that initialization completes in 1s."
    )
    assert last_words in caplog.text


def test_a_user_s_file_is_served_unmodified(tmp_path: Path) -> None:
    """It is not run as a program, and finds its neighbours; one app under two names is one app."""
    (tmp_path / "neighbour.py").write_text("WORD = 'hello'")
    file = tmp_path / "my_agent.py"
    file.write_text(SDK_AGENT)
    with Emulator(Settings(agents=(AgentFile("mine", file),))) as emulator:
        told = invoke(emulator.port, emulator.runtime("mine").arn, {}, "mine").json()

    assert told == {"name": "my_agent", "path": str(tmp_path), "word": "hello", "session": "mine".ljust(33, "-")}


def test_agents_can_be_checked_before_serving() -> None:
    """One that loads passes, one that does not is told with its last words."""
    check_agents([live("five", "five_events.py")], timeout_s=20)

    with pytest.raises(UsageError, match=r"(?s)agent 'broken'.*this agent cannot be imported"):
        check_agents([live("broken", "broken_at_import.py")], timeout_s=20)


def test_an_agent_that_loads_for_ever_fails_the_check() -> None:
    """The check has a limit, and leaves no process."""
    with pytest.raises(UsageError, match="did not load within"):
        check_agents([live("never", "never_ready.py")], timeout_s=0.5)


def test_the_host_needs_nothing_of_the_test_s_process() -> None:
    """The agents of these tests are loaded elsewhere."""
    assert not [name for name, module in sys.modules.items() if str(AGENTS) in str(getattr(module, "__file__", ""))]
