"""The way around ASGI writes what ASGI would have written, and steps back where it must."""

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest

from agentcore_emulator.chunk_writer import DONE, ChunkWriter, chunk_writer


def cycle(**changes: Any) -> Any:
    """What uvicorn keeps of an answer that has begun."""
    written: list[bytes] = []
    state = {
        "chunked_encoding": True,
        "disconnected": False,
        "flow": SimpleNamespace(write_paused=False),
        "transport": SimpleNamespace(write=written.append),
        "written": written,
    }
    return SimpleNamespace(**state | changes)


def test_a_chunk_is_framed_as_http_frames_it() -> None:
    """Size in hex, bytes, line end."""
    answer = cycle()

    assert ChunkWriter(answer).write(b"x" * 26)
    assert answer.written == [b"1a\r\n" + b"x" * 26 + b"\r\n"]


@pytest.mark.parametrize(
    "changes",
    [{"chunked_encoding": False}, {"disconnected": True}, {"flow": SimpleNamespace(write_paused=True)}],
)
def test_where_it_must_not_write_it_leaves_it_to_asgi(changes: dict[str, Any]) -> None:
    """A counted answer, a client that left, a client that does not read."""
    answer = cycle(**changes)

    assert not ChunkWriter(answer).write(b"x")
    assert not ChunkWriter(answer).write_all([b"x"])
    assert answer.written == []


def test_chunks_of_one_moment_stay_apart() -> None:
    """One write, as many chunks."""
    answer = cycle()

    assert ChunkWriter(answer).write_all([b"a", b"bc"])
    assert answer.written == [b"1\r\na\r\n2\r\nbc\r\n"]


def test_an_empty_chunk_would_be_the_end() -> None:
    """So it is not written."""
    assert not ChunkWriter(cycle()).write(b"")


def test_only_uvicorn_is_gone_around() -> None:
    """Any other `send` is taken as it is."""
    assert chunk_writer(cast("Any", [].append)) is None


def test_nothing_to_wait_for_can_be_awaited_again_and_again() -> None:
    """One object serves all."""

    async def wait() -> None:
        for _ in range(3):
            await DONE

    asyncio.run(wait())
