"""Quotas as rules: what is admitted when, and what an operator may set."""

from dataclasses import replace

import pytest

from agentcore_emulator.errors import ServiceQuotaExceededException, ThrottlingException, UsageError
from agentcore_emulator.quotas import (
    NO_QUOTAS,
    QuotaKeeper,
    Quotas,
    TokenBucket,
    parse_quotas,
    quotas_of_region,
)

INVOKE = "InvokeAgentRuntime"


class Moment:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def keeper(quotas: Quotas, moment: Moment | None = None) -> QuotaKeeper:
    """A keeper of these quotas."""
    return QuotaKeeper(quotas, "123456789012", moment or Moment())


def admitted(keeper: QuotaKeeper, asked: int, operation: str = INVOKE) -> int:
    """How many of so many calls are admitted."""
    count = 0
    for _ in range(asked):
        try:
            keeper.admit_call(operation)
        except ThrottlingException:
            continue
        count += 1
    return count


def test_the_defaults_are_the_service_own() -> None:
    """2 500 sessions, 5 000 in the two large regions; 25 new ones and 1 000 calls a second."""
    assert quotas_of_region("ap-southeast-2") == Quotas(True, 2_500, 25, 1_000, 100_000_000, 900, 3_600)
    assert quotas_of_region("us-west-2").active_sessions == 5_000


@pytest.mark.parametrize(
    ("rate", "at_once", "after_half_a_second"), [(4, 4, 2), (0.5, 1, 0), (0, 0, 0), (1_000, 1_000, 500)]
)
def test_a_bucket_holds_one_second(rate: float, at_once: int, after_half_a_second: int) -> None:
    """A burst of one second's worth, then as many as time brings."""
    bucket = TokenBucket(rate, 7.0)

    assert sum(bucket.take(7.0) for _ in range(2_000)) == at_once
    assert sum(bucket.take(7.5) for _ in range(2_000)) == after_half_a_second


def test_a_bucket_never_holds_more_than_its_burst() -> None:
    """An hour of rest admits no more than a second of it."""
    bucket = TokenBucket(25, 0.0)

    assert sum(bucket.take(3_600.0) for _ in range(100)) == 25


def test_calls_of_all_operations_share_one_rate() -> None:
    """What one operation used up, another one lacks; operations of other kinds do not count."""
    kept = keeper(Quotas(calls_per_s=10))

    assert admitted(kept, 6) == 6
    assert admitted(kept, 6, "StopRuntimeSession") == 4
    assert admitted(kept, 50, "ListAgentRuntimes") == 50


def test_advancing_the_clock_brings_calls_back() -> None:
    """The rate goes by the emulator's clock."""
    moment = Moment()
    kept = keeper(Quotas(calls_per_s=10), moment)
    assert admitted(kept, 20) == 10

    moment.now += 1
    assert admitted(kept, 20) == 10


def test_one_session_too_many_is_told_in_the_service_words() -> None:
    """402 with the text users report, the account's id in it; it uses up no rate."""
    kept = keeper(Quotas(active_sessions=2, new_sessions_per_s=1))

    with pytest.raises(ServiceQuotaExceededException) as caught:
        kept.admit_new_session(2)
    kept.admit_new_session(1)

    text = "maxVms limit exceeded for account 123456789012. Please contact AWS Support for more information."
    assert (caught.value.http_status, caught.value.message) == (402, text)


def test_new_sessions_have_a_rate_of_their_own() -> None:
    """25 at once, and not one more."""
    kept = keeper(Quotas())
    for active in range(25):
        kept.admit_new_session(active)

    with pytest.raises(ThrottlingException):
        kept.admit_new_session(25)


def test_one_switch_turns_everything_off() -> None:
    """Nothing is refused, nothing has an end; only the payload's limit is the model's too, and stays."""
    kept = keeper(NO_QUOTAS)
    for _ in range(100):
        kept.admit_new_session(1_000_000)

    assert admitted(kept, 5_000) == 5_000
    assert {kept.sync_timeout_s, kept.stream_duration_s} == {float("inf")}
    assert kept.payload_bytes == 100_000_000


def test_other_values_hold_from_now_on() -> None:
    """A rate that is set anew begins with its full burst."""
    kept = keeper(Quotas(calls_per_s=0))
    assert admitted(kept, 5) == 0

    kept.set(replace(kept.quotas, calls_per_s=3))
    assert admitted(kept, 5) == 3


def test_an_operator_sets_quotas_by_name() -> None:
    """Numbers and `off`; what is not named keeps the region's value."""
    quotas = parse_quotas("us-east-1", ["new_sessions_per_s=100", "calls_per_s=off"], off=False)

    assert quotas == Quotas(active_sessions=5_000, new_sessions_per_s=100, calls_per_s=None)
    assert parse_quotas("us-east-1", [], off=True) == NO_QUOTAS


@pytest.mark.parametrize(
    "text",
    ["", "calls_per_s", "calls_per_s=", "calls_per_s=many", "calls_per_s=-1", "x=1", "enabled=1", "calls_per_s=nan"],
)
def test_what_is_no_quota_is_refused_in_one_line(text: str) -> None:
    """The text says what is wrong with it."""
    with pytest.raises(UsageError, match="--quota"):
        parse_quotas("us-east-1", [text], off=False)


def test_off_and_a_value_contradict_each_other() -> None:
    """Both together are refused."""
    with pytest.raises(UsageError, match="--no-quotas"):
        parse_quotas("us-east-1", ["calls_per_s=1"], off=True)
