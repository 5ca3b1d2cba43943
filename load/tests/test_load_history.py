"""The history file."""

from pathlib import Path

import pytest
from load_histories import samples, stream, streams, write

from agentcore_load.history import Damaged, HistoryWriter, Stream, encode, read


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    """Records come back equal, in their order, with the counts in the last line."""
    observed = streams()
    records = list(read(write(tmp_path / "h.jsonl", observed)))
    assert [record for record in records if isinstance(record, Stream)] == observed
    assert records[-1] == ("finished", 4.1, 10, len(observed))


@pytest.mark.parametrize(
    "line",
    [
        b"garbage\n",
        b"\n",
        b"[]\n",
        b"1\n",
        b'{"kind":"unheard"}\n',
        b'{"kind":"sample","at_s":1}\n',
        b'{"kind":"sample","at_s":NaN,"in_flight":1,"lag_ms":1}\n',
        b'{"kind":"sample","at_s":"1","in_flight":1,"lag_ms":1}\n',
        b'{"kind":"sample","at_s":true,"in_flight":1,"lag_ms":1}\n',
        b'{"kind":"sample","at_s":1,"in_flight":1,"lag_ms":1,"more":1}\n',
        b'{"kind":["x"]}\n',
        b"\xff\xfe\n",
        b"[" * 100_000 + b"\n",
        encode(stream())[:-9].encode(),
    ],
)
def test_a_line_that_is_no_record_is_damage(tmp_path: Path, line: bytes) -> None:
    """Reading never raises for what a file holds; it names the line."""
    (tmp_path / "h.jsonl").write_bytes(encode(stream()).encode() + line)
    first, damaged = read(tmp_path / "h.jsonl")
    assert first == stream()
    assert isinstance(damaged, Damaged)
    assert damaged.line == 2


def test_what_was_flushed_is_on_disk(tmp_path: Path) -> None:
    """A process that is killed loses only what came after its last flush."""
    with HistoryWriter(tmp_path / "h.jsonl") as history:
        history.write(samples()[0])
        history.flush()
        assert list(read(tmp_path / "h.jsonl")) == samples()[:1]
