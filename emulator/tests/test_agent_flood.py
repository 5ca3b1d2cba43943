"""An agent that writes faster than it is read: what has come is there at once, the next read finds more."""

import asyncio
from unittest.mock import Mock

from agentcore_emulator.agents.connection import FLOOD_PIECES, FLOOD_READS, AgentConnection

HEAD = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
PIECE = b"3\r\none\r\n"


def begun() -> tuple[AgentConnection, Mock]:
    """A connection whose answer has begun, and its transport."""
    connection, transport = AgentConnection(), Mock(asyncio.Transport)
    transport.is_closing.return_value = False
    connection.connection_made(transport)
    connection.begin(b"GET / HTTP/1.1\r\n\r\n")
    connection.data_received(HEAD)
    return connection, transport


async def flood(connection: AgentConnection, pieces: int) -> bytes:
    """What is taken of so many reads in a row, each of them at once."""
    taken = b""
    for _ in range(FLOOD_READS):
        connection.data_received(PIECE * pieces)
        taken += await connection.read()
    return taken


def test_reading_rests_in_a_flood_and_goes_on_by_itself() -> None:
    """Every byte read is there at once; the pause ends without anybody asking."""

    async def scenario() -> None:
        connection, transport = begun()
        resumed = asyncio.Event()
        transport.resume_reading.side_effect = resumed.set

        assert await flood(connection, FLOOD_PIECES) == b"one" * FLOOD_PIECES * FLOOD_READS
        transport.pause_reading.assert_called_once_with()
        await asyncio.wait_for(resumed.wait(), 5)

    asyncio.run(scenario())


def test_an_agent_whose_pieces_come_one_by_one_is_read_all_the_time() -> None:
    """However many reads there are."""

    async def scenario() -> None:
        connection, transport = begun()

        assert await flood(connection, 1) == b"one" * FLOOD_READS
        transport.pause_reading.assert_not_called()

    asyncio.run(scenario())


def test_the_answers_end_comes_with_its_last_bytes() -> None:
    """What lies in one read is one piece, and known to be the last."""

    async def scenario() -> None:
        connection, _ = begun()
        connection.data_received(PIECE * 2 + b"0\r\n\r\n")

        assert not connection.ended
        assert (await connection.read(), connection.ended) == (b"oneone", True)

    asyncio.run(scenario())
