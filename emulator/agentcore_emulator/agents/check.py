"""Loads every agent file once, in a process of its own, before anything is served."""

import subprocess
from collections.abc import Sequence

from agentcore_emulator.agents.process import LOG_TAIL_LINES, Lifeline, host_command
from agentcore_emulator.errors import UsageError
from agentcore_emulator.settings import AgentFile


def check_agents(agents: Sequence[AgentFile], timeout_s: float) -> None:
    """Returns when every agent loads.

    Raises:
        UsageError: one does not; the text has the last lines of what it wrote.
    """
    lifeline = Lifeline()
    loading = [(agent, _load(agent, lifeline)) for agent in agents]
    try:
        for agent, process in loading:
            _expect_success(agent, process, timeout_s)
    finally:
        for _, process in loading:
            process.kill()
            process.communicate()
        lifeline.close()


def _load(agent: AgentFile, lifeline: Lifeline) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        host_command(agent, "--check", "--lifeline-fd", str(lifeline.read_fd)),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        pass_fds=(lifeline.read_fd,),
        start_new_session=True,
        cwd=agent.file.parent,
    )


def _expect_success(agent: AgentFile, process: "subprocess.Popen[str]", timeout_s: float) -> None:
    try:
        output, _ = process.communicate(timeout=timeout_s)
    except subprocess.TimeoutExpired as failure:
        raise UsageError(f"agent '{agent.name}': {agent.file} did not load within {timeout_s:g} s") from failure
    if process.returncode != 0:
        last_lines = "\n".join(output.splitlines()[-LOG_TAIL_LINES:])
        raise UsageError(f"agent '{agent.name}': {agent.file} does not load; its last lines:\n{last_lines}")
