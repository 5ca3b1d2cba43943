"""A run from its plan to its history, with Locust in a process of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import pytest
from load_runs import LoadRun, plan, start
from stamping_server import SCRIPTS, StampingServer

import agentcore_load
from agentcore_load.history import Run

OUTCOMES = {
    "ok": "ok",
    "noise": "ok",
    "crlf": "ok",
    "cr": "ok",
    "close_delimited": "ok",
    "empty": "ok",
    "cut": "cut",
    "error": "error_event",
    "no_terminator": "no_terminator",
    "refused": "http_error",
    "json": "http_error",
    "hang": "unfinished",
}


@pytest.fixture(scope="module")
def server() -> Iterator[StampingServer]:
    """One server for all runs."""
    with StampingServer() as running:
        yield running


@pytest.fixture(scope="module")
def runs(server: StampingServer, tmp_path_factory: pytest.TempPathFactory) -> dict[str, LoadRun]:
    """One finished run for each script of the server; they ran side by side."""
    base = tmp_path_factory.mktemp("runs")
    started = {
        name: start(base / name, plan(server.url, f"/stream/{name}", {"stop_timeout_s": 0.2 if name == "hang" else 2}))
        for name in OUTCOMES
    }
    for one in started.values():
        one.wait()
    return started


@pytest.mark.parametrize(("name", "outcome"), OUTCOMES.items())
def test_each_way_a_stream_ends_has_its_outcome(runs: dict[str, LoadRun], name: str, outcome: str) -> None:
    """The run exits with 0 whatever it observed, and the history says how every stream ended."""
    assert runs[name].process.returncode == 0
    assert {one.outcome for one in runs[name].streams} == {outcome}
    assert runs[name].end.streams == len(runs[name].streams) >= 3


@pytest.mark.parametrize("name", ["ok", "noise", "crlf", "cr", "close_delimited"])
def test_the_first_chunk_is_seen_when_it_is_sent(server: StampingServer, runs: dict[str, LoadRun], name: str) -> None:
    """Whatever the line ends, the framing and the noise before it: never at the end of a buffer, 300 ms later."""
    errors = runs[name].first_chunk_errors_ms(server.journal, f"/stream/{name}")
    assert 0 <= errors[0] < 50
    assert runs[name].streams[0].chunks == SCRIPTS[name].events


def test_noise_is_a_first_byte_but_no_first_chunk(runs: dict[str, LoadRun]) -> None:
    """Comments, a ping and half an event came at once; the first chunk came 100 ms later."""
    for one in runs["noise"].streams:
        assert one.headers_ms is not None
        assert one.first_byte_ms is not None
        assert one.first_chunk_ms is not None
        assert one.headers_ms <= one.first_byte_ms < one.first_chunk_ms - 50


def test_a_hung_stream_is_recorded_with_its_age(runs: dict[str, LoadRun]) -> None:
    """A target that never answers leaves an unfinished stream for each user, not an empty history."""
    assert len(runs["hang"].streams) == 3
    assert all(one.total_ms > 500 and one.first_chunk_ms is None for one in runs["hang"].streams)


def test_a_reader_that_waits_for_a_buffer_is_caught(server: StampingServer, tmp_path: Path) -> None:
    """The comparison with the server's stamps sees the error of reading 1 024 bytes at a time."""
    variant = (sys.executable, str(Path(__file__).parent / "buffering_reader.py"))
    run = start(tmp_path / "buffering", plan(server.url, "/stream/ok", {"users": 1}), command=variant)
    run.wait()
    assert median(run.first_chunk_errors_ms(server.journal, "/stream/ok")) > 250


def test_the_history_tells_what_was_run(runs: dict[str, LoadRun]) -> None:
    """The first line holds the plan and the versions, and the saved session id is with every stream."""
    first = runs["ok"].records[0]
    assert isinstance(first, Run)
    assert first.plan["users"] == 3
    assert set(first.versions) >= {"python", "locust", "gevent"}
    assert {one.session_id for one in runs["ok"].streams} == {"session-of-more-than-33-characters-0001"}


