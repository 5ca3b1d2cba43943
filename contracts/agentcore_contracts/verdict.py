"""Verdicts: what came out of checking one requirement, and their form as JSON lines.

Three values, worst wins: *fail* over *unknown* over *pass*. Nothing run is *unknown*, never green.
A check that was left out is a `NotRun` with its reason; it is no verdict and cannot turn a run green.
"""

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, cast

from agentcore_contracts.requirements import CatalogueError, Requirement


class VerdictFileError(Exception):
    """A line of a verdict file is no verdict."""


class Outcome(StrEnum):
    """What a check says: the target keeps the requirement, breaks it, or the check could not tell."""

    PASS = "pass"  # noqa: S105 - the word of a verdict, no password
    FAIL = "fail"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome for one requirement, with everything a reader needs to believe and to repeat it."""

    requirement: Requirement
    suite: str
    outcome: Outcome
    expected: tuple[str, ...]
    """All acceptable answers, in words; empty for a pass."""
    actual: str
    evidence: str
    """What was seen on the wire; never a credential."""
    replay: str
    """The command that repeats this one check."""
    duration_s: float


@dataclass(frozen=True, slots=True)
class NotRun:
    """A requirement that this run did not check, and why."""

    requirement: Requirement
    suite: str
    reason: str


_WORST_FIRST = (Outcome.FAIL, Outcome.UNKNOWN, Outcome.PASS)


def worst(outcomes: Iterable[Outcome]) -> Outcome:
    """The outcome that counts for all of them; of none at all: unknown."""
    found = set(outcomes)
    return next((outcome for outcome in _WORST_FIRST if outcome in found), Outcome.UNKNOWN)


def to_json(record: Verdict | NotRun) -> str:
    """One line of JSON, without the line end."""
    kind = "verdict" if isinstance(record, Verdict) else "not_run"
    return json.dumps({"kind": kind, **asdict(record)}, ensure_ascii=True, separators=(",", ":"))


def from_json(line: str) -> Verdict | NotRun:
    """The record that `to_json` wrote. Raises `VerdictFileError` for anything else."""
    try:
        fields = cast("dict[str, Any]", json.loads(line))
        kind = fields.pop("kind")
        fields["requirement"] = Requirement(**fields["requirement"])
        if kind == "verdict":
            return _verdict(fields)
        if kind == "not_run":
            return NotRun(**fields)
    except (ValueError, TypeError, KeyError, AttributeError, CatalogueError) as error:
        raise VerdictFileError(f"not a verdict: {line[:200]!r} ({error})") from error
    raise VerdictFileError(f"not a verdict: unknown kind {kind!r}")


def _verdict(fields: Mapping[str, Any]) -> Verdict:
    return Verdict(**{**fields, "outcome": Outcome(fields["outcome"]), "expected": tuple(fields["expected"])})


def append_record(path: Path, record: Verdict | NotRun) -> None:
    """Append one record in a single write, so that a reader never sees half a line."""
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        os.write(descriptor, f"{to_json(record)}\n".encode())
    finally:
        os.close(descriptor)


def read_verdicts(path: Path) -> list[Verdict | NotRun]:
    """The records of a verdict file in their order; a file that was never begun holds none.

    Raises `VerdictFileError` naming the line that is no verdict.
    """
    if not path.exists():
        return []
    records: list[Verdict | NotRun] = []
    for number, line in enumerate(path.read_text("utf-8").split("\n"), start=1):
        try:
            if line.strip():
                records.append(from_json(line))
        except VerdictFileError as error:
            raise VerdictFileError(f"{path}:{number}: {error}") from error
    return records
