"""moto as a child process, for tests that need a real DynamoDB or Cognito endpoint."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from agentcore_integration.environment import base_environment
from agentcore_integration.process import Child, start_child

REGION = "ap-southeast-2"
COMMAND = [
    sys.executable,
    "-m",
    "agentcore_integration.aws.moto_child",
    "--fd",
    "{fd}",
    "--lifeline-fd",
    "{lifeline_fd}",
]


@contextmanager
def running_aws(log_dir: Path) -> Iterator[Child]:
    """Start moto and stop it at the end."""
    with start_child(COMMAND, name="aws", log_dir=log_dir, env=base_environment()) as child:
        yield child


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Child]:
    """One moto for all tests of a module."""
    with running_aws(tmp_path_factory.mktemp("aws")) as child:
        yield child
