"""Which agent answers for a runtime that was created over the API, and how the operator says so."""

from pathlib import Path
from typing import Any

import pytest
from control_calls import IMAGE, container
from emulator_program import run_to_end, running

from agentcore_emulator.control.binding import DEFAULT_AGENT, Bindings, load_bindings
from agentcore_emulator.errors import UsageError

ZIP = {
    "codeConfiguration": {
        "code": {"s3": {"bucket": "code-bucket", "prefix": "travel.zip"}},
        "runtime": "PYTHON_3_13",
        "entryPoint": ["app.py"],
    }
}
TABLE = {"named": "one", IMAGE: "two", "code-bucket/travel.zip": "three"}
BINDINGS = Bindings({"one": "live", "two": "scripted", "three": "live"}, TABLE)


@pytest.mark.parametrize(
    ("name", "artifact", "agent"),
    [
        ("named", container(), ("one", "live")),
        ("other", container(), ("two", "scripted")),
        ("other", ZIP, ("three", "live")),
        ("three", container("public.ecr.aws/a/b"), ("three", "live")),
        ("two", ZIP, ("three", "live")),
        ("other", container(IMAGE + "0"), (DEFAULT_AGENT, "scripted")),
    ],
)
def test_name_then_artifact_then_an_agent_of_that_name(
    name: str, artifact: dict[str, Any], agent: tuple[str, str]
) -> None:
    """The first that fits counts; what fits nothing has the default agent."""
    assert BINDINGS.agent_for(name, {"agentRuntimeArtifact": artifact}) == agent


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[bindings", "not TOML"),
        ("[binding]\na = 'b'", "key 'binding' is unknown"),
        ("bindings = 1", "must be a table"),
        ("[bindings]\na = 1", "key 'bindings.a' must be the name of an agent"),
    ],
)
def test_a_config_that_says_something_else_is_refused(tmp_path: Path, text: str, reason: str) -> None:
    """One line names the file, the key and what is wrong."""
    file = tmp_path / "emulator.toml"
    file.write_text(text)

    with pytest.raises(UsageError, match=reason):
        load_bindings(file)


def test_a_binding_names_an_agent_that_is_given() -> None:
    """What cannot be bound is refused before anything is served."""
    with pytest.raises(UsageError, match="names agent 'nobody', which is not given; given are: one"):
        Bindings({"one": "live"}, {"x": "nobody"})


def test_the_program_takes_a_config(tmp_path: Path) -> None:
    """`--config` is read at the start; a file that is not there, or an agent that is not, ends it."""
    file = tmp_path / "emulator.toml"
    file.write_text('[bindings]\nbot = "hello"\n')
    with running("--config", str(file)) as program:
        assert program.port

    file.write_text('[bindings]\nbot = "nobody"\n')
    assert "names agent 'nobody'" in run_to_end("--port", "0", "--config", str(file)).stderr
    assert "cannot be read" in run_to_end("--config", str(tmp_path / "none.toml")).stderr


@pytest.mark.parametrize("text", ["probe", "probe=SMTP", "=MCP", "nobody=MCP"])
def test_a_protocol_is_given_for_an_agent_there_is(text: str) -> None:
    """Anything else is one line of explanation, not a traceback."""
    ended = run_to_end("--port", "0", "--agent-protocol", text)

    assert (ended.returncode, ended.stderr.count("\n")) == (1, 1)
    assert "--agent-protocol" in ended.stderr
