"""Verdicts: the worst counts, nothing is not green, and their lines read back as they were."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentcore_contracts.requirements import Requirement
from agentcore_contracts.verdict import (
    NotRun,
    Outcome,
    Verdict,
    VerdictFileError,
    append_record,
    from_json,
    read_verdicts,
    to_json,
    worst,
)

TEXT = st.text(max_size=40)
WORDS = TEXT.filter(str.strip)
REQUIREMENTS = st.builds(
    Requirement,
    st.from_regex(r"[A-Z][A-Z0-9]{0,4}(-[0-9]{2})?", fullmatch=True),
    WORDS,
    st.sampled_from(["MUST", "SHOULD"]),
    WORDS,
    st.sampled_from(["documented", "observed", "assumed"]),
)
VERDICTS = st.builds(
    Verdict,
    REQUIREMENTS,
    TEXT,
    st.sampled_from(Outcome),
    st.lists(TEXT, max_size=3).map(tuple),
    TEXT,
    TEXT,
    TEXT,
    st.floats(0, 1e6),
)
RECORDS = VERDICTS | st.builds(NotRun, REQUIREMENTS, TEXT, TEXT)
A_RECORD = NotRun(Requirement("X1", "It holds.", "MUST", "a page", "assumed"), "suite", "because")


@given(RECORDS)
def test_line_reads_back(record: Verdict | NotRun) -> None:
    """Any record is one line of ASCII JSON that reads back as the same record."""
    line = to_json(record)

    assert line.isascii()
    assert "\n" not in line
    assert from_json(line) == record


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        ([], "unknown"),
        (["pass"], "pass"),
        (["pass", "unknown", "pass"], "unknown"),
        (["unknown", "fail", "pass"], "fail"),
    ],
)
def test_worst_wins(outcomes: list[str], expected: str) -> None:
    """Fail over unknown over pass; of nothing at all: unknown."""
    assert worst(map(Outcome, outcomes)) == Outcome(expected)


def test_file_grows_line_by_line(tmp_path: Path) -> None:
    """Records are appended, and read in their order."""
    path = tmp_path / "verdicts.jsonl"
    for _ in range(2):
        append_record(path, A_RECORD)

    assert read_verdicts(path) == [A_RECORD, A_RECORD]


def test_file_never_begun(tmp_path: Path) -> None:
    """A file that is not there holds no verdict."""
    assert read_verdicts(tmp_path / "none") == []


@pytest.mark.parametrize("line", ["{", "[]", "{}", '{"kind": "opinion", "requirement": {}}', '"x"'])
def test_other_lines_are_refused(line: str, tmp_path: Path) -> None:
    """A line that is no record is refused by its number."""
    path = tmp_path / "verdicts.jsonl"
    path.write_text(f"{to_json(A_RECORD)}\n{line}\n")

    with pytest.raises(VerdictFileError, match=r"verdicts\.jsonl:2: not a verdict"):
        read_verdicts(path)
