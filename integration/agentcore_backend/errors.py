"""What can go wrong, as callers of the HTTP API see it.

ApiError
├── Unauthorized          401, with ``WWW-Authenticate``
├── InvalidRequest        400
├── NotFound              404, also for what belongs to somebody else
├── TooManyStreams        503, with ``Retry-After``
├── StoreUnavailable      503
└── KeysUnavailable       503, the identity provider's keys cannot be had
"""

from collections.abc import Mapping
from typing import ClassVar


class ApiError(Exception):
    """An answer that is not a success: status, code for programs, message for people."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal_error"
    headers: ClassVar[Mapping[str, str]] = {}

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message

    def body(self) -> dict[str, dict[str, str]]:
        """Return the JSON body of the answer."""
        return error_body(self.code, self.message)


class Unauthorized(ApiError):  # noqa: N818 - named after the answer it gives
    """The caller did not show who they are."""

    status = 401
    code = "unauthorized"
    headers: ClassVar[Mapping[str, str]] = {"WWW-Authenticate": "Bearer"}


class InvalidRequest(ApiError):  # noqa: N818 - named after the answer it gives
    """The request cannot be understood."""

    status = 400
    code = "invalid_request"


class NotFound(ApiError):  # noqa: N818 - named after the answer it gives
    """There is no such thing, or not for this caller: the two are not told apart."""

    status = 404
    code = "not_found"


class TooManyStreams(ApiError):  # noqa: N818 - named after the answer it gives
    """All threads for agents are taken."""

    status = 503
    code = "too_many_streams"
    headers: ClassVar[Mapping[str, str]] = {"Retry-After": "1"}


class StoreUnavailable(ApiError):  # noqa: N818 - named after the answer it gives
    """The chat store did not answer."""

    status = 503
    code = "store_unavailable"


class KeysUnavailable(ApiError):  # noqa: N818 - named after the answer it gives
    """No token can be checked, because the keys cannot be fetched."""

    status = 503
    code = "keys_unavailable"


def error_body(code: str, message: str) -> dict[str, dict[str, str]]:
    """Return the JSON body of every answer that is not a success."""
    return {"error": {"code": code, "message": message}}
