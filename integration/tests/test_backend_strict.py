"""The backend's requests where every signature is verified: both transports get in with the key, and not without."""

import asyncio
import sys
from collections.abc import Iterator

import boto3
import pytest
from gate_runs import AGENTS
from scripted_sockets import SESSION_ID, texts_and_failure

from agentcore_backend.settings import TRANSPORTS, Settings
from agentcore_backend.transports.build import build_transport
from agentcore_integration.environment import base_environment
from agentcore_integration.process import Child, start_child, wait_ready
from agentcore_integration.stack import runtimes_of

KEY_ID, SECRET = "AKIDOFTHEBACKEND", "the-secret-of-the-backend"


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Child]:
    """An emulator that knows one key."""
    command = [sys.executable, "-m", "agentcore_emulator", "--fd", "{fd}", "--lifeline-fd", "{lifeline_fd}"]
    command += ["--auth", "strict", "--access-key", f"{KEY_ID}={SECRET}"]
    command += ["--scenario", str(AGENTS / "coordinator_websocket.toml")]
    log_dir = tmp_path_factory.mktemp("emulator")
    with start_child(command, name="emulator", log_dir=log_dir, env=base_environment()) as child:
        wait_ready(child, "/_emulator/health", timeout_s=20)
        yield child


def outcome(emulator: Child, transport: str, secret: str) -> tuple[list[str], str]:
    """What one question gives a backend that has this secret."""
    arn = runtimes_of(emulator)["coordinator"]
    session = boto3.Session(KEY_ID, secret, region_name="ap-southeast-2")

    async def ask() -> tuple[list[str], str]:
        agents = build_transport(settings(transport, arn), session)
        try:
            return await texts_and_failure(agents.answer(arn, SESSION_ID, "hello"))
        finally:
            await agents.close()

    return asyncio.run(ask())


def settings(transport: str, arn: str) -> Settings:
    """Settings of which only these two matter here."""
    unused = dict.fromkeys(
        ("region", "user_pool_id", "client_id", "issuer", "jwks_url", "sessions_table", "messages_table"), ""
    )
    return Settings(**unused, agents={"coordinator": arn}, transport=transport)  # type: ignore[arg-type]  # all are texts


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_known_key_gets_in(emulator: Child, monkeypatch: pytest.MonkeyPatch, transport: str) -> None:
    """A signature of either transport is verified, and the agent answers."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_AGENTCORE", emulator.url)
    texts, code = outcome(emulator, transport, SECRET)
    assert (texts[0], code) == ("I have read your request. ", "")


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_wrong_secret_does_not(emulator: Child, monkeypatch: pytest.MonkeyPatch, transport: str) -> None:
    """The failure of a signature that is not the key's has one name, whichever way the agent was asked."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_AGENTCORE", emulator.url)
    texts, code = outcome(emulator, transport, "another-secret")
    assert (texts, code in {"AccessDeniedException", "InvalidSignatureException"}) == ([], True)
