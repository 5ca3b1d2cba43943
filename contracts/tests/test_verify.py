"""The assertions say all acceptable answers, the actual one and the evidence, and fail only when they should."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from agentcore_contracts.verify import (
    RequirementFailed,
    verify_absent,
    verify_at_most,
    verify_contains,
    verify_different,
    verify_equal,
    verify_error,
    verify_in,
    verify_status,
)


@dataclass
class FakeAnswer:
    """An answer that came from nowhere."""

    status: int = 404
    body: bytes = b'{"message": "No endpoint found with qualifier \'x\'"}'
    headers: dict[str, str] = field(default_factory=lambda: {"x-amzn-errortype": "ResourceNotFoundException"})

    def header(self, name: str) -> str | None:
        return self.headers.get(name.lower())

    def describe(self) -> str:
        return "the whole exchange"


def test_failure_carries_everything() -> None:
    """A failure has every acceptable answer, the actual one and the evidence, also in its text."""
    with pytest.raises(RequirementFailed) as caught:
        verify_in(7, (1, 2), what="count", evidence="seen")

    assert caught.value.expected == ("count 1", "count 2")
    assert (caught.value.actual, caught.value.evidence) == ("count 7", "seen")
    assert str(caught.value) == "expected: count 1 | count 2\nactual:   count 7\nevidence: seen"


@pytest.mark.parametrize(
    "holds",
    [
        lambda: verify_equal(1, 1, what="count"),
        lambda: verify_in(2, (1, 2), what="count"),
        lambda: verify_different(1, 2, what="counts"),
        lambda: verify_contains("abc", ("x", "b"), what="text"),
        lambda: verify_absent("abc", "x", what="text"),
        lambda: verify_at_most(1.0, 1.0, what="lag", unit="ms"),
        lambda: verify_status(FakeAnswer(), (400, 404)),
        lambda: verify_error(FakeAnswer(), 404, "ResourceNotFoundException", "'x'"),
        lambda: verify_error(
            FakeAnswer(headers={"x-amzn-errortype": "Gone:http://x"}), 404, ("ResourceNotFoundException", "Gone")
        ),
    ],
)
def test_what_holds_passes(holds: Callable[[], None]) -> None:
    """Nothing is raised when the requirement is kept."""
    holds()


@pytest.mark.parametrize(
    ("broken", "actual"),
    [
        (lambda: verify_equal(1, 2, what="count"), "count 1"),
        (lambda: verify_different(1, 1, what="counts"), "counts 1 both times"),
        (lambda: verify_contains("abc", "x", what="text"), "text 'abc'"),
        (lambda: verify_absent("abc", "b", what="text"), "it is there: 'abc'"),
        (lambda: verify_at_most(2.0, 1.0, what="lag", unit="ms"), "lag of 2 ms"),
        (lambda: verify_status(FakeAnswer(), 200), "HTTP status 404"),
        (lambda: verify_error(FakeAnswer(), 424, "RuntimeClientError"), "HTTP status 404"),
        (lambda: verify_error(FakeAnswer(headers={}), 404, "X"), "header x-amzn-ErrorType None"),
        (lambda: verify_error(FakeAnswer(body=b"no"), 404, "ResourceNotFoundException"), "body b'no'"),
        (lambda: verify_error(FakeAnswer(body=b'{"Message": "m"}'), 404, "ResourceNotFoundException"), "body"),
        (lambda: verify_error(FakeAnswer(), 404, "ResourceNotFoundException", "'y'"), "message"),
    ],
)
def test_what_is_broken_fails(broken: Callable[[], None], actual: str) -> None:
    """A broken requirement is a failure that says what was found."""
    with pytest.raises(RequirementFailed) as caught:
        broken()

    assert caught.value.actual.startswith(actual)


def test_long_values_are_cut() -> None:
    """A failure stays readable when the answer is long."""
    with pytest.raises(RequirementFailed) as caught:
        verify_equal("x" * 10_000, "y", what="text")

    assert len(caught.value.actual) < 400
