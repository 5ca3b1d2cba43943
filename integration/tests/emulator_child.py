"""The emulator as the installed command ``agentcore-emulator``, with the live agent of five events."""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from agentcore_integration.environment import base_environment
from agentcore_integration.process import Child, start_child, wait_ready
from agentcore_integration.stack import runtimes_of

AGENT = Path(__file__).with_name("five_events_agent.py")
COMMAND = Path(sys.executable).with_name("agentcore-emulator")
LATENESS_MS_MAX = 100.0
EVENTS = 5
REGION = "ap-southeast-2"


@dataclass(frozen=True)
class Emulator:
    """A running emulator and its one agent."""

    child: Child
    arn: str

    @property
    def client_environment(self) -> Mapping[str, str]:
        """What lets any AWS client find it."""
        return {
            **base_environment(),
            "AWS_ENDPOINT_URL_BEDROCK_AGENTCORE": self.child.url,
            "AWS_REGION": REGION,
            "AWS_ACCESS_KEY_ID": "offline",
            "AWS_SECRET_ACCESS_KEY": "offline",
        }


@contextmanager
def running_emulator(log_dir: Path) -> Iterator[Emulator]:
    """Start the emulator and stop it at the end."""
    command = [str(COMMAND), "--fd", "{fd}", "--lifeline-fd", "{lifeline_fd}", "--agent", f"five={AGENT}"]
    with start_child(command, name="emulator", log_dir=log_dir, env=base_environment()) as child:
        wait_ready(child, "/_emulator/health", timeout_s=20)
        yield Emulator(child, runtimes_of(child)["five"])


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """One emulator for all tests of a module."""
    with running_emulator(tmp_path_factory.mktemp("emulator")) as running:
        yield running


def assert_seen_in_time(received: Sequence[tuple[float, bytes]]) -> None:
    """Each event was received within 100 ms of its sending, and the first before the last was sent.

    ``received`` holds what arrived, each piece with the time (epoch milliseconds) it arrived at.
    """
    seen_ms, sent_ms, buffer = [], [], b""
    for at_ms, data in received:
        buffer += data
        while b"\n\n" in buffer:
            event, _, buffer = buffer.partition(b"\n\n")
            sent_ms.append(json.loads(event.removeprefix(b"data: "))["sent_ms"])
            seen_ms.append(at_ms)
    assert len(sent_ms) == EVENTS
    assert seen_ms[0] < sent_ms[-1]
    lateness_ms = [seen - sent for seen, sent in zip(seen_ms, sent_ms, strict=True)]
    assert max(lateness_ms) <= LATENESS_MS_MAX, lateness_ms
