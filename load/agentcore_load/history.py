"""The raw history of a run: JSON lines, one record each, written as things happen and never changed.

The first line is the `run`, the last one the `end`; a history without its `end` was cut off. Between them stand the
`setup` of each user, every `stream`, and a `sample` of the generator ten times a second. Times are in milliseconds
since the stream's own request was sent, or in seconds since the run began (names say which), all from one monotonic
clock. Tokens and payloads are never part of it.
"""

import json
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Final, NamedTuple, NoReturn, Self, get_args

from agentcore_load.fields import Json


class StreamOutcome(StrEnum):
    """How a stream ended. Only the first is a success."""

    OK = "ok"
    CUT = "cut"
    """The connection broke, or the response ended in the middle of its framing."""
    ERROR_EVENT = "error_event"
    HTTP_ERROR = "http_error"
    """Another status than 200, or an answer that is no event stream."""
    NO_TERMINATOR = "no_terminator"
    """The response ended cleanly, but without the event that ends an answer."""
    CONNECT_ERROR = "connect_error"
    UNFINISHED = "unfinished"
    """Still open when the run was over."""


class Run(NamedTuple):
    """What was run, by which software, since when."""

    plan: dict[str, Json]
    versions: dict[str, Json]
    started_at: str


class SetupDone(NamedTuple):
    """A user's call before its first invocation; `error` is None when it did what the plan expects."""

    user: int
    started_s: float
    total_ms: float
    status: int | None
    error: str | None


class Stream(NamedTuple):
    """One invocation as its user saw it."""

    user: int
    n: int
    session_id: str | None
    started_s: float
    headers_ms: float | None
    first_byte_ms: float | None
    first_chunk_ms: float | None
    """The first decoded content event; None when there was none."""
    total_ms: float
    """Until the response ended, or until it was given up."""
    chunks: int
    """Content events."""
    bytes: int
    max_gap_ms: float | None
    """The longest wait between two content events; None below two."""
    outcome: str
    status: int | None
    error: str | None


class Sample(NamedTuple):
    """The generator at one moment: streams open, and how late its own loop was."""

    at_s: float
    in_flight: int
    lag_ms: float


class End(NamedTuple):
    """The run is over and all of it is written."""

    reason: str
    """`finished`, `interrupted`, or `no_users_left`."""
    ended_s: float
    setups: int
    streams: int


class Damaged(NamedTuple):
    """A line that is no record."""

    line: int
    reason: str


FINISHED: Final = "finished"
INTERRUPTED: Final = "interrupted"
NO_USERS_LEFT: Final = "no_users_left"

Written = Run | SetupDone | Stream | Sample | End
Record = Written | Damaged

_KINDS: Final[dict[str, type[Written]]] = {
    "run": Run,
    "setup": SetupDone,
    "stream": Stream,
    "sample": Sample,
    "end": End,
}
_KIND_OF: Final = {record: kind for kind, record in _KINDS.items()}


class HistoryWriter:
    """Appends records to a new file; what was flushed survives the death of the process."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("w", encoding="ascii")
        self._setups = 0
        self._streams = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def write(self, record: Written) -> None:
        """Append one record. It is on disk after the next `flush`."""
        self._setups += isinstance(record, SetupDone)
        self._streams += isinstance(record, Stream)
        self._file.write(encode(record))

    def flush(self) -> None:
        """Hand everything written so far to the operating system."""
        self._file.flush()

    def end(self, reason: str, ended_s: float) -> None:
        """Write the last line, with the counts that a reader checks itself against."""
        self.write(End(reason, round(ended_s, 6), self._setups, self._streams))
        self.flush()


def encode(record: Written) -> str:
    """One line, with its line end."""
    document = {"kind": _KIND_OF[type(record)], **record._asdict()}
    return json.dumps(document, separators=(",", ":")) + "\n"


def read(path: Path) -> Iterator[Record]:
    """The records of a history in their order, one at a time; memory does not grow with the file.

    Never raises for what the file holds: a line that is no record comes as `Damaged`.

    Raises:
        OSError: the file cannot be opened or read.
    """
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            yield _decode(number, line)


def _decode(number: int, line: bytes) -> Record:
    try:
        document = _parse(line.decode())
        kind = _KINDS[document.pop("kind")]
        record = kind(**document)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return Damaged(number, "cut off" if not line.endswith(b"\n") else "not a record of a history")
    shape = (kind, *map(type, record))
    if shape not in _good_shapes:
        for name, value in zip(kind._fields, record, strict=True):
            if type(value) not in _TYPES[kind][name]:
                return Damaged(number, f"{_KIND_OF[kind]}: {name} is {value!r}"[:200])
        _good_shapes.add(shape)
    return record


_good_shapes: set[tuple[type, ...]] = set()
"""Types of the fields of records that were checked: few of them cover a whole history, and each is checked once."""


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _accepted(annotation: object) -> tuple[type, ...]:
    """Types that json.loads may give for a field: a whole number passes for a float, an object's type is `dict`."""
    kinds: list[type] = []
    for part in get_args(annotation) if type(None) in get_args(annotation) else (annotation,):
        kind = part if isinstance(part, type) else dict
        kinds += (int, float) if kind is float else (kind,)
    return tuple(kinds)


_parse: Final = json.JSONDecoder(parse_constant=_refuse_constant).decode
_TYPES: Final = {
    kind: {name: _accepted(annotation) for name, annotation in kind.__annotations__.items()} for kind in _KIND_OF
}
