"""Scenario files."""

from pathlib import Path

import pytest

from agentcore_emulator.scenario import ScenarioError, load_scenario, parse_scenario

FILE = Path("travel.toml")
GOOD = 'seed = 7\n[[events]]\ndata = {text = "Hi"}\n[[events]]\ndata = [1]\ndelay_ms = 300\n'


def test_a_scenario_is_read_whole() -> None:
    """Events keep order, bytes and delays; the file's name is the runtime's."""
    scenario = parse_scenario(GOOD, FILE)

    assert scenario.runtime == "travel"
    assert scenario.seed == 7
    assert [(event.chunk, event.delay_s) for event in scenario.events] == [
        (b'data: {"text": "Hi"}\n\n', 0.0),
        (b"data: [1]\n\n", 0.3),
    ]


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (GOOD.replace("seed = 7", ""), "'seed' is missing"),
        (GOOD.replace("seed = 7", "seed = true"), "'seed' must be a whole number"),
        (GOOD.replace("seed", "speed = 1\nseed"), "'speed' is unknown"),
        (GOOD.replace("seed", "runtime = 1\nseed"), "'runtime' must be a text"),
        (GOOD.replace("delay_ms", "delay"), "'events[1].delay' is unknown"),
        (GOOD.replace("300", "-5"), "'events[1].delay_ms' must lie between"),
        (GOOD.replace("300", "nan"), "'events[1].delay_ms' must be a number"),
        (GOOD.replace("300", "true"), "'events[1].delay_ms' must be a number"),
        (GOOD.replace("[1]", "2026-11-20"), "'events[1].data' must be a JSON value"),
        (GOOD.replace("data = [1]", ""), "'events[1].data' is missing"),
        ("seed = 1\nevents = []", "'events' must be one or more"),
        ("seed = 1\nevents = [1]", "'events' must be one or more"),
    ],
)
def test_a_wrong_scenario_is_one_error_with_file_and_key(text: str, key: str) -> None:
    """Every mistake is told in one line that names where it is."""
    with pytest.raises(ScenarioError) as caught:
        parse_scenario(text, FILE)

    assert str(caught.value).startswith(f"scenario {FILE}: key {key}")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", [b"seed = ", b"\xff\xfe"])
def test_a_file_that_is_no_toml_is_refused_by_name(content: bytes, tmp_path: Path) -> None:
    """Broken TOML and broken text are told with the file's name."""
    file = tmp_path / "broken.toml"
    file.write_bytes(content)

    with pytest.raises(ScenarioError, match=r"broken\.toml"):
        load_scenario(file)
