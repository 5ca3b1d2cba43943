"""The backend as a program: how it starts, how it refuses to, and what its log holds."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from test_backend_settings import COMPLETE

from agentcore_backend.app import create_app
from agentcore_contracts.http_client import Request, send
from agentcore_integration.backend_process import running_backend
from agentcore_integration.contract_target import backend_target
from agentcore_integration.environment import base_environment
from agentcore_integration.gate import backend_facts
from agentcore_integration.process import Child
from agentcore_integration.profile import load_profile
from agentcore_integration.stack import offline_stack
from agentcore_integration.suite.judged import Conversation, JudgedBackend, User, converse

PROFILE, _ = load_profile("reference")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Child, JudgedBackend]]:
    """The reference backend as its profile starts it."""
    log_dir = tmp_path_factory.mktemp("logs")
    with (
        offline_stack(PROFILE.agents, log_dir) as stack,
        running_backend(PROFILE.backend, stack, log_dir) as child,
    ):
        yield (
            child,
            JudgedBackend.from_target(backend_target(stack, backend_facts(stack, child))),
        )


@pytest.fixture(scope="module")
def talk(running: tuple[Child, JudgedBackend]) -> tuple[User, Conversation]:
    """A user, and what they talked about."""
    user = running[1].new_user("alice")
    return user, converse(user)


def test_health_needs_no_token(running: tuple[Child, JudgedBackend]) -> None:
    """The health route answers whoever asks."""
    response = send(Request("GET", running[1].base_url, "/health"))
    assert (response.status, response.json()) == (200, {"status": "ok"})


def test_log_has_no_secrets(running: tuple[Child, JudgedBackend], talk: tuple[User, Conversation]) -> None:
    """The log tells about an invocation: agent, session, sizes; never a token, the prompt, or the answer."""
    user, conversation = talk
    log = running[0].log_path.read_text(encoding="utf-8")
    assert f"agent=onboarding session={conversation.session_id} prompt_chars={len(conversation.prompt)} chunks=5" in log
    for secret in (user.tokens.access_token, conversation.prompt, conversation.answer.texts[0]):
        assert secret not in log


@pytest.mark.parametrize("stated", [{}, {"AWS_REGION": "ap-southeast-2"}], ids=["nothing set", "region only"])
def test_missing_variable(tmp_path: Path, stated: dict[str, str]) -> None:
    """Without its settings the program ends at once, with one line that names the first that is missing."""
    missing = "COGNITO_USER_POOL_ID" if stated else "AWS_REGION"
    run = subprocess.run(
        [sys.executable, "-m", "uvicorn", "agentcore_backend.app:create_app", "--factory", "--port", "0"],
        env={**base_environment(), **stated},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert run.returncode != 0
    assert f"agentcore_backend: environment variable {missing} is not set\n" == run.stderr


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"AGENT_RUNTIME_ARNS": '{"onboarding": "a-1"}'}, "'a-1' is not the ARN of an agent runtime"),
        (
            {"AWS_ENDPOINT_URL_BEDROCK_AGENTCORE": "nowhere"},
            "'nowhere' is not the URL of an endpoint, such as https://127.0.0.1:4599",
        ),
    ],
)
def test_websocket_transport_that_cannot_be_made(
    monkeypatch: pytest.MonkeyPatch, changes: dict[str, str], problem: str
) -> None:
    """What WebSockets need and the environment does not give is one line at the start, not a failure of each answer."""
    for name, value in {**COMPLETE, "AGENTCORE_TRANSPORT": "websocket", **changes}.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit, match=re.escape(f"agentcore_backend: {problem}")):
        create_app()
