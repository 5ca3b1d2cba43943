"""What the emulator saw and sent: one entry for each invocation, bounded, without payloads and without tokens.

Takes moments as arguments: `at_s` counts real seconds (it measures what a client could have seen), the date of
receipt comes from the emulator's clock.
"""

from array import array
from collections import deque
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Literal, TypeAlias

INVOCATIONS_MAX = 1_000
EVENTS_PER_INVOCATION_MAX = 10_000
EVENTS_TOTAL_MAX = 1_000_000
HEADER_VALUE_LENGTH_MAX = 1_024

_SECRET_HEADERS = frozenset(
    {
        b"authorization",
        b"cookie",
        b"proxy-authorization",
        b"sec-websocket-protocol",
        b"workloadaccesstoken",
        b"x-amz-bedrock-agentcore-identity-wat",
        b"x-amz-security-token",
    }
)

Closer: TypeAlias = Literal["agent", "client", "emulator"]
RawHeaders: TypeAlias = Iterable[tuple[bytes, bytes]]


def redact(headers: RawHeaders) -> list[tuple[str, str]]:
    """The headers as the journal keeps them: secrets replaced, long values shortened."""
    return [
        (
            name.decode("latin-1"),
            "(redacted)" if name in _SECRET_HEADERS else value[:HEADER_VALUE_LENGTH_MAX].decode("latin-1"),
        )
        for name, value in headers
    ]


@dataclass(slots=True)
class SocketTally:
    """What went through a WebSocket, and how it was closed towards the client; no close code means it broke.

    `received` comes from the client, `sent` goes to it; control frames count as frames and have no bytes.
    """

    frames_received: int = 0
    bytes_received: int = 0
    frames_sent: int = 0
    bytes_sent: int = 0
    close_code: int | None = None
    close_reason: str = ""


@dataclass(slots=True, eq=False)
class Invocation:
    """One invocation from the emulator's side; still open while `closed_by` is None."""

    id: str
    raw_path: str
    headers: list[tuple[str, str]]
    received_at: datetime
    started_s: float
    method: str = "POST"
    socket: SocketTally | None = None
    runtime: str | None = None
    bound_to: str | None = None
    arn: str | None = None
    qualifier: str | None = None
    session_id: str | None = None
    session_generated: bool = False
    payload_size: int = 0
    status: int | None = None
    error_type: str | None = None
    closed_by: Closer | None = None
    cut: bool = False
    events_omitted: int = 0
    bytes_omitted: int = 0
    duration_s: float | None = None
    kept: bool = False
    times_s: "array[float]" = field(default_factory=lambda: array("d"))
    sizes: "array[int]" = field(default_factory=lambda: array("I"))

    def sent(self, size: int, at_s: float) -> None:
        """One write of `size` bytes of the answer's body."""
        sizes = self.sizes
        if len(sizes) < EVENTS_PER_INVOCATION_MAX:
            self.times_s.append(at_s)
            sizes.append(size)
        else:
            self.events_omitted += 1
            self.bytes_omitted += size

    def to_json(self) -> dict[str, object]:
        """The entry as `GET /_emulator/journal` shows it."""
        started_s = self.started_s
        return {
            "id": self.id,
            "runtime": self.runtime,
            "bound_to": self.bound_to,
            "arn": self.arn,
            "qualifier": self.qualifier,
            "session_id": self.session_id,
            "session_generated": self.session_generated,
            "received_at": self.received_at.isoformat(),
            "status": self.status,
            "error_type": self.error_type,
            "events": [
                {"at_ms": round((at_s - started_s) * 1000, 3), "size": size}
                for at_s, size in zip(self.times_s, self.sizes, strict=True)
            ],
            "events_omitted": self.events_omitted,
            "bytes_sent": sum(self.sizes) + self.bytes_omitted,
            "duration_ms": None if self.duration_s is None else round(self.duration_s * 1000, 3),
            "closed_by": self.closed_by,
            "cut": self.cut,
            "websocket": None if self.socket is None else asdict(self.socket),
            "request": {
                "method": self.method,
                "raw_path": self.raw_path,
                "headers": _joined(self.headers),
                "payload_size": self.payload_size,
            },
        }


def _joined(headers: list[tuple[str, str]]) -> dict[str, str]:
    joined: dict[str, str] = {}
    for name, value in headers:
        joined[name] = f"{joined[name]}, {value}" if name in joined else value
    return joined


class Journal:
    """The latest invocations, oldest first; when it is full the oldest give way."""

    def __init__(self) -> None:
        self._invocations: deque[Invocation] = deque(maxlen=INVOCATIONS_MAX)
        self._events_kept = 0

    def open(self, invocation: Invocation) -> None:
        """Begins to keep `invocation`."""
        if len(self._invocations) == INVOCATIONS_MAX:
            self._drop_oldest()
        self._invocations.append(invocation)
        invocation.kept = True

    def close(self, invocation: Invocation, closed_by: Closer, at_s: float) -> None:
        """The exchange has ended: by whom, and when."""
        invocation.closed_by = closed_by
        invocation.duration_s = at_s - invocation.started_s
        if invocation.kept:
            self._events_kept += len(invocation.sizes)
        while self._events_kept > EVENTS_TOTAL_MAX:
            self._drop_oldest()

    def find(self, runtime: str | None = None, session_id: str | None = None) -> list[Invocation]:
        """The invocations of that runtime (name, id or ARN) and that session; None means any."""
        return [
            invocation
            for invocation in self._invocations
            if (runtime is None or _is_of(invocation, runtime))
            and (session_id is None or invocation.session_id == session_id)
        ]

    def clear(self) -> None:
        """Forgets everything."""
        while self._invocations:
            self._drop_oldest()

    def _drop_oldest(self) -> None:
        oldest = self._invocations.popleft()
        oldest.kept = False
        if oldest.closed_by is not None:
            self._events_kept -= len(oldest.sizes)


def _is_of(invocation: Invocation, runtime: str) -> bool:
    return runtime in {invocation.runtime, invocation.arn}
