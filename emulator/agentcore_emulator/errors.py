"""Every way an answer can be "no": one tree, one class for each error of the service model.

    ServiceError                            code, HTTP status, members, retryable
    ├── ValidationException                 400  reason, fieldList
    ├── UnauthorizedException               401
    ├── ServiceQuotaExceededException       402
    ├── AccessDeniedException               403
    ├── ResourceNotFoundException           404
    ├── UnknownOperationException           404  no such path and method
    ├── ConflictException                   409
    ├── RetryableConflictException          409  retryable
    ├── RuntimeClientError                  424  the agent's own failure
    ├── ThrottlingException                 429  retryable
    ├── InternalServerException             500  retryable
    ├── NotEmulatedException                501  of this emulator alone, so that it cannot be taken for AWS
    └── ServiceUnavailableException         503  retryable, retryAfterSeconds

Handlers raise; one place writes it to the wire (`aws/respond.py`). What the operator did wrong before
anything is served is another kind: `UsageError`, one line for people.
Source: service model bedrock-agentcore, read 2026-11-20 - documented
"""

# ruff: noqa: N818 - a class name here is the error code on the wire

from typing import ClassVar

SESSION_BUSY_MESSAGE = "Session operation in progress, please retry"


class UsageError(Exception):
    """The operator asked for something that cannot be served; the text is one line that says what to do."""


class ServiceError(Exception):
    """An error that the service answers with: the class name is the error code of the model."""

    http_status: ClassVar[int]
    retryable: ClassVar[bool] = False

    def __init__(self, message: str, **members: object) -> None:
        super().__init__(message)
        self.message = message
        self.members = members
        self.headers: tuple[tuple[bytes, bytes], ...] = ()

    @property
    def code(self) -> str:
        """The error's shape name, as it stands in `x-amzn-ErrorType`."""
        return type(self).__name__

    def body(self) -> dict[str, object]:
        """The JSON document of the answer: `message` in lower case, then the members of the shape."""
        return {"message": self.message, **self.members}


class ValidationException(ServiceError):
    """400: a member of the request breaks its constraint."""

    http_status = 400

    @classmethod
    def of_field(cls, field: str, constraint: str) -> "ValidationException":
        """The error for one member, in the words AWS services use.

        Source: exact texts of this service are not known, read 2026-11-20 - assumed
        """
        message = f"1 validation error detected: Value at '{field}' failed to satisfy constraint: {constraint}"
        return cls(message, reason="FieldValidationFailed", fieldList=[{"name": field, "message": constraint}])


class UnauthorizedException(ServiceError):
    """401: the caller did not prove who it is."""

    http_status = 401


class ServiceQuotaExceededException(ServiceError):
    """402: a quota of the account is used up."""

    http_status = 402


class AccessDeniedException(ServiceError):
    """403: the caller may not do this."""

    http_status = 403


class ResourceNotFoundException(ServiceError):
    """404: no such runtime, endpoint or session."""

    http_status = 404


class UnknownOperationException(ServiceError):
    """404: the service has no operation at this path and method."""

    http_status = 404


class ConflictException(ServiceError):
    """409: the request contradicts the state of the resource."""

    http_status = 409


class RetryableConflictException(ServiceError):
    """409: the session is being provisioned or torn down; the same request may work in a moment."""

    http_status = 409
    retryable = True


class RuntimeClientError(ServiceError):
    """424: the agent failed; its own status and body are not passed on."""

    http_status = 424

    @classmethod
    def of_status(cls, status: int) -> "RuntimeClientError":
        """The error for an agent that answered with `status`; 502 stands for one that hung up.

        Source: developer guide, troubleshooting, and messages reported by users, read 2026-11-20 - observed
        """
        return cls(f"Received error ({status}) from runtime. Please check your CloudWatch logs for more information.")

    @classmethod
    def of_slow_start(cls, limit_s: float) -> "RuntimeClientError":
        """The error for an agent that did not come up in time, or not at all.

        Source: messages reported by users for slow and for crashing agents, read 2026-11-20 - observed
        """
        return cls(
            f"Runtime initialization time exceeded. Please make sure that initialization completes in {limit_s:g}s."
        )


class ThrottlingException(ServiceError):
    """429: too many requests."""

    http_status = 429
    retryable = True


class InternalServerException(ServiceError):
    """500: the service's own failure."""

    http_status = 500
    retryable = True


class NotEmulatedException(ServiceError):
    """501: AWS has this operation, this emulator has not; no AWS client retries it."""

    http_status = 501


class ServiceUnavailableException(ServiceError):
    """503: the service cannot answer now."""

    http_status = 503
    retryable = True
