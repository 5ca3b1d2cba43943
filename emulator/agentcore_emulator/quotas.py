"""The account's quotas: what they are, what is admitted under them, and how the service refuses.

Takes the moment from a function and starts nothing. The defaults are AWS's own, also for an offline gate: a backend
that would be throttled in production is throttled here. One switch turns all of them off.
Source: developer guide, quotas of Amazon Bedrock AgentCore, read 2026-11-20 - documented
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from math import inf, isfinite
from typing import Any, Final, cast

from agentcore_emulator.errors import ServiceQuotaExceededException, ThrottlingException, UsageError

# The operations that share one rate.
DATA_PLANE_OPERATIONS: Final = frozenset(
    {
        "GetAgentCard",
        "GetRuntimeProtectedResourceMetadata",
        "InvokeAgentRuntime",
        "InvokeAgentRuntimeCommand",
        "InvokeAgentRuntimeCommandShell",
        "InvokeAgentRuntimeWithWebSocketStream",
        "StopRuntimeSession",
    }
)
UNLIMITED: Final = "off"
_ACTIVE_SESSIONS_LARGE: Final = {"us-east-1": 5_000, "us-west-2": 5_000}


@dataclass(frozen=True, slots=True)
class Quotas:
    """The values; None is no limit. `enabled` is the one switch; `payload_bytes`, a limit of the model too, ignores it.

    A rate admits a burst of one second's worth, at least one.
    Source: whether and how the service allows bursts is not known, read 2026-11-20 - assumed
    """

    enabled: bool = True
    active_sessions: float | None = 2_500
    new_sessions_per_s: float | None = 25
    calls_per_s: float | None = 1_000
    payload_bytes: float | None = 100_000_000
    sync_timeout_s: float | None = 900
    stream_duration_s: float | None = 3_600


NO_QUOTAS: Final = Quotas(enabled=False)
QUOTA_NAMES: Final = tuple(field.name for field in fields(Quotas) if field.name != "enabled")


def quotas_of_region(region: str) -> Quotas:
    """What an account has in that region when it never asked for more."""
    return Quotas(active_sessions=_ACTIVE_SESSIONS_LARGE.get(region, 2_500))


def changed(quotas: Quotas, values: Mapping[str, float | None]) -> Quotas:
    """`quotas` with some values replaced.

    Raises:
        ValueError: there is no quota of that name, or the value is negative or not a number.
    """
    for name, value in values.items():
        if name not in QUOTA_NAMES:
            raise ValueError(f"there is no quota '{name}'; there are {', '.join(QUOTA_NAMES)}")
        if value is not None and not (isfinite(value) and value >= 0):
            raise ValueError(f"quota {name} must be a number from 0 on, found {value}")
    return replace(quotas, **cast("dict[str, Any]", values))


def parse_quotas(region: str, texts: Iterable[str], *, off: bool) -> Quotas:
    """The quotas that `--quota NAME=VALUE` (a number, or `off`) and `--no-quotas` ask for.

    Raises:
        UsageError: a text has another form, or both are given.
    """
    values: dict[str, float | None] = {}
    for text in texts:
        name, _, value = text.partition("=")
        try:
            values[name] = None if value == UNLIMITED else float(value)
        except ValueError:
            raise UsageError(f"--quota must be given as NAME=NUMBER or NAME={UNLIMITED}, found '{text}'") from None
    if off and values:
        raise UsageError("--no-quotas turns every quota off; leave out --quota, or use --quota NAME=off")
    try:
        return changed(NO_QUOTAS if off else quotas_of_region(region), values)
    except ValueError as failure:
        raise UsageError(f"--quota: {failure}") from failure


class TokenBucket:
    """Admits `rate` takings a second, and as many at once when none was taken for a second."""

    __slots__ = ("_burst", "_rate", "_tokens", "_updated_at")

    def __init__(self, rate: float, now: float) -> None:
        self._rate = rate
        self._burst = max(1.0, rate) if rate else 0.0
        self._tokens = self._burst
        self._updated_at = now

    def take(self, now: float) -> bool:
        """Whether one more is admitted at this moment; what is refused costs nothing."""
        tokens = min(self._burst, self._tokens + (now - self._updated_at) * self._rate)
        self._updated_at = now
        admitted = tokens >= 1
        self._tokens = tokens - 1 if admitted else tokens
        return admitted


class QuotaKeeper:
    """Admits what the quotas allow.

    Args:
        now: the emulator's clock: who advances it waits for no rate.
    """

    def __init__(self, quotas: Quotas, account_id: str, now: Callable[[], float]) -> None:
        self._account_id = account_id
        self._now = now
        self.set(quotas)

    @property
    def quotas(self) -> Quotas:
        """The values in force."""
        return self._quotas

    def set(self, quotas: Quotas) -> None:
        """From now on other values hold; rates begin afresh."""
        self._quotas = quotas
        on = quotas if quotas.enabled else changed(quotas, dict.fromkeys(QUOTA_NAMES))
        self._active_sessions = _or_inf(on.active_sessions)
        self._sessions = None if on.new_sessions_per_s is None else TokenBucket(on.new_sessions_per_s, self._now())
        self._calls = None if on.calls_per_s is None else TokenBucket(on.calls_per_s, self._now())
        self.payload_bytes = _or_inf(quotas.payload_bytes)
        self.sync_timeout_s = _or_inf(on.sync_timeout_s)
        self.stream_duration_s = _or_inf(on.stream_duration_s)

    def admit_call(self, operation: str) -> None:
        """One call of that operation begins.

        Raises:
            ThrottlingException: the calls of this second are used up.
                Source: developer guide, HTTP protocol contract - documented; the text is assumed from its description
        """
        if self._calls is not None and operation in DATA_PLANE_OPERATIONS and not self._calls.take(self._now()):
            raise _throttled()

    def admit_new_session(self, active: int) -> None:
        """One session is to begin beside the `active` ones.

        Raises:
            ServiceQuotaExceededException: there are as many as there may be.
                Source: message reported by users of the service, read 2026-11-20 - observed
            ThrottlingException: too many began within a second.
        """
        if active >= self._active_sessions:
            raise ServiceQuotaExceededException(
                f"maxVms limit exceeded for account {self._account_id}. "
                "Please contact AWS Support for more information."
            )
        if self._sessions is not None and not self._sessions.take(self._now()):
            raise _throttled()

    def to_json(self) -> dict[str, object]:
        """The quotas as `GET /_emulator/quotas` shows them."""
        return asdict(self._quotas)


def _or_inf(value: float | None) -> float:
    return inf if value is None else value


def _throttled() -> ThrottlingException:
    return ThrottlingException("Too many requests - the request rate limit was exceeded")