def test_the_generator_is_sampled_ten_times_a_second(runs: dict[str, LoadRun]) -> None:
    """Open streams and loop lag stand in the history from the first tenth of a second on."""
    samples = runs["ok"].samples
    assert samples[0].at_s < 0.3
    assert max(one.in_flight for one in samples) == 3
    assert all(one.lag_ms >= 0 for one in samples)


def test_a_refused_user_is_recorded_without_its_token(server: StampingServer, tmp_path: Path) -> None:
    """The target sends the request head back with its 401; the history holds the reason, but no token."""
    run = start(tmp_path / "refused", plan(server.url, changes={"setup": {"path": "/refuse", "expect_status": 201}}))
    run.wait()
    assert [one.status for one in run.setups] == [401, 401, 401]
    assert "Bearer [token]" in (run.setups[0].error or "")
    assert "secret-" not in run.history.read_text()
    assert (run.end.reason, run.streams) == ("no_users_left", [])


def test_an_unreachable_target_is_an_observation(tmp_path: Path) -> None:
    """Nothing listens: the run takes place and records that, without asking thousands of times a second."""
    run = start(tmp_path / "unreachable", plan("http://127.0.0.1:1", changes={"setup": None}))
    run.wait()
    assert {one.outcome for one in run.streams} == {"connect_error"}
    assert 3 <= len(run.streams) <= 12
    assert "refused" in (run.streams[0].error or "")


@pytest.mark.parametrize(
    ("content", "message"),
    [("{", "plan.json: is not JSON"), ({"base_url": "http://h"}, "plan.json: invoke: expected an object")],
)
def test_a_plan_that_cannot_be_run_is_one_line(tmp_path: Path, content: object, message: str) -> None:
    """Exit code 2, the reason on stderr, no traceback, no history."""
    run = start(tmp_path / "bad", content)
    said = run.wait()
    assert (run.process.returncode, said.count("\n")) == (2, 1)
    assert message in said
    assert not run.history.exists()


@pytest.mark.parametrize("options", [("--history", "/nonexistent/h.jsonl"), ("--lifeline-fd", "97")])
def test_options_that_cannot_be_used_are_one_line(tmp_path: Path, options: tuple[str, str]) -> None:
    """Exit code 2 and the reason on stderr."""
    run = start(tmp_path / "bad", plan("http://127.0.0.1:1"), options=options)
    said = run.wait()
    assert (run.process.returncode, said.count("\n")) == (2, 1)


def test_progress_is_shown_each_second(server: StampingServer, tmp_path: Path) -> None:
    """Lines on stderr say how the run goes while it goes."""
    run = start(tmp_path / "progress", plan(server.url, changes={"duration_s": 1.2}))
    lines = run.wait().splitlines()
    assert len(lines) == 2
    assert "in flight 3" in lines[0]
    assert "first chunk p50 1" in lines[0]


def test_locust_runs_the_same_users(server: StampingServer, tmp_path: Path) -> None:
    """Under Locust's own command line the plan rules, and the history is the same."""
    (tmp_path / "plan.json").write_text(json.dumps(plan(server.url)))
    history = tmp_path / "history.jsonl"
    locustfile = Path(agentcore_load.__file__).parent / "locustfile.py"
    done = subprocess.run(
        [sys.executable, "-m", "locust", "-f", str(locustfile), "--headless", "--users", "1"],
        env={**os.environ, "AGENTCORE_LOAD_PLAN": str(tmp_path / "plan.json"), "AGENTCORE_LOAD_HISTORY": str(history)},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    run = LoadRun(tmp_path, subprocess.Popen(["/bin/true"], stderr=subprocess.PIPE, text=True))
    run.wait()
    assert done.returncode == 0, done.stderr
    assert run.end.reason == "finished"
    assert {one.user for one in run.streams} == {0, 1, 2}
    assert {one.outcome for one in run.streams} == {"ok"}
