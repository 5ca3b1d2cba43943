"""Which runtime a request means."""

from datetime import UTC, datetime

import pytest

from agentcore_emulator.arn import is_runtime_id, parse_runtime_arn
from agentcore_emulator.clock import Clock
from agentcore_emulator.errors import ResourceNotFoundException, ServiceError, UsageError, ValidationException
from agentcore_emulator.registry import Registry, runtime_id

ACCOUNT = "123456789012"


def registry() -> Registry:
    """A registry with the runtime `travel`."""
    registry = Registry("eu-west-1", ACCOUNT, Clock(lambda: 0.0, datetime(2026, 11, 20, tzinfo=UTC)))
    registry.add("travel", "scripted")
    return registry


def test_an_id_is_legal_and_the_same_in_every_run() -> None:
    """ARNs in configuration files survive a restart."""
    assert runtime_id("travel") == "travel-cjgUrCDc7f"
    assert is_runtime_id(runtime_id("travel"))


def test_a_runtime_is_found_by_arn_and_by_bare_id() -> None:
    """Both forms of the identifier mean the same runtime."""
    (travel,) = registry().all()

    assert parse_runtime_arn(str(travel.arn)) == travel.arn
    assert registry().resolve(str(travel.arn), None, "DEFAULT").runtime == travel
    assert registry().resolve(travel.id, ACCOUNT, "DEFAULT").runtime == travel


@pytest.mark.parametrize(
    ("identifier", "account", "qualifier", "error"),
    [
        ("{id}", None, "DEFAULT", ValidationException),
        ("{id}", "12", "DEFAULT", ValidationException),
        ("{id}", "210987654321", "DEFAULT", ResourceNotFoundException),
        ("{arn}", None, "default", ResourceNotFoundException),
        ("{arn} ", None, "DEFAULT", ResourceNotFoundException),
        ("{arn}x", None, "DEFAULT", ResourceNotFoundException),
        ("arn:aws:s3:::bucket", None, "DEFAULT", ResourceNotFoundException),
    ],
)
def test_what_means_no_runtime_is_refused(
    identifier: str, account: str | None, qualifier: str, error: type[ServiceError]
) -> None:
    """A bare id without an account is invalid; everything unknown is not found."""
    (travel,) = registry().all()

    with pytest.raises(error):
        registry().resolve(identifier.format(id=travel.id, arn=travel.arn), account, qualifier)


@pytest.mark.parametrize("name", ["travel", "two words", ""])
def test_a_taken_or_illegal_name_is_refused(name: str) -> None:
    """Each runtime has a legal name of its own."""
    with pytest.raises(UsageError):
        registry().add(name, "live")
