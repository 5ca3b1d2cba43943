"""How well scripted streams keep time.

`tail_1000`: 99th percentile of the time to the first event, in ms, 1 000 streams at once, one event each 100 ms.
`delay_error_ms_p99`: how far from its asked time, counted from the request, an event of one of 100 streams arrives.
"""

import tempfile
from typing import Final

from measured import merge, out_option, spread
from measured_processes import Server, emulator, measure_from_here, scenario
from stream_client import post, stream

_ROUNDS: Final = 3
_MANY: Final = 1_000
_MANY_EVENTS: Final = 10
_MANY_GAP_MS: Final = 100
_MANY_S: Final = 2.5
_TIMED: Final = 100
_TIMED_EVENTS: Final = 20
_TIMED_GAP_MS: Final = 25
_TIMED_S: Final = 1.0


def _p99(values: list[float]) -> float:
    return sorted(values)[int(len(values) * 0.99)]


def _tail_ms(server: Server, path: str) -> float:
    requests = [post(path, b"{}", f"many-{n}") for n in range(_MANY)]
    return _p99(stream(server.port, requests, _MANY_S, stagger_s=1.0).first_s) * 1e3


def _delay_error_ms(server: Server, path: str) -> float:
    requests = [post(path, b"{}", f"timed-{n}") for n in range(_TIMED)]
    observed = stream(server.port, requests, _TIMED_S, stagger_s=0.5, arrivals=True)
    errors = [
        abs(at_s * 1e3 - n * _TIMED_GAP_MS) for arrivals_s in observed.arrivals_s for n, at_s in enumerate(arrivals_s)
    ]
    if len(errors) != observed.streams * _TIMED_EVENTS:
        raise SystemExit("bench_emulator_time: events are missing")
    return _p99(errors)


def main() -> None:
    """Measure and merge."""
    out = out_option(__doc__)
    rounds: dict[str, list[float]] = {"tail_1000": [], "delay_error_ms_p99": []}
    with tempfile.TemporaryDirectory() as directory:
        many = scenario(directory, "many", _MANY_EVENTS, _MANY_GAP_MS, "tick")
        timed = scenario(directory, "timed", _TIMED_EVENTS, _TIMED_GAP_MS, "tick")
        with emulator("--scenario", many, "--scenario", timed) as emulated:
            measure_from_here()
            for _ in range(_ROUNDS):
                rounds["tail_1000"].append(_tail_ms(emulated, emulated.invocations("many")))
                rounds["delay_error_ms_p99"].append(_delay_error_ms(emulated, emulated.invocations("timed")))
    measured = {name: spread(values) for name, values in rounds.items()}
    merge(out, measured)
    for name, values in measured.items():
        print(f"  {name}: {values}")


if __name__ == "__main__":
    main()
