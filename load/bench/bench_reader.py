"""How wrong our first-chunk times are: the history of a run against the stamps of the server that sent the chunks.

`reader_error_ms_p50_N` and `reader_error_ms_p99_N` for N users: first chunk as recorded, less the time from request
received to first content event sent, as the server saw it. What the loopback takes is part of it. Streams of 20 events
of 175 bytes, the first after 200 ms, the others 50 ms apart; connections are open, as they are after a setup call.

Server and generator have a core each, where there are two, and real-time priority, where that is permitted: what is
measured is the reader, not the other work of the machine.
"""

import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final
from urllib.request import urlopen

from measured import merge, out_option, spread

from agentcore_load.history import Stream, read
from agentcore_load.metrics import percentile

_SERVER: Final = Path(__file__).parent.parent / "tests" / "stamping_server.py"
_ROUNDS: Final = 3
_DURATION_S: Final = {10: 4.5, 200: 3.5}
_CORES: Final = sorted(os.sched_getaffinity(0))


@contextmanager
def _server() -> Iterator[str]:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(1024)
        command = [sys.executable, str(_SERVER), "--fd", str(listening.fileno())]
        process = subprocess.Popen(command, pass_fds=(listening.fileno(),))
        _undisturbed(process, _CORES[0])
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            process.terminate()
            process.wait()


def _undisturbed(process: "subprocess.Popen[bytes]", core: int) -> None:
    os.sched_setaffinity(process.pid, {core})
    with suppress(PermissionError):
        os.sched_setscheduler(process.pid, os.SCHED_FIFO, os.sched_param(1))


def _plan(base_url: str, users: int) -> dict[str, object]:
    return {
        "base_url": base_url,
        "users": users,
        "spawn_rate": users,  # over one second, which is less than one stream takes
        "duration_s": _DURATION_S[users],
        "stop_timeout_s": 5,
        "setup": {"path": "/chats", "expect_status": 201},
        "invoke": {
            "path": "/stream/paced",
            "body": {"key": "{user}/{n}"},
            "events": {"content": "chunk", "error": "error", "end": "done"},
        },
    }


def _errors_ms(users: int) -> list[float]:
    with _server() as base_url, tempfile.TemporaryDirectory() as directory:
        plan, history = Path(directory) / "plan.json", Path(directory) / "history.jsonl"
        plan.write_text(json.dumps(_plan(base_url, users)), encoding="utf-8")
        command = [sys.executable, "-m", "agentcore_load.run", "--plan", str(plan), "--history", str(history)]
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        _undisturbed(process, _CORES[-1])
        if process.wait() != 0:
            raise SystemExit(f"bench_reader: the run of {users} users ended with {process.returncode}")
        with urlopen(f"{base_url}/journal") as answer:  # noqa: S310 - the server started above
            stamps: dict[str, list[float]] = json.load(answer)
        streams = [one for one in read(history) if isinstance(one, Stream)]
    errors = []
    for one in streams:
        received_s, first_sent_s = stamps[f"{one.user}/{one.n}"][:2]
        if one.outcome != "ok" or one.first_chunk_ms is None:
            raise SystemExit(f"bench_reader: a stream failed: {one}")
        errors.append(one.first_chunk_ms - (first_sent_s - received_s) * 1000)
    return errors


def main() -> None:
    """Measure and merge; rounds of the user counts take turns, so that a busy moment meets them all."""
    out = out_option(__doc__)
    rounds: dict[str, list[float]] = {}
    for _ in range(_ROUNDS):
        for users in _DURATION_S:
            errors = _errors_ms(users)
            for rank in (50, 99):
                rounds.setdefault(f"reader_error_ms_p{rank}_{users}", []).append(percentile(errors, rank))
    measured = {name: spread(values) for name, values in rounds.items()}
    merge(out, measured)
    for name, values in measured.items():
        print(f"  {name}: {values}")


if __name__ == "__main__":
    main()
