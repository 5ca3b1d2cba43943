"""Domain assertions of the suites: each says what would have been right, what was found, and shows the evidence.

Three kinds of trouble are three types. The target broke a requirement: `RequirementFailed`. The target could not be
asked: `TargetUnavailable`, and the verdict is unknown. The harness was used wrongly: an ordinary exception.
"""

import json
from collections.abc import Collection, Sequence
from typing import Final, Protocol

ERROR_TYPE_HEADER: Final = "x-amzn-ErrorType"


class RequirementFailed(AssertionError):  # noqa: N818 - it is a finding about the target, not an error of the harness
    """The target answered, and the answer breaks the requirement."""

    def __init__(self, *, expected: str | Sequence[str], actual: str, evidence: str = "") -> None:
        self.expected: tuple[str, ...] = (expected,) if isinstance(expected, str) else tuple(expected)
        self.actual = actual
        self.evidence = evidence
        super().__init__(self._text())

    def _text(self) -> str:
        lines = [f"expected: {' | '.join(self.expected)}", f"actual:   {self.actual}"]
        return "\n".join([*lines, f"evidence: {self.evidence}"] if self.evidence else lines)


class TargetUnavailable(Exception):  # noqa: N818 - read as a state of the target
    """The target could not be asked (refused, silent, unreachable), so nothing can be said about the requirement."""


class Answer(Protocol):
    """What the assertions need of a response; `agentcore_contracts.http_client.Response` is one."""

    @property
    def status(self) -> int: ...
    @property
    def body(self) -> bytes: ...
    def header(self, name: str) -> str | None: ...
    def describe(self) -> str: ...


def verify(holds: bool, *, expected: str | Sequence[str], actual: str, evidence: str = "") -> None:
    """`holds`, or the requirement is broken. For conditions that none of the others puts in words."""
    __tracebackhide__ = True
    if not holds:
        raise RequirementFailed(expected=expected, actual=actual, evidence=evidence)


def verify_equal(actual: object, expected: object, *, what: str, evidence: str = "") -> None:
    """`actual` is `expected`; `what` names the thing compared."""
    verify_in(actual, (expected,), what=what, evidence=evidence)


def verify_in(actual: object, expected: Collection[object], *, what: str, evidence: str = "") -> None:
    """`actual` is one of the acceptable answers."""
    verify(
        actual in expected,
        expected=[f"{what} {_short(answer)}" for answer in expected],
        actual=f"{what} {_short(actual)}",
        evidence=evidence,
    )


def verify_different(first: object, second: object, *, what: str, evidence: str = "") -> None:
    """The two are not the same."""
    verify(
        first != second,
        expected=f"two different {what}",
        actual=f"{what} {_short(first)} both times",
        evidence=evidence,
    )


def verify_contains(text: str, expected: str | Sequence[str], *, what: str, evidence: str = "") -> None:
    """`text` holds one of the acceptable parts."""
    parts = (expected,) if isinstance(expected, str) else tuple(expected)
    verify(
        any(part in text for part in parts),
        expected=[f"{what} with {part!r} in it" for part in parts],
        actual=f"{what} {_short(text)}",
        evidence=evidence,
    )


def verify_absent(text: str, forbidden: str, *, what: str, evidence: str = "") -> None:
    """`text` does not hold `forbidden`."""
    verify(forbidden not in text, expected=f"{what} without {forbidden!r}", actual=f"it is there: {_short(text)}",
           evidence=evidence)  # fmt: skip


def verify_at_most(actual: float, limit: float, *, what: str, unit: str, evidence: str = "") -> None:
    """`actual` does not exceed `limit`."""
    verify(
        actual <= limit,
        expected=f"{what} of at most {limit:g} {unit}",
        actual=f"{what} of {actual:.4g} {unit}",
        evidence=evidence,
    )


def verify_status(answer: Answer, expected: int | Collection[int]) -> None:
    """The response has an acceptable HTTP status."""
    accepted = (expected,) if isinstance(expected, int) else tuple(expected)
    verify_in(answer.status, accepted, what="HTTP status", evidence=answer.describe())


def verify_error(
    answer: Answer, status: int | Collection[int], error_type: str | Collection[str], message_contains: str = ""
) -> None:
    """The response is a modelled error: status, `x-amzn-ErrorType`, and a JSON body with a `message`.

    A suffix `:http://…` of the type is accepted, as AWS clients accept it.
    Source: AgentCore developer guide, HTTP protocol contract, read 2026-11-20 - documented
    """
    verify_status(answer, status)
    evidence = answer.describe()
    types = (error_type,) if isinstance(error_type, str) else tuple(error_type)
    found = answer.header(ERROR_TYPE_HEADER)
    verify_in(found and found.split(":")[0], types, what=f"header {ERROR_TYPE_HEADER}", evidence=evidence)
    message = error_message(answer)
    verify(
        bool(message), expected='JSON body {"message": "…"}', actual=f"body {_short(answer.body)}", evidence=evidence
    )
    if message_contains:
        verify_contains(message or "", message_contains, what="message", evidence=evidence)


def error_message(answer: Answer) -> str | None:
    """The `message` of a JSON error body; None when there is none."""
    try:
        content = json.loads(answer.body)
    except ValueError:
        return None
    message = content.get("message") if isinstance(content, dict) else None
    return message if isinstance(message, str) else None


def _short(value: object, limit: int = 300) -> str:
    text = repr(value)
    return text if len(text) <= limit else f"{text[:limit]}… ({len(text)} characters)"
