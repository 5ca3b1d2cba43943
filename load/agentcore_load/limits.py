"""The limits that a history is judged against: one frozen value, read from TOML."""

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from agentcore_load.fields import FieldError, Fields


class LimitsError(ValueError):
    """A limits file that cannot be used. The message names file and key."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of a load run. Times are in seconds, and a value equal to a time limit breaks it ("below 2 s")."""

    first_chunk_s: float = 2.0
    total_s: float = 10.0
    percentile: float = 95.0
    """Which percentile of the streams must keep the two limits above; 100 is the slowest stream."""
    concurrent: int = 10
    """Streams that must have been open at the same time."""
    failed_streams: int = 0
    """Streams that may fail."""
    streams_min: int = 20
    """Streams below which the percentiles say nothing; 20 is the least whose 95th is not simply the largest."""
    loop_lag_s: float = 0.02
    """How late the generator's own loop may be before its stamps are doubted."""
    source: Path | None = field(default=None, compare=False)
    """The file they came from, for the command that judges again."""

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read limits; keys that are absent keep their defaults.

        Raises:
            LimitsError: the file cannot be read, is not TOML, or holds an unknown key or an impossible value.
        """
        try:
            document = tomllib.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise LimitsError(f"{path}: cannot be read: {error.strerror}") from error
        except ValueError as error:
            raise LimitsError(f"{path}: is not TOML: {error}") from error
        try:
            return cls._from_fields(Fields(str(path), document), path)
        except FieldError as error:
            raise LimitsError(str(error)) from error

    @classmethod
    def _from_fields(cls, fields: Fields, source: Path) -> Self:
        usual = cls()
        limits = cls(
            first_chunk_s=fields.number("first_chunk_s", float, usual.first_chunk_s, low=0.001),
            total_s=fields.number("total_s", float, usual.total_s, low=0.001),
            percentile=fields.number("percentile", float, usual.percentile, low=1, high=100),
            concurrent=fields.number("concurrent", int, usual.concurrent, low=1),
            failed_streams=fields.number("failed_streams", int, usual.failed_streams, low=0),
            streams_min=fields.number("streams_min", int, usual.streams_min, low=1),
            loop_lag_s=fields.number("loop_lag_s", float, usual.loop_lag_s, low=0.001),
            source=source,
        )
        fields.done()
        return limits
