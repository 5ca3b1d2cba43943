"""Everything that a run writes down: the history, the count of open streams, and the line that shows its progress.

It knows neither sockets nor greenlets: users and samplers tell it what happened.
"""

import platform
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Final

from agentcore_load.fields import Json
from agentcore_load.history import HistoryWriter, Run, Sample, SetupDone, Stream, StreamOutcome
from agentcore_load.metrics import percentile
from agentcore_load.plan import Plan

_SOFTWARE: Final = ("agentcore-harness", "locust", "gevent", "geventhttpclient")


class Recorder:
    """The one place where a run's observations come together. The clock of `begun_s` is `time.perf_counter`."""

    def __init__(self, plan: Plan, history: HistoryWriter) -> None:
        self.plan = plan
        self.begun_s = time.perf_counter()
        self.users_started = 0
        self._history = history
        self._in_flight = 0
        self._ok = 0
        self._failed = 0
        self._setups_failed = 0
        self._recent_first_chunks_ms: list[float] = []
        self._recent_lag_ms = 0.0
        self._ended = False

    def begin(self) -> None:
        """The run begins now."""
        self.begun_s = time.perf_counter()
        self._history.write(Run(self.plan.public(), _versions(), datetime.now(UTC).isoformat(timespec="milliseconds")))
        self._history.flush()

    def end(self, reason: str) -> None:
        """The run is over. The first call counts."""
        if not self._ended:
            self._ended = True
            self._history.end(reason, self.elapsed_s())

    def elapsed_s(self) -> float:
        """Time since the run began."""
        return time.perf_counter() - self.begun_s

    def next_user(self) -> int:
        """The number of a user that starts now."""
        self.users_started += 1
        return self.users_started - 1

    def setup_done(self, record: SetupDone) -> None:
        """A user made its setup call."""
        self._setups_failed += record.error is not None
        self._history.write(record._replace(error=self._without_tokens(record.error)))

    def stream_opened(self) -> None:
        """A user is about to send an invocation."""
        self._in_flight += 1

    def stream_closed(self, record: Stream) -> None:
        """It is over, in whatever way."""
        self._in_flight -= 1
        if record.outcome == StreamOutcome.OK:
            self._ok += 1
        else:
            self._failed += 1
        if record.first_chunk_ms is not None:
            self._recent_first_chunks_ms.append(record.first_chunk_ms)
        if not self._ended:
            self._history.write(record._replace(error=self._without_tokens(record.error)))

    def sample(self, lag_s: float) -> None:
        """The generator's loop came round, this much too late."""
        self._recent_lag_ms = max(self._recent_lag_ms, lag_s * 1000)
        self._history.write(Sample(round(self.elapsed_s(), 4), self._in_flight, round(lag_s * 1000, 3)))
        self._history.flush()

    def progress(self) -> str:
        """One line about the run so far and about what came since the last such line."""
        recent, self._recent_first_chunks_ms = self._recent_first_chunks_ms, []
        lag_ms, self._recent_lag_ms = self._recent_lag_ms, 0.0
        first = f"{percentile(recent, 50):.0f} ms" if recent else "-"
        refused = f"  users refused {self._setups_failed}" if self._setups_failed else ""
        return (
            f"{self.elapsed_s():4.0f} s  in flight {self._in_flight}  ok {self._ok}  failed {self._failed}  "
            f"first chunk p50 {first}  loop lag max {lag_ms:.0f} ms{refused}"
        )

    def _without_tokens(self, text: str | None) -> str | None:
        """A target may send back what it was sent."""
        for token in self.plan.tokens if text else ():
            text = text and text.replace(token, "[token]")
        return text


def _versions() -> dict[str, Json]:
    return {"python": platform.python_version(), **dict(_installed(_SOFTWARE))}


def _installed(names: Iterable[str]) -> Iterable[tuple[str, str]]:
    for name in names:
        try:
            yield name, version(name)
        except PackageNotFoundError:
            yield name, "not installed"
