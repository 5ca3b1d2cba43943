"""The judge: a healthy run passes, and each requirement has been seen to fail or to be unknown."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from load_histories import ALL_PASS, outcomes, samples, stream, streams, verdict, write

from agentcore_contracts.verdict import Verdict, read_verdicts
from agentcore_load.history import Sample, SetupDone, Stream
from agentcore_load.judge import judge, main
from agentcore_load.limits import Limits


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a test writes its history."""
    return tmp_path / "history.jsonl"


def slow(count: int, **changes: object) -> list[Stream]:
    """The healthy run's 40 streams, `count` of them changed."""
    return [one._replace(**changes) if i < count else one for i, one in enumerate(streams())]  # type: ignore[arg-type]


def test_a_healthy_run_passes_everything(path: Path) -> None:
    """Ten users, 40 good streams, a prompt generator, a complete history."""
    assert outcomes(write(path, streams())) == ALL_PASS


@pytest.mark.parametrize(
    ("count", "first_chunk_ms", "expected"),
    [
        (3, 2000.0, "fail"),
        (3, 2000.001, "fail"),
        (3, 1999.999, "pass"),
        (2, 60_000.0, "pass"),  # two of forty are five per cent
        (3, None, "fail"),  # an answer without content never began
    ],
)
def test_a_slow_first_chunk_fails_exactly_at_the_limit(
    path: Path, count: int, first_chunk_ms: float | None, expected: str
) -> None:
    """L1: the 95th percentile of the first chunk is below two seconds, and two seconds are not below them."""
    history = write(path, slow(count, first_chunk_ms=first_chunk_ms))
    assert outcomes(history) == {**ALL_PASS, "L1": expected}


@pytest.mark.parametrize(("total_ms", "expected"), [(10_000.0, "fail"), (9_999.999, "pass")])
def test_a_slow_total_fails_exactly_at_the_limit(path: Path, total_ms: float, expected: str) -> None:
    """L2: the 95th percentile of the total is below ten seconds."""
    history = write(path, slow(3, total_ms=total_ms))
    assert verdict(history, "L2").outcome == expected


def test_nine_at_once_are_not_ten(path: Path) -> None:
    """L3: what counts is how many streams were open, not how many users were planned."""
    found = verdict(write(path, streams(users=9)), "L3")
    assert (found.outcome, found.actual) == ("fail", "at most 9 open at the same time")


@pytest.mark.parametrize("outcome", ["http_error", "connect_error"])
def test_refused_invocations_are_not_concurrent_streams(path: Path, outcome: str) -> None:
    """L3: ten refusals at once are no load."""
    history = write(path, [one._replace(outcome=outcome) for one in streams()])
    assert verdict(history, "L3").actual == "at most 0 open at the same time"


@pytest.mark.parametrize("outcome", ["cut", "error_event", "http_error", "no_terminator", "connect_error"])
def test_one_failed_stream_fails(path: Path, outcome: str) -> None:
    """L4: each way to fail counts, one of them is too many, and the evidence shows which stream it was."""
    history = write(path, slow(1, outcome=outcome, error="because\nof this"))
    found = verdict(history, "L4")
    assert (found.outcome, found.actual) == ("fail", "1 of 40 streams failed")
    assert "user 0 invocation 0" in found.evidence
    assert "because of this" in found.evidence
    assert verdict(history, "L4", Limits(failed_streams=1)).outcome == "pass"


def test_a_hung_target_fails(path: Path) -> None:
    """L1, L2, L4: streams that were silent for longer than the limits break them, though none ever ended."""
    hung = [stream(user, total_ms=15_000.0, first_chunk_ms=None, outcome="unfinished") for user in range(10)]
    assert outcomes(write(path, hung)) == {**ALL_PASS, "L1": "fail", "L2": "fail", "L4": "fail"}


def test_streams_given_up_early_decide_nothing(path: Path) -> None:
    """L2, L4: a stream that was stopped before its limit may have kept it."""
    history = write(path, slow(5, outcome="unfinished", total_ms=3000.0))
    assert outcomes(history) == {**ALL_PASS, "L2": "unknown", "L4": "unknown"}


def test_failed_streams_do_not_make_the_times_better(path: Path) -> None:
    """L1: a stream that was cut at once is no fast stream."""
    history = write(path, [*slow(3, first_chunk_ms=5000.0), *(stream(1, 9, outcome="cut") for _ in range(100))])
    assert verdict(history, "L1").outcome == "fail"


def test_too_few_streams_are_unknown_unless_they_decide(path: Path) -> None:
    """L1: ten good streams say nothing about a 95th percentile; ten bad ones do."""
    assert verdict(write(path, streams(rounds=1)), "L1").outcome == "unknown"
    bad = [one._replace(first_chunk_ms=3000.0) for one in streams(rounds=1)]
    assert verdict(write(path, bad), "L1").outcome == "fail"


@pytest.mark.parametrize(
    "sampled",
    [
        samples(lag_ms=25.0),  # always a little late
        [*samples()[:30], Sample(4.0, 10, 900.0)],  # stood still once, for a second
        [],
    ],
)
def test_a_lagging_generator_makes_times_unknown(path: Path, sampled: list[Sample]) -> None:
    """L5: when the generator was the bottleneck, its times are not judged; what it saw fail has failed."""
    history = write(path, slow(1, outcome="cut"), sampled)
    assert outcomes(history) == {**ALL_PASS, "L1": "unknown", "L2": "unknown", "L4": "fail", "L5": "unknown"}
    assert "L5: " in verdict(history, "L1").actual


