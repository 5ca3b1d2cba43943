"""What a scripted stream costs, against the same bytes from a bare ASGI app on the same uvicorn.

`scripted_events`: CPU for each event, streams of 20 back to back, 16 at a time. `scripted_first_event`: median time to
the first event, one stream at a time. Both are ratios emulator / bare of one round; rounds take turns.
"""

import tempfile
from statistics import median
from typing import Final

from bare_agent import TEXT
from measured import merge, out_option, spread
from measured_processes import Server, bare, emulator, measure_from_here, scenario
from stream_client import once, post, stream

_ROUNDS: Final = 7
_EVENTS: Final = 20
_STREAMS: Final = 16
_DURATION_S: Final = 0.4
_PAYLOAD: Final = b'{"events": %d}' % _EVENTS


def _cpu_us_per_event(server: Server, path: str) -> float:
    requests = [post(path, _PAYLOAD, f"cost-{n}") for n in range(_STREAMS)]
    before_s = server.cpu_s()
    observed = stream(server.port, requests, _DURATION_S)
    return (server.cpu_s() - before_s) / (observed.streams * _EVENTS) * 1e6


def _first_event_us(server: Server, path: str) -> float:
    observed = stream(server.port, [post(path, _PAYLOAD, "first")], _DURATION_S)
    return median(observed.first_s) * 1e6


def _same_body(emulated: Server, path: str, baseline: Server) -> None:
    bodies = [once(emulated.port, post(path, _PAYLOAD, "same")), once(baseline.port, post("/", _PAYLOAD))]
    if len({body.partition(b"\r\n\r\n")[2] for body in bodies}) != 1:
        raise SystemExit(f"bench_emulator_scripted: the bodies differ: {bodies}")


def main() -> None:
    """Measure and merge."""
    out = out_option(__doc__)
    rounds: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as directory:
        file = scenario(directory, "script", _EVENTS, 0, TEXT)
        with bare() as baseline, emulator("--scenario", file) as emulated:
            path = emulated.invocations("script")
            _same_body(emulated, path, baseline)
            measure_from_here()
            for name, value in (("scripted_events", _cpu_us_per_event), ("scripted_first_event", _first_event_us)):
                value(baseline, "/"), value(emulated, path)  # both are warm
                for _ in range(_ROUNDS):
                    base, ours = value(baseline, "/"), value(emulated, path)
                    rounds.setdefault(name, []).append(ours / base)
                    rounds.setdefault(f"{name}_us", []).append(ours)
                    rounds.setdefault(f"{name}_bare_us", []).append(base)
    measured = {name: spread(values) for name, values in rounds.items()}
    merge(out, measured)
    for name, values in measured.items():
        print(f"  {name}: {values}")


if __name__ == "__main__":
    main()
