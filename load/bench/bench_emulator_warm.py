"""What a new session costs when a process stands ready for it.

`warm_session`: median time to the first event of a new session, taken from the pool, against that of a session that
is there; ratio of one round. Between two new sessions the pool is given time to fill again.
"""

import time
from statistics import median
from typing import Final

from measured import merge, out_option, spread
from measured_processes import BARE_AGENT, Server, agent_of, emulator, measure_from_here, settled
from stream_client import post, stream

_ROUNDS: Final = 5
_NEW: Final = 4
_PAYLOAD: Final = b'{"events": 1}'
_POOL: Final = 4


def _first_event_ms(server: Server, path: str, sessions: list[str]) -> float:
    return median(stream(server.port, [post(path, _PAYLOAD, one)], 0).first_s[0] for one in sessions) * 1e3


def main() -> None:
    """Measure and merge."""
    out = out_option(__doc__)
    rounds: dict[str, list[float]] = {}
    with emulator("--agent", f"bare={BARE_AGENT}:app", "--pool", str(_POOL)) as emulated:
        path = emulated.invocations("bare")
        agent_of(emulated, path, "there")
        measure_from_here()
        for number in range(_ROUNDS):
            time.sleep(0.5)
            settled(emulated)
            new = _first_event_ms(emulated, path, [f"new-{number}-{n}" for n in range(_NEW)])
            time.sleep(0.5)
            settled(emulated)
            there = _first_event_ms(emulated, path, ["there"] * 20)
            rounds.setdefault("warm_session", []).append(new / there)
            rounds.setdefault("warm_session_ms", []).append(new)
    measured = {name: spread(values) for name, values in rounds.items()}
    merge(out, measured)
    for name, values in measured.items():
        print(f"  {name}: {values}")


if __name__ == "__main__":
    main()
