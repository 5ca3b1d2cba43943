"""Profiles: read whole, or refused in one line that says where and what."""

from pathlib import Path

import pytest

from agentcore_integration.backend_process import fill
from agentcore_integration.errors import HarnessError
from agentcore_integration.profile import SHIPPED, line_of, load_profile

MINIMAL = """\
name = "mine"

[backend]
command = ["serve", "--port", "{port}"]

[agents.echo]
file = "echo.py"
"""


def write(folder: Path, text: str) -> str:
    (folder / "echo.py").touch()
    path = folder / "profile.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_paths_are_relative_to_the_profile(tmp_path: Path) -> None:
    """A profile means the same from whatever folder the gate is started in."""
    profile, path = load_profile(write(tmp_path, MINIMAL))
    assert path == tmp_path / "profile.toml"
    assert profile.agents["echo"].file == tmp_path / "echo.py"
    assert profile.backend.cwd == tmp_path


@pytest.mark.parametrize("shipped", sorted(path.stem for path in SHIPPED.glob("*.toml")))
def test_shipped_profiles_are_found_by_name(shipped: str) -> None:
    """Each shipped profile loads by its name, and has the name of its file."""
    profile, path = load_profile(shipped)
    assert (profile.name, path.stem) == (shipped, shipped)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (("[backend]", "[backend]\ncomand = 1"), "profile.toml:4: unknown key backend.comand; did you mean command?"),
        (('file = "echo.py"', 'fil = "echo.py"'), "profile.toml:7: unknown key agents.echo.fil; did you mean file?"),
        (("[agents.echo]", "[agent.echo]"), "profile.toml:6: unknown key agent; did you mean agents?"),
        (('command = ["serve", "--port", "{port}"]', ""), "profile.toml:3: the key backend.command is missing"),
        (('file = "echo.py"', ""), "profile.toml:6: agents.echo: name exactly one of file and scenario"),
        (("[agents.echo]", "[agents.contract]"), "profile.toml:6: agents.contract: the harness serves its own agent"),
        (('file = "echo.py"', 'file = "gone.py"'), "agents.echo.file: there is no file"),
        (("[backend]", '[backend]\ncwd = "gone"'), "backend.cwd: there is no folder"),
        (('name = "mine"', 'name = "mine'), "profile.toml: is not TOML"),
        (('name = "mine"', 'name = "Not a name"'), "profile.toml:1: name:"),
        (("[backend]", "[backend]\nready_timeout_s = -1"), "profile.toml:4: backend.ready_timeout_s:"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(tmp_path: Path, change: tuple[str, str], expected: str) -> None:
    """An error names the file, the line, the key, and what was probably meant."""
    text = MINIMAL.replace(*change)
    assert text != MINIMAL
    with pytest.raises(HarnessError) as refused:
        load_profile(write(tmp_path, text))
    assert expected in str(refused.value)
    assert "\n" not in str(refused.value).removesuffix("\n")


def test_missing_profile_names_the_shipped_ones() -> None:
    """A name that is neither a file nor shipped is refused with what there is."""
    with pytest.raises(HarnessError, match=r"no profile nope: .*reference"):
        load_profile("nope")


def test_profile_that_is_not_text_is_refused(tmp_path: Path) -> None:
    """Bytes that are not UTF-8 give an error, not a traceback."""
    path = tmp_path / "profile.toml"
    path.write_bytes(b"name = '\xff'")
    with pytest.raises(HarnessError, match="not UTF-8"):
        load_profile(str(path))


def test_line_of_finds_quoted_and_dotted_keys() -> None:
    """The line of a key is found however TOML allows it to be written."""
    text = 'a = 1\n["b c"]\nd.e = 2\n'
    assert (line_of(text, ["a"]), line_of(text, ["b c"]), line_of(text, ["b c", "d", "e"])) == (1, 2, 3)


def test_placeholders_are_filled_once() -> None:
    """A value that looks like a placeholder is not filled again, and JSON braces are left alone."""
    assert fill("{a} {fd} {{}}", {"a": "{b}", "b": "no"}, "k") == "{b} {fd} {{}}"


def test_unknown_placeholder_is_refused() -> None:
    """A placeholder nobody knows is an error that names the known ones."""
    with pytest.raises(HarnessError, match=r"k: unknown placeholder \{prot\}; known are \{fd\}, \{port\}"):
        fill("--port={prot}", {}, "k")
