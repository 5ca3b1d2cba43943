"""The emulator beside its nearest peer, ministack 1.5.33, and 200 slow streams at once.

`invoke_vs_ministack`: short invocations each second on 32 connections, emulator (scripted) / ministack (its echo), on
one core, rounds taking turns. Left out, saying so, where `integration/clients/install.py` could not get ministack.
`ttfb_200_vs_ministack`: median time to the first event of 200 streams that begin together on one `bedrock-agentcore`
agent, through the emulator / met directly (the peer's own relay: 3.7).
"""

import json
import os
import select
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Final
from urllib.error import URLError
from urllib.parse import quote
from urllib.request import Request, urlopen

from bare_agent import TEXT
from measured import merge, out_option, spread
from measured_processes import Server, agent_of, emulator, measure_from_here, scenario, undisturbed
from stream_client import connect, post, stream

_MINISTACK: Final = Path(__file__).parents[2] / ".venv" / "clients" / "ministack"
_ROUNDS: Final = 5
_CONNECTIONS: Final = 32
_DURATION_S: Final = 0.6
_START_S: Final = 15.0
_STREAMS: Final = 200
_SLOW: Final = b'{"events": 5, "gap_ms": 100}'
_SDK_AGENT: Final = Path(__file__).parent / "sdk_agent.py"
# ministack finds the service by the signing scope, and checks no signature
_SIGNED: Final = (
    "AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/bedrock-agentcore/aws4_request,"
    f" SignedHeaders=host, Signature={0:064d}"
)
_RUNTIME: Final = {
    "agentRuntimeName": "bench",
    "agentRuntimeArtifact": {
        "containerConfiguration": {"containerUri": "123456789012.dkr.ecr.us-east-1.amazonaws.com/a:1"}
    },
    "roleArn": "arn:aws:iam::123456789012:role/a",
    "networkConfiguration": {"networkMode": "PUBLIC"},
}


@contextmanager
def _ministack() -> Iterator[Server]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    settings = {"BIND_HOST": "127.0.0.1", "GATEWAY_PORT": str(port), "PYTHONPATH": str(_MINISTACK)}
    command = [sys.executable, str(_MINISTACK / "bin" / "ministack")]
    with (
        tempfile.TemporaryDirectory() as directory,
        subprocess.Popen(
            command,
            cwd=directory,
            env={**os.environ, **settings},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as process,
    ):
        try:
            _wait_for(port)
            undisturbed(process.pid)
            yield Server(process.pid, port)
        finally:
            process.terminate()


def _wait_for(port: int) -> None:
    deadline_s = time.monotonic() + _START_S
    while time.monotonic() < deadline_s:
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise SystemExit("ministack did not start")


def _path_at(peer: Server) -> str:
    """Create a runtime there, and return the path that invokes it."""
    body = json.dumps(_RUNTIME).encode()
    headers = {"Content-Type": "application/json", "Authorization": _SIGNED}
    request = Request(f"http://127.0.0.1:{peer.port}/runtimes/", body, headers, method="PUT")
    try:
        with urlopen(request) as answer:  # noqa: S310 - our own address
            return f"/runtimes/{quote(json.load(answer)['agentRuntimeArn'], safe='')}/invocations"
    except URLError as error:
        raise SystemExit(f"ministack made no runtime: {error}") from error


def _per_s(server: Server, path: str) -> float:
    """Short invocations each second; an answer is whole by its Content-Length or its last chunk."""
    request = post(path, b'{"prompt": "hello"}', "peer").replace(
        b"\r\n", f"\r\nAuthorization: {_SIGNED}\r\n".encode(), 1
    )
    connections = {one.fileno(): one for one in (connect(server.port) for _ in range(_CONNECTIONS))}
    received = dict.fromkeys(connections, b"")
    poll = select.epoll()
    for fd, one in connections.items():
        poll.register(fd, select.EPOLLIN)
        one.sendall(request)
    began, answers = time.perf_counter(), 0
    while time.perf_counter() - began < _DURATION_S:
        for fd, _ in poll.poll(1.0):
            received[fd] += connections[fd].recv(65_536)
            if _is_whole(received[fd]):
                answers, received[fd] = answers + 1, b""
                connections[fd].sendall(request)
    elapsed_s = time.perf_counter() - began
    poll.close()
    for one in connections.values():
        one.close()
    return answers / elapsed_s


def _is_whole(answer: bytes) -> bool:
    head, blank, body = answer.partition(b"\r\n\r\n")
    if not blank:
        return False
    if not head.startswith(b"HTTP/1.1 200"):
        raise SystemExit(f"the answer is not what is measured: {answer[:300]!r}")
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return len(body) >= int(line.partition(b":")[2])
    return body.endswith(b"0\r\n\r\n")


def _beside_ministack(directory: str, rounds: dict[str, list[float]]) -> None:
    with _ministack() as peer, emulator("--scenario", scenario(directory, "short", 1, 0, TEXT)) as emulated:
        ours, theirs = emulated.invocations("short"), _path_at(peer)
        _per_s(emulated, ours), _per_s(peer, theirs)  # both are warm
        for _ in range(_ROUNDS):
            here, there = _per_s(emulated, ours), _per_s(peer, theirs)
            rounds.setdefault("invoke_vs_ministack", []).append(here / there)
            rounds.setdefault("invoke_per_s", []).append(here)


def _first_of_200_s(server: Server, path: str) -> float:
    return median(stream(server.port, [post(path, _SLOW, "slow")] * _STREAMS, 0.1).first_s)


def _slow_streams(rounds: dict[str, list[float]]) -> None:
    with emulator("--agent", f"sdk={_SDK_AGENT}:app") as emulated:
        path = emulated.invocations("sdk")
        agent = agent_of(emulated, path, "slow")
        _first_of_200_s(agent, "/invocations"), _first_of_200_s(emulated, path)  # both are warm
        for _ in range(_ROUNDS):
            direct, through = _first_of_200_s(agent, "/invocations"), _first_of_200_s(emulated, path)
            rounds.setdefault("ttfb_200_vs_ministack", []).append(through / direct)
            rounds.setdefault("ttfb_200_ms", []).append(through * 1e3)


def main() -> None:
    """Measure and merge."""
    out = out_option(__doc__)
    rounds: dict[str, list[float]] = {}
    measure_from_here()
    if (_MINISTACK / "bin" / "ministack").is_file():
        with tempfile.TemporaryDirectory() as directory:
            _beside_ministack(directory, rounds)
    else:
        print(f"  invoke_vs_ministack: not measured, ministack is not in {_MINISTACK}")
    _slow_streams(rounds)
    measured = {name: spread(values) for name, values in rounds.items()}
    merge(out, measured)
    for name, values in measured.items():
        print(f"  {name}: {values}")


if __name__ == "__main__":
    main()