def test_one_late_sample_is_no_bottleneck(path: Path) -> None:
    """L5: a hiccup of 50 ms in four seconds leaves the verdicts alone."""
    assert outcomes(write(path, streams(), [*samples()[1:], Sample(4.1, 10, 50.0)])) == ALL_PASS


def test_a_lagging_generator_excuses_missing_load(path: Path) -> None:
    """L3: nine at once by a generator that could not keep up is unknown, not a failure of the target."""
    assert verdict(write(path, streams(users=9), samples(lag_ms=500.0)), "L3").outcome == "unknown"


def test_a_cut_history_is_never_green(path: Path) -> None:
    """L6: whatever was lost, no pass rests on it."""
    content = write(path, streams()).read_bytes()
    for keep in (len(content) - 2, len(content) // 2, 400):
        path.write_bytes(content[:keep])
        said = outcomes(path)
        assert said["L6"] == said["L1"] == said["L2"] == said["L4"] == "unknown"
        assert "fail" not in said.values()


def test_a_line_lost_in_the_middle_is_noticed(path: Path) -> None:
    """L6: the last line counts what the others must be."""
    lines = write(path, streams()).read_text().splitlines(keepends=True)
    path.write_text("".join(lines[:20] + lines[21:]))
    assert "39) setups and streams" in verdict(path, "L6").actual


@pytest.mark.parametrize("change", [lambda text: text + text, lambda text: "\n" + text, lambda text: text + "{}\n"])
def test_a_history_that_was_tampered_with_is_unknown(path: Path, change: "object") -> None:
    """L6: two histories in one file, lines before the run or behind the end."""
    assert callable(change)
    path.write_text(change(write(path, streams()).read_text()))
    assert verdict(path, "L6").outcome == "unknown"


def test_an_interrupted_run_is_unknown(path: Path) -> None:
    """L6: a run that somebody stopped did not take place as planned."""
    assert verdict(write(path, streams(), reason="interrupted"), "L6").outcome == "unknown"


@pytest.mark.parametrize("content", [b"", b"\n", b"\x00" * 1000])
def test_an_empty_history_is_unknown(path: Path, content: bytes) -> None:
    """Nothing measured is never green, and never an error of the judge."""
    path.write_bytes(content)
    assert set(outcomes(path).values()) == {"unknown"}


def test_a_run_without_streams_is_unknown(path: Path) -> None:
    """L1 to L4: users that never invoked have measured nothing."""
    said = outcomes(write(path, []))
    assert said == {**ALL_PASS, "L1": "unknown", "L2": "unknown", "L3": "unknown", "L4": "unknown"}


def test_a_refused_user_fails(path: Path) -> None:
    """L7: one setup call that was not answered as planned, with its reason."""
    made = [SetupDone(user, 0.0, 5.0, 201, None) for user in range(9)]
    history = write(path, streams(), setups=[*made, SetupDone(9, 0.0, 5.0, 401, "expected status 201, got 401")])
    found = verdict(history, "L7")
    assert (found.outcome, found.evidence) == ("fail", "user 9: expected status 201, got 401")


def test_users_that_never_came_are_unknown(path: Path) -> None:
    """L7: nine setup calls for ten users."""
    made = [SetupDone(user, 0.0, 5.0, 201, None) for user in range(9)]
    assert verdict(write(path, streams(), setups=made), "L7").outcome == "unknown"


def test_a_plan_without_setup_is_not_run(path: Path) -> None:
    """L7: what was not asked for is named, and is no verdict."""
    lines = write(path, streams(), setups=[]).read_text().splitlines()
    run = json.loads(lines[0])
    run["plan"]["setup"] = None
    path.write_text("\n".join([json.dumps(run), *lines[1:]]) + "\n")
    assert outcomes(path) == {**ALL_PASS, "L7": "not run"}


def test_a_verdict_shows_what_a_reader_needs(path: Path) -> None:
    """Expected, actual and evidence in words, and the command that judges again."""
    limits = replace(Limits(), source=Path("my limits.toml"))
    found = verdict(write(path, slow(3, first_chunk_ms=2500.0)), "L1", limits)
    assert found.expected == ("p95 of the first chunk below 2 s, over at least 20 streams",)
    assert found.actual == "p95 2500.000 ms over 40 streams"
    assert found.evidence.startswith("p50 200.000 ms, max 2500.000 ms")
    assert found.replay == f"python -m agentcore_load.judge {path} --limits 'my limits.toml'"


@pytest.mark.parametrize(("count", "code", "word"), [(0, 0, "pass"), (3, 1, "fail")])
def test_the_command_exits_with_the_worst(
    path: Path, capsys: pytest.CaptureFixture[str], count: int, code: int, word: str
) -> None:
    """0 for pass, 1 for fail; the table names each requirement."""
    assert main([str(write(path, slow(count, first_chunk_ms=3000.0)))]) == code
    printed = capsys.readouterr().out
    assert printed.endswith(f"load: {word}\n")
    assert f"L1  {word}" in printed


def test_the_command_writes_verdicts(path: Path, tmp_path: Path) -> None:
    """The file of verdicts says what the judge said."""
    write(path, streams(users=9))
    assert main([str(path), "--verdicts", str(tmp_path / "v.jsonl")]) == 1
    said = [replace(one, duration_s=0.0) for one in judge(path, Limits()) if isinstance(one, Verdict)]
    read = [replace(one, duration_s=0.0) for one in read_verdicts(tmp_path / "v.jsonl") if isinstance(one, Verdict)]
    assert said == read


@pytest.mark.parametrize("arguments", [["absent.jsonl"], ["absent.jsonl", "--limits", "absent.toml"]])
def test_the_command_refuses_what_it_cannot_read(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """2 and one line on stderr."""
    assert main(arguments) == 2
    assert capsys.readouterr().err.count("\n") == 1
