"""pytest plugin of the integration suite, loaded after the one that judges.

``-p agentcore_contracts.suite_plugin -p agentcore_integration.suite_plugin``

It adds what the suite needs beside ``target``: the backend of the target file, two users, and a conversation.
"""

import pytest

from agentcore_contracts.target import Target
from agentcore_integration.suite.judged import Conversation, JudgedBackend, User, converse


@pytest.fixture(scope="session")
def backend(target: Target) -> JudgedBackend:
    """The backend that the target file describes."""
    return JudgedBackend.from_target(target)


@pytest.fixture(scope="session")
def alice(backend: JudgedBackend) -> User:
    """Somebody who is signed in."""
    return backend.new_user("alice")


@pytest.fixture(scope="session")
def bob(backend: JudgedBackend) -> User:
    """Somebody else."""
    return backend.new_user("bob")


@pytest.fixture(scope="session")
def conversation(alice: User) -> Conversation:
    """A chat of Alice's in which the agent has answered one question."""
    return converse(alice)
