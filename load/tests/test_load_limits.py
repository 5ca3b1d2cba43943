"""The limits file."""

from pathlib import Path

import pytest

from agentcore_load.limits import Limits, LimitsError


def test_defaults_are_the_limits_of_the_project() -> None:
    """First chunk below 2 s, total below 10 s, at the 95th percentile; 10 at once; no failed stream."""
    usual = Limits()
    assert (usual.first_chunk_s, usual.total_s, usual.percentile) == (2.0, 10.0, 95.0)
    assert (usual.concurrent, usual.failed_streams) == (10, 0)


def test_absent_keys_keep_their_defaults(tmp_path: Path) -> None:
    """A file changes what it names, and a whole number passes for a number."""
    file = tmp_path / "limits.toml"
    file.write_text("first_chunk_s = 1\nconcurrent = 50\n")
    assert Limits.load(file) == Limits(first_chunk_s=1.0, concurrent=50)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("first_chunk = 1", r"limits.toml: unknown key 'first_chunk' \(known keys: .*first_chunk_s"),
        ("first_chunk_s = '2'", r"limits.toml: 'first_chunk_s' must be a number, found '2'"),
        ("first_chunk_s = nan", r"limits.toml: 'first_chunk_s' must be between"),
        ("concurrent = true", r"limits.toml: 'concurrent' must be a whole number, found True"),
        ("percentile = 101", r"limits.toml: 'percentile' must be between 1 and 100, found 101"),
        ("= 1", r"limits.toml: is not TOML"),
    ],
)
def test_a_mistake_names_file_and_key(tmp_path: Path, text: str, message: str) -> None:
    """What cannot be used is refused in one line that says where."""
    file = tmp_path / "limits.toml"
    file.write_text(text)
    with pytest.raises(LimitsError, match=message):
        Limits.load(file)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    """Limits that were asked for are never replaced by the defaults."""
    with pytest.raises(LimitsError, match=r"absent\.toml: cannot be read"):
        Limits.load(tmp_path / "absent.toml")
