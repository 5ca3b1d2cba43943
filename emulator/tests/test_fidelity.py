"""The table of what is emulated, and the emulator's constants, against the service models that botocore installs."""

import pytest

from agentcore_emulator import errors
from agentcore_emulator.aws import command, operations, stop
from agentcore_emulator.aws.request import COMMAND_HEADERS, INVOKE_HEADERS, Limits
from agentcore_emulator.control.plane import HANDLERS
from agentcore_emulator.exchange import PAYLOAD_SIZE_MAX
from agentcore_emulator.fidelity import DOCUMENT, missing_from_table, render
from agentcore_emulator.fidelity_table import DATA_PLANE_ROWS
from agentcore_emulator.protocol.shapes import CONTROL_PLANE, DATA_PLANE, load_service
from agentcore_emulator.session_id import SESSION_ID_LENGTH_MAX, SESSION_ID_LENGTH_MIN

DATA = load_service(DATA_PLANE)
CONTROL = load_service(CONTROL_PLANE)
SERVED = [row.name for row in DATA_PLANE_ROWS if row.in_model and row.extent != "no"]


def test_the_table_mentions_all_that_the_models_know() -> None:
    """A new operation or a new member of the Runtime stands in the table, or this fails."""
    assert missing_from_table() == []


def test_the_document_is_fresh() -> None:
    """What stands in docs/fidelity.md is what the table and the models say now."""
    assert DOCUMENT.read_text(encoding="utf-8") == render(), "run python -m agentcore_emulator.fidelity"


@pytest.mark.parametrize("name", SERVED)
def test_routes_of_the_data_plane(name: str) -> None:
    """The hand-written routes of the hot path are those of the model."""
    method, template = DATA.route(name)

    assert operations.match(method, template.replace("{agentRuntimeArn}", "arn%3A").encode()) == (name, b"arn%3A")


@pytest.mark.parametrize(
    ("name", "limits"), [("InvokeAgentRuntime", INVOKE_HEADERS), ("InvokeAgentRuntimeCommand", COMMAND_HEADERS)]
)
def test_limits_of_headers(name: str, limits: Limits) -> None:
    """Header, member and both lengths, as the model has them; all that it has, but for session and user."""
    shape = DATA.operation(name).input
    assert shape is not None
    known = {
        member.wire_name.lower().encode(): (
            member.name,
            int(member.shape.shortest or 0),
            int(member.shape.longest or 0),
        )
        for member in shape.members.values()
        if member.location == "header" and member.name not in {"runtimeSessionId", "runtimeUserId"}
    }

    assert dict(limits) == known


def test_other_limits_of_the_data_plane() -> None:
    """Session ids, payloads, commands and tokens have the model's bounds."""
    session, payload = DATA.shape("SessionType"), DATA.shape("Body")
    body = DATA.shape("InvokeAgentRuntimeCommandRequestBody").members
    token = DATA.shape("ClientToken")

    assert (session.shortest, session.longest) == (SESSION_ID_LENGTH_MIN, SESSION_ID_LENGTH_MAX)
    assert payload.longest == PAYLOAD_SIZE_MAX
    assert body["command"].shape.longest == command.COMMAND_SIZE_MAX
    assert (token.shortest, token.longest) == (stop.TOKEN_LENGTH_MIN, stop.TOKEN_LENGTH_MAX)


def test_statuses_of_errors() -> None:
    """Errors have the models' statuses, and every error that an operation of the Runtime lists is in the tree."""
    tree = {error.__name__: error.http_status for error in errors.ServiceError.__subclasses__()}
    listed = {error for name in SERVED for error in DATA.operation(name).errors}
    listed |= {error for name in HANDLERS for error in CONTROL.operation(name).errors}

    assert listed <= set(tree)
    for model in (DATA, CONTROL):
        statuses = model.error_statuses()
        assert {name: status for name, status in tree.items() if name in statuses}.items() <= statuses.items()
