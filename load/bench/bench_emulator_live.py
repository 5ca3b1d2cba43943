"""What the way through the emulator adds to a live agent, against the same agent process met directly.

`live_first_event_1` and `_100`: median time to the first event, 1 and 100 streams at once, an event every 10 ms.
`live_events`: events each second, streams of 100 without pauses; `_20` and `_1000` are for shorter and longer ones.
Ratios through / direct of one round; rounds take turns.
The agent shares its core with this client; the emulator has the other one.
"""

from statistics import median
from typing import Final

from measured import merge, out_option, spread
from measured_processes import BARE_AGENT, Server, agent_of, emulator, measure_from_here
from stream_client import post, stream

_ROUNDS: Final = 5
_SESSION: Final = "measured"
_PACED: Final = b'{"events": 6, "gap_ms": 10}'
_DURATION_S: Final = {1: 0.8, 100: 1.0}
_STAGGER_S: Final = 0.06
_FAST_EVENTS: Final = {20: "live_events_20", 100: "live_events", 1_000: "live_events_1000"}
_FAST_STREAMS: Final = 16
_FAST_S: Final = 0.4


def _first_event_us(server: Server, path: str, streams: int) -> float:
    requests = [post(path, _PACED, _SESSION)] * streams
    observed = stream(server.port, requests, _DURATION_S[streams], stagger_s=_STAGGER_S)
    return median(observed.first_s) * 1e6


def _events_per_s(server: Server, path: str, events: int) -> float:
    observed = stream(server.port, [post(path, b'{"events": %d}' % events, _SESSION)] * _FAST_STREAMS, _FAST_S)
    return observed.streams * events / observed.elapsed_s


def main() -> None:
    """Measure and merge."""
    out = out_option(__doc__)
    rounds: dict[str, list[float]] = {}
    with emulator("--agent", f"bare={BARE_AGENT}:app") as emulated:
        path = emulated.invocations("bare")
        agent = agent_of(emulated, path, _SESSION)
        measure_from_here()
        for _ in range(_ROUNDS):
            for streams in _DURATION_S:
                direct = _first_event_us(agent, "/invocations", streams)
                through = _first_event_us(emulated, path, streams)
                rounds.setdefault(f"live_first_event_{streams}", []).append(through / direct)
                rounds.setdefault(f"live_first_event_{streams}_us", []).append(through)
            for events, name in _FAST_EVENTS.items():
                direct, through = _events_per_s(agent, "/invocations", events), _events_per_s(emulated, path, events)
                rounds.setdefault(name, []).append(through / direct)
                rounds.setdefault(f"{name}_per_s", []).append(through)
    measured = {name: spread(values) for name, values in rounds.items()}
    merge(out, measured)
    for name, values in measured.items():
        print(f"  {name}: {values}")


if __name__ == "__main__":
    main()
