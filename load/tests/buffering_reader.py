"""The load command with a defective reader: it waits for 1 024 bytes, as Locust's `iter_lines` does."""

import sys
from collections.abc import Iterator

from geventhttpclient.response import HTTPSocketPoolResponse

import agentcore_load.engine  # noqa: F401 - imported before the reader: it brings Locust, which patches sockets
from agentcore_load import run, stream_reader


def read_blocks(response: HTTPSocketPoolResponse) -> Iterator[tuple[bytes, float]]:
    """The body in blocks of 1 024 bytes."""
    while data := response.read(1024):
        yield data, stream_reader.clock()


if __name__ == "__main__":
    stream_reader.read_available = read_blocks
    sys.exit(run.main())
