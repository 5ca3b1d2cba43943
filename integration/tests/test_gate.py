"""The gate: green on the reference backend, red or unknown with one clear line on everything else."""

import json
import signal
import subprocess
from pathlib import Path

import psutil
import pytest
from gate_runs import changed_profile, harness, start_harness, taken_port
from process_probes import kill_hard, tree, wait_gone

from agentcore_contracts.report.write import FORMS


def wait_for_line(process: "subprocess.Popen[str]", text: str) -> None:
    """Read the run's progress until a line holds the text."""
    assert process.stderr is not None
    for line in process.stderr:
        if text in line:
            return
    raise AssertionError(f"the run ended without saying {text!r}")


def test_selected_requirements_pass_and_the_report_is_written(tmp_path: Path) -> None:
    """The reference backend passes, and the folder holds the four forms, the history's place and the logs."""
    run = harness("gate", "reference", "--report", "out", "--only", "A1", "--only", "G1", "--seed", "7", cwd=tmp_path)
    assert (run.code, run.err.count("Traceback")) == (0, 0), run.err
    assert "PASS reference: 2 pass" in run.out
    assert set(FORMS) <= {path.name for path in (tmp_path / "out").iterdir()}
    assert json.loads((tmp_path / "out" / "verdict.json").read_text())["facts"]["seed"] == "7"


def test_broken_limit_turns_the_gate_red(tmp_path: Path) -> None:
    """A limit that the backend breaks gives exit code 1, the requirement, and the command that judges again."""
    profile = changed_profile(
        tmp_path, ("first_chunk_s = 2.0", "first_chunk_s = 0.001"), ("duration_s = 6", "duration_s = 2")
    )
    run = harness("gate", profile, "--report", "out", "--only", "L1", cwd=tmp_path)
    assert run.code == 1, run.err
    assert "fail L1" in run.out
    assert "agentcore_load.judge" in run.out


def test_backend_that_does_not_start_is_a_failure_with_its_log(tmp_path: Path) -> None:
    """The verdict is fail, the reason and the end of the backend's log are shown, and the report says the same."""
    command = """command = ["{python}", "-c", "raise SystemExit('no database configured')"]"""
    profile = changed_profile(tmp_path, ("command = ", command))
    run = harness("gate", profile, "--report", "out", cwd=tmp_path)
    assert (run.code, run.err.count("Traceback")) == (1, 0)
    assert "backend ended with exit code 1 before it was ready" in run.err
    assert "| no database configured" in run.err
    assert json.loads((tmp_path / "out" / "verdict.json").read_text())["counts"]["fail"] == 1


def test_agent_that_does_not_import_is_one_line_and_its_log(tmp_path: Path) -> None:
    """The agent is named, the last lines of what it wrote are shown, and nothing is judged."""
    (tmp_path / "agent.py").write_text("import no_such_module\n")
    profile = changed_profile(tmp_path, ("file = ", 'file = "agent.py"'))
    run = harness("gate", profile, cwd=tmp_path)
    assert run.code == 2
    assert f"agentcore-harness: agents.onboarding: {tmp_path / 'agent.py'} does not load" in run.err
    assert "No module named 'no_such_module'" in run.err


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("frobnicate",), "No such command 'frobnicate'"),
        (("gate",), "Missing argument 'PROFILE'"),
        (("gate", "nope"), "no profile nope"),
        (("gate", "reference", "--only", "Z9"), "--only Z9: there is no such requirement"),
        (("gate", "reference", "--seed", "minus"), "Invalid value for '--seed'"),
        (("gate", "reference", "--report", "/dev/null/x"), "/dev/null/x"),
        (("judge", "gone.jsonl"), "gone.jsonl"),
        (("contracts", "gone.json"), "gone.json"),
        (("up", "--agent", "nameless.py"), "--agent nameless.py: expected NAME=FILE.py"),
        (("run", "--scenario", "gone.toml", "--", "true"), "--scenario gone.toml: there is no such file"),
    ],
)
def test_wrong_words_are_one_clear_message(tmp_path: Path, arguments: tuple[str, ...], expected: str) -> None:
    """What is wrong with the command line is said without a traceback, with exit code 2."""
    run = harness(*arguments, cwd=tmp_path)
    assert (run.code, run.err.count("Traceback")) == (2, 0), run.err
    assert expected in run.err


def test_unknown_key_is_refused_before_anything_starts(tmp_path: Path) -> None:
    """A profile with a misspelt key names file, line and key, also inside the load section."""
    run = harness("gate", changed_profile(tmp_path, ("users = ", "user = 10")), cwd=tmp_path)
    assert (run.code, run.out) == (2, "")
    assert "unknown key 'user'" in run.err
    assert "starting" not in run.err


def test_port_in_use_is_one_line(tmp_path: Path) -> None:
    """``up`` on a port that somebody has says which, and what to do."""
    with taken_port() as port:
        run = harness("up", "--port", str(port), cwd=tmp_path)
    assert run.code == 2
    assert f"emulator cannot use port {port} of 127.0.0.1" in run.err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stopped_gate_cleans_up(tmp_path: Path, number: signal.Signals) -> None:
    """Ctrl-C ends the run with 130, everything it started, and its private files."""
    with start_harness("gate", "reference", cwd=tmp_path) as gate:
        wait_for_line(gate, "contracts:")
        processes = tree(gate.pid)
        gate.send_signal(number)
        _, err = gate.communicate(timeout=30)
    assert (gate.returncode, "Traceback" in err) == (130, False), err
    assert "stopped; everything it started has ended" in err
    assert wait_gone(processes, 1) == []


@pytest.mark.parametrize("moment", ["starting the backend", "contracts:", "load: 10 users"])
def test_killed_gate_leaves_nothing(tmp_path: Path, moment: str) -> None:
    """kill -9 of the gate, whatever it is at, leaves nothing running 5 s later."""
    arguments = ["--only", "L1"] if moment.startswith("load") else []
    with start_harness("gate", "reference", *arguments, cwd=tmp_path) as gate:
        wait_for_line(gate, moment)
        processes = [process for process in tree(gate.pid) if process.pid != gate.pid]
        kill_hard(gate.pid)
    assert processes
    assert wait_gone(processes, 5) == []
    assert [process for process in psutil.process_iter(["cwd"]) if process.info["cwd"] == str(tmp_path)] == []
