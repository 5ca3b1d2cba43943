"""How fast a history is judged: `judge_mb_s`, megabytes of history each second, over a history of 40 000 streams."""

import tempfile
import time
from pathlib import Path
from typing import Final

from measured import merge, out_option, spread

from agentcore_load.history import HistoryWriter, Run, Sample, Stream
from agentcore_load.judge import judge
from agentcore_load.limits import Limits

_ROUNDS: Final = 3
_STREAMS: Final = 40_000


def _write(path: Path) -> None:
    session = "0123456789abcdef0123456789abcdef01234567"
    with HistoryWriter(path) as history:
        history.write(Run({"users": 100, "setup": None}, {}, "2026-11-20T00:00:00.000+00:00"))
        for n in range(_STREAMS):
            at_s = n / 100
            history.write(Stream(n % 100, n, session, at_s, 1.2, 2.3, 200.4, 1000.5, 20, 3500, 51.6, "ok", 200, None))
            if n % 10 == 0:
                history.write(Sample(at_s + 0.1, 100, 0.4))
        history.end("finished", _STREAMS / 100)


def main() -> None:
    """Measure and merge."""
    out = out_option(__doc__)
    rounds = []
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "history.jsonl"
        _write(path)
        for _ in range(_ROUNDS):
            began_s = time.perf_counter()
            judge(path, Limits())
            rounds.append(path.stat().st_size / 1e6 / (time.perf_counter() - began_s))
    measured = {"judge_mb_s": spread(rounds)}
    merge(out, measured)
    print(f"  judge_mb_s: {measured['judge_mb_s']}")


if __name__ == "__main__":
    main()
