"""What the emulator's own process holds, in memory.

`stream_memory_kb`: KB for each of 1 000 open streams of a live agent. `payload_memory_mb`: growth of resident memory
at its peak while a payload of 100 MB passes to a live agent and an answer of 100 MB returns.
"""

import threading
from socket import socket
from typing import Final

from measured import merge, out_option, spread
from measured_processes import BARE_AGENT, Server, agent_of, emulator, settled
from stream_client import connect, post

_ROUNDS: Final = 3
_SESSION: Final = "measured"
_STREAMS: Final = 1_000
_PAYLOAD_SIZE: Final = 100_000_000
_ORDER: Final = b'{"answer_mb": 100}\n'
_HOLD: Final = b'{"events": 1, "hold": true}'


def _open_stream(server: Server, path: str) -> socket:
    connection = connect(server.port)
    connection.sendall(post(path, _HOLD, _SESSION))
    received = b""
    while b"data:" not in received:
        received += connection.recv(65_536)
    return connection


def _stream_kb(server: Server, path: str) -> float:
    settled(server)
    before_kb = server.memory_kb()
    open_streams = [_open_stream(server, path) for _ in range(_STREAMS)]
    settled(server)
    grown_kb = server.memory_kb() - before_kb
    for connection in open_streams:
        connection.close()
    return grown_kb / _STREAMS


def _payload_mb(server: Server, path: str) -> float:
    settled(server)
    before_kb = server.peak_begins()
    with connect(server.port) as connection:
        sender = threading.Thread(target=connection.sendall, args=(_large_request(path),))
        sender.start()
        size, data = 0, b""
        while not data.endswith(b"0\r\n\r\n"):
            data = data[-5:] + connection.recv(1_000_000)
            size += len(data)
        sender.join()
    if size < _PAYLOAD_SIZE * 0.99:
        raise SystemExit(f"bench_emulator_memory: only {size} bytes came back")
    return (server.peak_kb() - before_kb) / 1_000


def _large_request(path: str) -> bytes:
    return post(path, _ORDER + bytes(_PAYLOAD_SIZE - len(_ORDER)), _SESSION)


def main() -> None:
    """Measure and merge; each round of streams has an emulator of its own, as memory once had is kept."""
    out = out_option(__doc__)
    streams_kb, payload_mb = [], []
    for _ in range(_ROUNDS):
        with emulator("--agent", f"bare={BARE_AGENT}:app") as emulated:
            path = emulated.invocations("bare")
            agent_of(emulated, path, _SESSION)
            payload_mb.append(_payload_mb(emulated, path))
            streams_kb.append(_stream_kb(emulated, path))
    measured = {"stream_memory_kb": spread(streams_kb), "payload_memory_mb": spread(payload_mb)}
    merge(out, measured)
    for name, values in measured.items():
        print(f"  {name}: {values}")


if __name__ == "__main__":
    main()
