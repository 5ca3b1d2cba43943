"""Profiles: the TOML file that says how a backend is started, which agents it calls, and how it is put under load.

A profile holds no code: values, JSON pointers and ``{placeholders}`` only.
Paths in it are relative to the folder of the profile itself.
"""

import difflib
import re
import tomllib
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from agentcore_integration.errors import HarnessError

SHIPPED = Path(__file__).parent / "profiles"
# an agent of the harness's own is served under this name beside those of the profile
RESERVED_AGENT = "contract"


class Section(BaseModel):
    """A table of the profile; a key nobody reads is an error, never ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Backend(Section):
    """How the backend is started.

    In ``command`` and ``environment``: ``{fd}`` an inherited listening socket or ``{port}`` a free port, ``{python}``
    the interpreter the harness runs on, ``{region}``, ``{user_pool_id}``, ``{client_id}``, ``{issuer}``,
    ``{jwks_url}``, ``{agent_arns}`` (JSON object, name to ARN), ``{sessions_table}``, ``{messages_table}``.
    """

    command: list[str] = Field(min_length=1)
    cwd: Path = Path()
    environment: dict[str, str] = {}
    ready_path: str = Field(default="/health", pattern="^/")
    ready_timeout_s: float = Field(default=30.0, gt=0, le=600)


class Agent(Section):
    """What answers for one runtime: ``file`` (a ``bedrock-agentcore`` app, live) or ``scenario`` (TOML, scripted)."""

    file: Path | None = None
    scenario: Path | None = None

    @model_validator(mode="after")
    def one_of_two(self) -> Self:
        if (self.file is None) == (self.scenario is None):
            raise ValueError("name exactly one of file and scenario")
        return self


class Profile(Section):
    """A backend and what surrounds it; ``load`` is read by ``agentcore_load`` and holds its plan and ``limits``."""

    name: str = Field(pattern="^[a-z][a-z0-9-]{0,47}$")
    backend: Backend
    agents: dict[str, Agent] = Field(min_length=1)
    load: dict[str, Any] = {}


def load_profile(name_or_path: str) -> tuple[Profile, Path]:
    """Read a profile by path, or a shipped one by name; return it with its absolute path.

    Raises ``HarnessError`` naming file, line and key for anything that is wrong with it.
    """
    path = _find(name_or_path)
    try:
        text = path.read_text(encoding="utf-8")
        tables = tomllib.loads(text)
    except OSError as error:
        raise HarnessError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise HarnessError(f"{path}: is not UTF-8 text (byte {error.start})") from error
    except tomllib.TOMLDecodeError as error:
        raise HarnessError(f"{path}: is not TOML: {error}") from error
    try:
        profile = Profile.model_validate(tables)
    except ValidationError as error:
        raise HarnessError(_explain(path, text, error)) from error
    if RESERVED_AGENT in profile.agents:
        where = f"{path}:{line_of(text, ['agents', RESERVED_AGENT])}"
        raise HarnessError(
            f"{where}: agents.{RESERVED_AGENT}: the harness serves its own agent of this name; choose another"
        )
    return _with_absolute_paths(profile, path.parent), path


def _find(name_or_path: str) -> Path:
    given = Path(name_or_path)
    shipped = SHIPPED / f"{name_or_path}.toml"
    if given.is_file():
        return given.resolve()
    if given.name == name_or_path and shipped.is_file():
        return shipped
    names = ", ".join(sorted(path.stem for path in SHIPPED.glob("*.toml")))
    raise HarnessError(
        f"no profile {name_or_path}: give the path of a TOML file, or the name of a shipped one ({names})"
    )


def _with_absolute_paths(profile: Profile, folder: Path) -> Profile:
    agents = {
        name: Agent(
            file=agent.file and _existing(folder / agent.file, f"agents.{name}.file"),
            scenario=agent.scenario and _existing(folder / agent.scenario, f"agents.{name}.scenario"),
        )
        for name, agent in profile.agents.items()
    }
    backend = profile.backend.model_copy(update={"cwd": (folder / profile.backend.cwd).resolve()})
    if not backend.cwd.is_dir():
        raise HarnessError(f"backend.cwd: there is no folder {backend.cwd}")
    return profile.model_copy(update={"agents": agents, "backend": backend})


def _existing(path: Path, key: str) -> Path:
    resolved = path.resolve()
    if not resolved.is_file():
        raise HarnessError(f"{key}: there is no file {resolved}")
    return resolved


def _explain(path: Path, text: str, error: ValidationError) -> str:
    """Say the first problem in one line: file, line, key, what is wrong, what was probably meant."""
    # a misspelt key is also a missing one; the misspelling is what the reader can mend
    problem = min(error.errors(), key=lambda found: found["type"] != "extra_forbidden")
    keys = [str(key) for key in problem["loc"]]
    dotted = ".".join(keys)
    where = f"{path}:{line_of(text, keys)}"
    if problem["type"] == "extra_forbidden":
        near = difflib.get_close_matches(keys[-1], _known_keys(keys[:-1]), n=1)
        return f"{where}: unknown key {dotted}" + (f"; did you mean {near[0]}?" if near else "")
    if problem["type"] == "missing":
        return f"{where}: the key {dotted} is missing"
    return f"{where}: {dotted}: {problem['msg'].removeprefix('Value error, ')}"


def _known_keys(section: list[str]) -> list[str]:
    models: dict[str, type[Section]] = {"": Profile, "backend": Backend, "agents": Agent}
    return list(models[section[0] if section else ""].model_fields)


def line_of(text: str, keys: list[str]) -> int:
    """Return the line of a key in TOML text (1-based), or of the nearest table that holds it, or 1."""
    table: list[str] = []
    best = (0, 1)
    for number, line in enumerate(text.splitlines(), start=1):
        if header := re.match(r"\s*\[+\s*([^\]]+?)\s*\]+", line):
            table = [part.strip().strip("\"'") for part in header[1].split(".")]
            here = table
        elif assignment := re.match(r"\s*([\w\"'.-]+)\s*=", line):
            here = [*table, *(part.strip("\"'") for part in assignment[1].split("."))]
        else:
            continue
        shared = min(len(here), len(keys))
        if here[:shared] == keys[:shared] and shared > best[0]:
            best = (shared, number)
    return best[1]
