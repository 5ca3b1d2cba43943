"""What open WebSockets cost the emulator, and what its relay adds.

`websocket_memory_mb`: megabytes above the idle emulator while 1 000 sockets to one live agent are open and idle.
`websocket_round_trip`: median time of a short message and its echo, through the emulator ÷ directly to the same agent.
`websocket_messages`: echoes each second of 16 sockets at once, through ÷ directly.
"""

import selectors
import socket
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Final

from measured import merge, out_option, spread
from measured_processes import Server, agent_of, emulator, measure_from_here, settled
from stream_client import connect

_AGENT: Final = Path(__file__).parent / "echo_socket_agent.py"
_ROUNDS: Final = 5
_MEMORY_ROUNDS: Final = 3
_SESSION: Final = "measured"
_SESSION_HEADER: Final = "x-amzn-bedrock-agentcore-runtime-session-id"
_SOCKETS: Final = 1_000
_ECHOES: Final = 1_000
_AT_ONCE: Final = 16
_MESSAGE: Final = b"x" * 100
_SENT: Final = b"\x81" + bytes([0x80 | len(_MESSAGE)]) + b"\0\0\0\0" + _MESSAGE
_ECHO: Final = b"\x81" + bytes([len(_MESSAGE)]) + _MESSAGE


def _open(server: Server, path: str) -> socket.socket:
    connection = connect(server.port)
    connection.sendall(
        f"GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\nupgrade: websocket\r\nconnection: upgrade\r\n"
        f"sec-websocket-version: 13\r\nsec-websocket-key: a2tra2tra2tra2tra2traw==\r\n"
        f"{_SESSION_HEADER}: {_SESSION.ljust(33, '-')}\r\n\r\n".encode()
    )
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += connection.recv(1)
    if not head.startswith(b"HTTP/1.1 101"):
        raise SystemExit(f"bench_websocket: no socket: {head!r}")
    return connection


def _receive(connection: socket.socket) -> None:
    received = b""
    while len(received) < len(_ECHO):
        received += connection.recv(len(_ECHO) - len(received))
    if received != _ECHO:
        raise SystemExit("bench_websocket: the echo is another message")


def _round_trip_us(server: Server, path: str) -> float:
    """One echo after the other, at most 200 in a second: the service closes what is faster than 250."""
    observed = []
    for _ in range(_ECHOES // 200):
        with _open(server, path) as connection:
            for _ in range(200):
                begun = perf_counter()
                connection.sendall(_SENT)
                _receive(connection)
                observed.append(perf_counter() - begun)
    return median(observed) * 1e6


def _messages_per_s(server: Server, path: str) -> float:
    """As many sockets at once as are kept busy by 240 messages each."""
    connections = [_open(server, path) for _ in range(_AT_ONCE)]
    left = dict.fromkeys(connections, 240)
    with selectors.DefaultSelector() as selector:
        begun = perf_counter()
        for connection in connections:
            selector.register(connection, selectors.EVENT_READ, connection)
            connection.sendall(_SENT)
        while left:
            for key, _ in selector.select():
                ready: socket.socket = key.data
                _receive(ready)
                left[ready] -= 1
                if left[ready]:
                    ready.sendall(_SENT)
                else:
                    del left[ready]
                    selector.unregister(ready)
        elapsed_s = perf_counter() - begun
    for connection in connections:
        connection.close()
    return _AT_ONCE * 240 / elapsed_s


def _memory_mb(server: Server, path: str) -> float:
    _open(server, path).close()
    settled(server)
    before_kb = server.memory_kb()
    connections = [_open(server, path) for _ in range(_SOCKETS)]
    settled(server)
    grown_kb = server.memory_kb() - before_kb
    for connection in connections:
        connection.close()
    return grown_kb / 1_000


def main() -> None:
    """Measure and merge; each round of memory has an emulator of its own, as memory once had is kept."""
    out = out_option(__doc__)
    rounds: dict[str, list[float]] = {}
    for _ in range(_MEMORY_ROUNDS):
        with emulator("--agent", f"echo={_AGENT}:app") as emulated:
            path = emulated.invocations("echo").replace("/invocations", "/ws")
            rounds.setdefault("websocket_memory_mb", []).append(_memory_mb(emulated, path))
    with emulator("--agent", f"echo={_AGENT}:app") as emulated:
        path = emulated.invocations("echo").replace("/invocations", "/ws")
        agent = agent_of(emulated, emulated.invocations("echo"), _SESSION)
        measure_from_here()
        for _ in range(_ROUNDS):
            direct, through = _round_trip_us(agent, "/ws"), _round_trip_us(emulated, path)
            rounds.setdefault("websocket_round_trip", []).append(through / direct)
            rounds.setdefault("websocket_round_trip_us", []).append(through)
            direct, through = _messages_per_s(agent, "/ws"), _messages_per_s(emulated, path)
            rounds.setdefault("websocket_messages", []).append(through / direct)
            rounds.setdefault("websocket_messages_per_s", []).append(through)
    measured = {name: spread(values) for name, values in rounds.items()}
    merge(out, measured)
    for name, values in measured.items():
        print(f"  {name}: {values}")


if __name__ == "__main__":
    main()
