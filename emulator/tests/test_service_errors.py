"""The error tree, compared with botocore's service model."""

from typing import Any

import botocore.session
import pytest

from agentcore_emulator import errors


def _modelled() -> dict[str, dict[str, Any]]:
    model = botocore.session.get_session().get_service_model("bedrock-agentcore")
    invoke = model.operation_model("InvokeAgentRuntime")
    stop = model.operation_model("StopRuntimeSession")
    return {shape.name: shape.metadata for shape in (*invoke.error_shapes, *stop.error_shapes)}


MODELLED = _modelled()


@pytest.mark.parametrize("code", sorted(MODELLED))
def test_every_modelled_error_has_a_class_with_its_status(code: str) -> None:
    """Code, status and retry trait are those of the model."""
    error: type[errors.ServiceError] = getattr(errors, code)

    assert error("x").code == code
    assert error.http_status == MODELLED[code]["error"]["httpStatusCode"]
    if "retryable" in MODELLED[code]:
        assert error.retryable


def test_a_validation_error_names_the_field() -> None:
    """The body has message, reason and the field."""
    body = errors.ValidationException.of_field("runtimeSessionId", "too short").body()

    assert body["reason"] == "FieldValidationFailed"
    assert body["fieldList"] == [{"name": "runtimeSessionId", "message": "too short"}]
    assert "runtimeSessionId" in str(body["message"])
