"""The profile `reference-websocket`: the reference backend in all but its transport, and as green."""

import tomllib
from pathlib import Path

from gate_runs import AGENTS, harness

from agentcore_integration.profile import SHIPPED

JUDGED = ("G1", "I11", "I12", "I13", "I14", "I15", "I16", "I17", "L1", "L2")


def test_differs_in_its_transport_only() -> None:
    """Backend, agents and load are those of the reference profile; the coordinator's answers have an end message."""
    reference, websocket = (
        tomllib.loads((SHIPPED / f"{name}.toml").read_text(encoding="utf-8"))
        for name in ("reference", "reference-websocket")
    )
    reference["name"] = "reference-websocket"
    reference["backend"]["environment"]["AGENTCORE_TRANSPORT"] = "websocket"
    reference["agents"]["coordinator"]["scenario"] = "../agents/coordinator_websocket.toml"
    assert websocket == reference

    scripted, ended = (
        tomllib.loads((AGENTS / name).read_text(encoding="utf-8"))
        for name in ("coordinator.toml", "coordinator_websocket.toml")
    )
    assert ended == {**scripted, "events": [*scripted["events"], {"data": {"end": True}}]}


def test_gate_is_green(tmp_path: Path) -> None:
    """Whatever an answer goes through on its way, and the load, hold over WebSockets too."""
    selected = [word for requirement in JUDGED for word in ("--only", requirement)]
    run = harness("gate", "reference-websocket", "--report", "out", *selected, cwd=tmp_path)
    assert run.code == 0, run.out + run.err
    assert f"PASS reference-websocket: {len(JUDGED)} pass" in run.out
