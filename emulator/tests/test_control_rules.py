"""The control plane without a wire: limits, ids from a seed, pages and tokens over time."""

from collections.abc import Callable
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest
from control_calls import ROLE, container

from agentcore_emulator.clock import Clock
from agentcore_emulator.control import runtimes
from agentcore_emulator.control.binding import Bindings
from agentcore_emulator.control.context import Control, ControlLimits
from agentcore_emulator.control.paging import page
from agentcore_emulator.control.tokens import TOKENS_MAX, ClientTokens
from agentcore_emulator.errors import ResourceNotFoundException, ServiceQuotaExceededException, ValidationException
from agentcore_emulator.protocol.serialize import Answer
from agentcore_emulator.registry import Registry

VERSION = {"agentRuntimeArtifact": container(), "roleArn": ROLE}
ANSWER = Answer(202, [], b"{}")


class Ground:
    """A control plane, and the hand that moves its clock."""

    def __init__(self, seed: int = 1, **limits: int) -> None:
        self.clock = Clock(lambda: 0.0, datetime(2026, 11, 20, tzinfo=UTC))
        registry = Registry("eu-west-1", "123456789012", self.clock)
        self.control = Control(registry, self.clock, Random(seed), Bindings(), 5.0, ControlLimits(**limits))

    def create(self, name: str) -> str:
        """The id of a new runtime that is READY."""
        made = runtimes.create_agent_runtime(self.control, {"agentRuntimeName": name, **VERSION})
        self.clock.advance(5)
        return str(made["agentRuntimeId"])

    def status(self, runtime_id: str) -> str:
        """Its status now."""
        return str(runtimes.get_agent_runtime(self.control, {"agentRuntimeId": runtime_id})["status"])


def test_ids_come_from_the_given_source_of_randomness() -> None:
    """The same seed gives the same ids, another one others."""
    assert Ground(7).create("travel") == Ground(7).create("travel") != Ground(8).create("travel")


def test_a_change_takes_its_time_by_the_clock() -> None:
    """Not a moment before it is due, and then at once."""
    ground = Ground()
    runtime_id = ground.create("travel")
    runtimes.update_agent_runtime(ground.control, {"agentRuntimeId": runtime_id, **VERSION})
    ground.clock.advance(4)
    assert ground.status(runtime_id) == "UPDATING"
    ground.clock.advance(1)
    assert ground.status(runtime_id) == "READY"

    runtimes.delete_agent_runtime(ground.control, {"agentRuntimeId": runtime_id})
    ground.clock.advance(5)
    with pytest.raises(ResourceNotFoundException):
        ground.status(runtime_id)
    assert ground.create("travel") != runtime_id


def test_runtimes_and_versions_are_limited() -> None:
    """One too many of either is the modelled quota error; deleting makes room."""
    ground = Ground(runtimes_max=1, versions_max=2)
    runtime_id = ground.create("one")
    update = {"agentRuntimeId": runtime_id, **VERSION}
    with pytest.raises(ServiceQuotaExceededException):
        ground.create("two")
    runtimes.update_agent_runtime(ground.control, update)
    ground.clock.advance(5)
    with pytest.raises(ServiceQuotaExceededException):
        runtimes.update_agent_runtime(ground.control, update)
    runtimes.delete_agent_runtime(ground.control, {"agentRuntimeId": runtime_id, "agentRuntimeVersion": "1"})
    ground.clock.advance(5)
    assert runtimes.update_agent_runtime(ground.control, update)["agentRuntimeVersion"] == "3"


def test_pages_stay_right_when_entries_go() -> None:
    """What was shown does not come again, what is left comes, though entries were deleted in between."""
    number: Callable[[int], int] = int
    first, token = page({"maxResults": 2}, "list", [1, 2, 3, 4, 5], number)

    second, end = page({"maxResults": 2, "nextToken": token}, "list", [1, 4, 5], number)

    assert (first, second, end) == ([1, 2], [4, 5], None)


@pytest.mark.parametrize("token", ["", "!", "bnVsbA==", "WzEsMl0=", "WyJsaXN0IiwgdHJ1ZV0=", "W" * 4_000, "☃"])
def test_a_token_that_is_none_is_refused(token: str) -> None:
    """Whatever is not a token of this list."""
    with pytest.raises(ValidationException):
        page({"nextToken": token}, "list", [1], int)


def test_tokens_are_remembered_for_one_request_each() -> None:
    """The same request is answered as before; another operation has tokens of its own; the oldest are forgotten."""
    tokens = ClientTokens()
    request: dict[str, Any] = {"clientToken": "t", "name": "a"}
    tokens.keep("Create", request, ANSWER)
    assert tokens.earlier("Create", dict(request)) is ANSWER
    assert tokens.earlier("Delete", request) is None
    with pytest.raises(ValidationException):
        tokens.earlier("Create", {**request, "name": "b"})
    for number in range(TOKENS_MAX):
        tokens.keep("Create", {"clientToken": str(number)}, ANSWER)
    assert tokens.earlier("Create", request) is None
