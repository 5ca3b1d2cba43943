"""Values checked against the constraints of their shapes: required, type, length, range, pattern, enum, union.

Texts are those that AWS services share.
Source: validation errors of this and of other services, as users report them, read 2026-11-20 - observed;
the texts for unions and for wrong types, and the paths into lists and maps, are assumed
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from math import inf
from typing import Final

from agentcore_emulator.errors import ValidationException
from agentcore_emulator.protocol.shapes import Shape, compiled

SHOWN_LENGTH_MAX: Final = 256
DEPTH_MAX: Final = 64
ERRORS_SHOWN_MAX: Final = 20
# Where the model sets no limit; they keep the cost of a request bounded.
TEXT_LENGTH_MAX: Final = 16_384
ITEMS_MAX: Final = 1_000

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Problem:
    """A value that breaks a constraint; `shown` is None where the value is missing, secret or not a scalar."""

    path: str
    constraint: str
    shown: str | None = None

    def __str__(self) -> str:
        value = "Value" if self.shown is None else f"Value '{self.shown}'"
        return f"{value} at '{self.path}' failed to satisfy constraint: {self.constraint}"


def refusal(problems: list[Problem]) -> ValidationException:
    """The error for those problems, all in one message."""
    count = len(problems)
    listed = "; ".join(str(problem) for problem in problems[:ERRORS_SHOWN_MAX])
    return ValidationException(
        f"{count} validation error{'' if count == 1 else 's'} detected: {listed}",
        reason="FieldValidationFailed",
        fieldList=[{"name": problem.path, "message": problem.constraint} for problem in problems[:ERRORS_SHOWN_MAX]],
    )


def problems_of(shape: Shape, value: object, path: str = "", *, secret: bool = False, depth: int = 0) -> list[Problem]:
    """Everything that is wrong with `value`; empty when nothing is."""
    secret = secret or shape.sensitive
    if shape.document:
        return []
    if depth > DEPTH_MAX:
        return [Problem(path, f"Member must not be nested deeper than {DEPTH_MAX} levels")]
    check = _CHECKS.get(shape.type, _check_scalar)
    return list(check(shape, value, path, secret, depth))


def _check_structure(shape: Shape, value: object, path: str, secret: bool, depth: int) -> Iterator[Problem]:
    if not isinstance(value, Mapping):
        yield _wrong_type(path, "an object")
        return
    for name in shape.required:
        if value.get(name) is None:
            yield Problem(_join(path, name), "Member must not be null")
    given = [member for name, member in shape.members.items() if value.get(name) is not None]
    if shape.union and len(given) != 1:
        yield Problem(path, f"Member must have exactly one of [{', '.join(shape.members)}]")
    for member in given:
        yield from problems_of(
            member.shape,
            value[member.name],
            _join(path, member.name),
            secret=secret,
            depth=depth + 1,
        )


def _check_list(shape: Shape, value: object, path: str, secret: bool, depth: int) -> Iterator[Problem]:
    if not isinstance(value, list):
        yield _wrong_type(path, "a list")
        return
    yield from _check_size(shape, len(value), path, "length", None, ITEMS_MAX)
    for index, item in enumerate(value[:ITEMS_MAX], start=1):
        if item is None:
            yield Problem(f"{path}.{index}.member", "Member must not be null")
        else:
            yield from problems_of(shape.item, item, f"{path}.{index}.member", secret=secret, depth=depth + 1)


def _check_map(shape: Shape, value: object, path: str, secret: bool, depth: int) -> Iterator[Problem]:
    if not isinstance(value, Mapping):
        yield _wrong_type(path, "an object")
        return
    yield from _check_size(shape, len(value), path, "length", None, ITEMS_MAX)
    for key, item in islice(value.items(), ITEMS_MAX):
        yield from problems_of(shape.key, key, f"{path}.key", secret=secret, depth=depth + 1)
        if item is None:
            yield Problem(f"{path}.value", "Member must not be null")
        else:
            yield from problems_of(shape.item, item, f"{path}.value", secret=secret, depth=depth + 1)


def _check_string(shape: Shape, value: object, path: str, secret: bool, _depth: int) -> Iterator[Problem]:
    if not isinstance(value, str):
        yield _wrong_type(path, "a string")
        return
    shown = None if secret else value[:SHOWN_LENGTH_MAX]
    breaks = list(_check_size(shape, len(value), path, "length", shown, TEXT_LENGTH_MAX))
    if _LONE_SURROGATE.search(value):
        breaks.append(_wrong_type(path, "Unicode text"))
    yield from breaks
    if shape.enum and value not in shape.enum:
        yield Problem(path, f"Member must satisfy enum value set: [{', '.join(shape.enum)}]", shown)
    if not breaks and shape.pattern is not None and compiled(shape.pattern).fullmatch(value) is None:
        yield Problem(path, f"Member must satisfy regular expression pattern: {shape.pattern}", shown)


def _check_scalar(shape: Shape, value: object, path: str, secret: bool, _depth: int) -> Iterator[Problem]:
    accepted, words = _SCALARS[shape.type]
    if not isinstance(value, accepted) or (isinstance(value, bool) and shape.type != "boolean"):
        yield _wrong_type(path, words)
    elif isinstance(value, bytes):
        yield from _check_size(shape, len(value), path, "length", None)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield from _check_size(shape, value, path, "value", None if secret else str(value)[:SHOWN_LENGTH_MAX])


def _check_size(
    shape: Shape, size: float, path: str, measure: str, shown: str | None, ceiling: float = inf
) -> Iterator[Problem]:
    """`ceiling` holds where the model has no limit."""
    longest = ceiling if shape.longest is None else shape.longest
    if shape.shortest is not None and size < shape.shortest:
        yield Problem(path, f"Member must have {measure} greater than or equal to {_plain(shape.shortest)}", shown)
    if not size <= longest:
        yield Problem(path, f"Member must have {measure} less than or equal to {_plain(longest)}", shown)


def _plain(limit: float) -> str:
    return str(int(limit)) if limit == int(limit) else str(limit)


def _wrong_type(path: str, words: str) -> Problem:
    return Problem(path, f"Member must be {words}")


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


_Check = Callable[[Shape, object, str, bool, int], Iterator[Problem]]
_CHECKS: Final[dict[str, _Check]] = {
    "structure": _check_structure,
    "list": _check_list,
    "map": _check_map,
    "string": _check_string,
}
_SCALARS: Final[dict[str, tuple[tuple[type, ...], str]]] = {
    "integer": ((int,), "an integer"),
    "long": ((int,), "an integer"),
    "float": ((int, float), "a number"),
    "double": ((int, float), "a number"),
    "boolean": ((bool,), "true or false"),
    "timestamp": ((datetime,), "a timestamp"),
    "blob": ((bytes,), "base64 data"),
}
