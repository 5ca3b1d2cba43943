"""A scenario: the named, seeded script of what a scripted agent emits, read from a TOML file.

    seed = 7                    # required
    runtime = "travel"          # the runtime it answers for; default: the file's name
    [[events]]
    data = {text = "Hello"}     # any JSON value
    delay_ms = 300              # since the event before, or since the request; default 0

A file that says anything else is refused with one error that names the file and the key.
"""

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from agentcore_emulator.errors import UsageError
from agentcore_emulator.sse import encode_event

DELAY_MS_MAX = 3_600_000.0
_KEYS = {"seed", "runtime", "events"}
_EVENT_KEYS = {"data", "delay_ms"}


class ScenarioError(UsageError):
    """A scenario file that cannot be used; the text names file, key and reason."""


@dataclass(frozen=True, slots=True)
class ScriptedEvent:
    """One event: its bytes, and how long after the one before it is sent."""

    chunk: bytes
    delay_s: float


@dataclass(frozen=True, slots=True)
class Scenario:
    """What one scripted agent does on every invocation."""

    runtime: str
    seed: int
    events: tuple[ScriptedEvent, ...]


def load_scenario(path: Path) -> Scenario:
    """The scenario in that file.

    Raises:
        ScenarioError: the file cannot be read, is not TOML, or says what a scenario cannot say.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as failure:
        raise ScenarioError(f"scenario {path}: cannot be read: {failure}") from failure
    return parse_scenario(text, path)


def parse_scenario(text: str, path: Path) -> Scenario:
    """The scenario in `text`; `path` names it in errors and gives the default runtime name.

    Raises:
        ScenarioError: as for `load_scenario`.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as failure:
        raise ScenarioError(f"scenario {path}: not TOML: {failure}") from failure
    _refuse_unknown(document, _KEYS, path, prefix="")
    if "seed" not in document:
        raise _wrong(path, "seed", "is missing; a scenario names its seed")
    seed = document["seed"]
    if isinstance(seed, bool) or not isinstance(seed, int):
        raise _wrong(path, "seed", f"must be a whole number, found {seed!r}")
    runtime = document.get("runtime", path.stem)
    if not isinstance(runtime, str):
        raise _wrong(path, "runtime", f"must be a text, found {runtime!r}")
    events = document.get("events")
    if not isinstance(events, list) or not events or not all(isinstance(event, dict) for event in events):
        raise _wrong(path, "events", "must be one or more [[events]] tables")
    return Scenario(runtime, seed, tuple(_event(event, index, path) for index, event in enumerate(events)))


def _event(table: Mapping[str, object], index: int, path: Path) -> ScriptedEvent:
    prefix = f"events[{index}]."
    _refuse_unknown(table, _EVENT_KEYS, path, prefix)
    if "data" not in table:
        raise _wrong(path, f"{prefix}data", "is missing; an event needs data")
    try:
        chunk = encode_event(table["data"])
    except (TypeError, ValueError) as failure:
        raise _wrong(path, f"{prefix}data", f"must be a JSON value: {failure}") from failure
    delay_ms = table.get("delay_ms", 0)
    if isinstance(delay_ms, bool) or not isinstance(delay_ms, int | float) or math.isnan(delay_ms):
        raise _wrong(path, f"{prefix}delay_ms", f"must be a number, found {delay_ms!r}")
    if not 0 <= delay_ms <= DELAY_MS_MAX:
        raise _wrong(path, f"{prefix}delay_ms", f"must lie between 0 and {DELAY_MS_MAX:.0f}, found {delay_ms}")
    return ScriptedEvent(chunk, delay_ms / 1000)


def _refuse_unknown(table: Mapping[str, object], known: set[str], path: Path, prefix: str) -> None:
    for key in table:
        if key not in known:
            raise _wrong(path, f"{prefix}{key}", f"is unknown; known are {', '.join(sorted(known))}")


def _wrong(path: Path, key: str, reason: str) -> ScenarioError:
    return ScenarioError(f"scenario {path}: key '{key}' {reason}")
