"""Writes `docs/fidelity.md`: what is emulated, how that is known, and what is not.

python -m agentcore_emulator.fidelity [FILE]
"""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from agentcore_emulator.control.plane import HANDLERS
from agentcore_emulator.fidelity_table import (
    BEHAVIOUR_ROWS,
    CONTROL_PLANE_ROWS,
    DATA_PLANE_ROWS,
    RUNTIME_FAMILY,
    OperationRow,
)
from agentcore_emulator.protocol.shapes import CONTROL_PLANE, DATA_PLANE, ServiceModel, load_service

DOCUMENT: Final = Path(__file__).parents[2] / "docs" / "fidelity.md"

_ROWS: Final = {DATA_PLANE: DATA_PLANE_ROWS, CONTROL_PLANE: CONTROL_PLANE_ROWS}
_TITLES: Final = {DATA_PLANE: "Data plane", CONTROL_PLANE: "Control plane"}

_HEAD = """\
# Fidelity: what is emulated, and how that is known

Written by `python -m agentcore_emulator.fidelity`; do not edit. A test compares it with the service models that
botocore installs, and fails when they know an operation or a member of the Runtime that is not mentioned here.

**Nothing here was ever compared with real AWS by this project.** *Documented* means AWS's pages and service models as
read on 2026-11-20, *observed by users* means what public reports of users show, *assumed* means that somebody had to
decide. The contract suite runs unchanged against an AWS account; what it finds there outranks this page. Not checked at
all: timing and capacity of AWS, IAM policies, billing, networks, regions, and every text marked *assumed*.
"""


def render() -> str:
    """The whole document."""
    return "\n".join(_lines()) + "\n"


def missing_from_table() -> list[str]:
    """What the installed models have in the Runtime family and the table does not mention, or the other way round."""
    return [line for service in _ROWS for line in _differences(load_service(service), _ROWS[service])]


def _differences(model: ServiceModel, rows: Iterable[OperationRow]) -> Iterator[str]:
    mentioned = {row.name: row for row in rows if row.in_model}
    known = {name for name in model.operation_names() if _family(model, name) in RUNTIME_FAMILY}
    for name in sorted(known - set(mentioned)):
        yield f"{name}: the model has it, the table has not"
    for name in sorted(set(mentioned) - known):
        yield f"{name}: the table has it, the model has not"
    for name in sorted(known & set(mentioned)):
        row = mentioned[name]
        if model.name == CONTROL_PLANE and (row.extent != "no") != (name in HANDLERS):
            yield f"{name}: the table says '{row.extent}', a handler says otherwise"
        if row.extent != "no":
            yield from _member_differences(model, row)


def _member_differences(model: ServiceModel, row: OperationRow) -> Iterator[str]:
    shape = model.operation(row.name).input
    known = set(shape.members) if shape is not None else set()
    mentioned = {*row.effective.split(), *row.kept.split()}
    for member in sorted(known - mentioned):
        yield f"{row.name}: member {member} is not mentioned"
    for member in sorted(mentioned - known):
        yield f"{row.name}: member {member} is none of the model's"


def _family(model: ServiceModel, name: str) -> str:
    return model.route(name)[1].split("/")[1]


def _lines() -> Iterator[str]:
    yield _HEAD
    for service, rows in _ROWS.items():
        yield f"## {_TITLES[service]}: the Runtime"
        yield ""
        yield "| operation | method and path | emulated | how established | limits | kept without effect |"
        yield "|---|---|---|---|---|---|"
        yield from (_operation_line(load_service(service), row) for row in rows)
        yield ""
    yield "## Behaviour\n\n| what | how established | limits |\n|---|---|---|"
    yield from (f"| {row.name} | {row.established} | {row.limits} |" for row in BEHAVIOUR_ROWS)
    yield "\n## Not emulated\n"
    yield "Every other operation of both services answers 501 `NotEmulatedException`, which no AWS client retries."
    for service in _ROWS:
        yield f"\n{_TITLES[service]}:\n"
        yield from _other_operations(load_service(service))


def _operation_line(model: ServiceModel, row: OperationRow) -> str:
    route = " ".join(model.route(row.name)) if row.in_model else "not in the model"
    kept = ", ".join(row.kept.split())
    return f"| {row.name} | `{route}` | {row.extent} | {row.established} | {row.limits} | {kept} |"


def _other_operations(model: ServiceModel) -> Iterator[str]:
    families: dict[str, list[str]] = {}
    for name in model.operation_names():
        family = _family(model, name)
        if family not in RUNTIME_FAMILY:
            families.setdefault(family, []).append(name)
    for family, names in sorted(families.items()):
        yield f"- {family}: {', '.join(sorted(names))}"


def main(arguments: list[str]) -> int:
    """Writes the document; 1, and nothing written, when the table does not fit the installed models."""
    target = Path(arguments[0]) if arguments else DOCUMENT
    missing = missing_from_table()
    if missing:
        print("\n".join(missing), file=sys.stderr)
        return 1
    target.write_text(render(), encoding="utf-8")
    print(f"{target} written")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
