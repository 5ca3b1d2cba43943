"""The catalogue: what a target owes, one cited sentence per requirement.

A requirement says *what* holds and *how we know*; it does not know how it is checked, nor against whom.
Each package that judges keeps its own `requirements.toml` beside its `__init__.py`, one table per requirement::

    [A4]
    sentence = "A session id of 33 to 256 characters is accepted, a shorter or longer one is refused with 400."
    level = "MUST"
    source = "AWS service model, shape SessionType, read 2026-11-20"
    established = "documented"

`established` is *documented* (AWS pages, the service model), *observed* (seen on the real service by somebody who
wrote it down) or *assumed* (our conclusion). An assumed requirement that the real service breaks is our defect.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final, Literal, cast, get_args

Level = Literal["MUST", "SHOULD"]
Established = Literal["documented", "observed", "assumed"]

FILE_NAME: Final = "requirements.toml"
_ID: Final = re.compile(r"[A-Z][A-Z0-9]*(-[A-Z0-9]+)*")
_KEYS: Final = ("sentence", "level", "source", "established")


class CatalogueError(Exception):
    """A `requirements.toml` is missing, or says something that is no requirement."""


@dataclass(frozen=True, slots=True)
class Requirement:
    """One sentence a target is held to, with where it comes from and how sure we are."""

    id: str
    sentence: str
    level: Level
    source: str
    established: Established

    def __post_init__(self) -> None:
        if not _ID.fullmatch(self.id):
            raise CatalogueError(f"requirement id {self.id!r}: expected capitals and digits, such as A4 or SSE-07")
        for name in ("sentence", "source"):
            text: object = getattr(self, name)
            if not isinstance(text, str) or not text.strip():
                raise CatalogueError(f"requirement {self.id}: {name} must be a text that is not empty, not {text!r}")
        for name, allowed in (("level", get_args(Level)), ("established", get_args(Established))):
            if getattr(self, name) not in allowed:
                raise CatalogueError(
                    f"requirement {self.id}: {name} is {getattr(self, name)!r}, expected one of {', '.join(allowed)}"
                )


def load_catalogue(package: str) -> dict[str, Requirement]:
    """The requirements of `package`, by id, in the order of its file.

    Raises `CatalogueError` when the package or its file is missing or a table in it is no requirement.
    """
    return dict(_load(package))


@cache
def _load(package: str) -> Mapping[str, Requirement]:
    try:
        text = files(package).joinpath(FILE_NAME).read_text("utf-8")
    except (ModuleNotFoundError, OSError) as error:
        raise CatalogueError(f"package {package}: its {FILE_NAME} cannot be read: {error}") from error
    return parse_catalogue(text, origin=f"{package}/{FILE_NAME}")


def parse_catalogue(text: str, *, origin: str) -> dict[str, Requirement]:
    """Requirements by id from the text of a `requirements.toml`; `origin` names the file in errors."""
    try:
        tables: dict[str, object] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise CatalogueError(f"{origin}: {error}") from error
    return {id_: _requirement(id_, table, origin) for id_, table in tables.items()}


def _requirement(id_: str, table: object, origin: str) -> Requirement:
    if not isinstance(table, dict) or set(table) != set(_KEYS):
        found = ", ".join(map(str, table)) if isinstance(table, dict) else repr(table)
        raise CatalogueError(f"{origin}: [{id_}] needs exactly the keys {', '.join(_KEYS)}; it has: {found}")
    try:
        return Requirement(id_, **cast("dict[str, str]", table))  # type: ignore[arg-type]  # checked in __post_init__
    except CatalogueError as error:
        raise CatalogueError(f"{origin}: {error}") from error
