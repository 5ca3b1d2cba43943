"""Who the imitated service lets in: it looks at what kind of authorization is there, and verifies nothing."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import quote

from defects import Defect
from imitated_agent import Answer, in_json
from imitated_control import ARN_STEM, Version
from imitated_errors import ServiceError, error_answer
from imitated_websocket import query_of, token_of

METADATA: Final = "invocations/.well-known/oauth-protected-resource"
OAUTH: Final = {
    "discovery_url": "http://127.0.0.1/.well-known/openid-configuration",
    "client_id": "allowed",
    "token": "token-of-allowed",
    "other_client_token": "token-of-another",
}
_MISMATCH: Final = "Authorization method mismatch. The agent is configured for a different authorization method"


def answered(
    operation: str, version: Version, raw_path: str, headers: Mapping[str, str], defect: Defect | None
) -> Answer | None:
    """The answer to who may not pass, and to a question that needs no authorization; None for all others."""
    takes_tokens = "authorizerConfiguration" in version.settings
    authorization = headers.get("authorization", "")
    if operation == METADATA and defect is not Defect.METADATA_NEEDS_TOKEN:
        return in_json(200, {"resource": "here"})
    if operation == "ws":
        return _handshake(raw_path, headers, version, defect)
    if not takes_tokens:
        return None if authorization or defect is Defect.UNSIGNED_ACCEPTED else _unsigned(defect)
    if authorization.startswith("AWS4"):
        return _signed(operation, defect)
    return _token(authorization.removeprefix("Bearer "), version.runtime_id, defect)


def _refusal(status: int, error_type: str, message: str, defect: Defect | None) -> Answer:
    return error_answer(ServiceError(status, error_type, message), "HTTP", defect)


def _unsigned(defect: Defect | None) -> Answer:
    answer = _refusal(403, "AccessDeniedException", "Missing Authentication Token", defect)
    if defect is Defect.UNSIGNED_CHALLENGED:
        answer.headers["WWW-Authenticate"] = "Bearer"
    return answer


def _signed(operation: str, defect: Defect | None) -> Answer | None:
    if defect is Defect.SIGNATURE_FOR_TOKEN or (defect is Defect.SIGNATURE_STOPS and "stop" in operation):
        return in_json(200, {})
    if defect is Defect.MISMATCH_NOT_EXPLAINED:
        return _refusal(403, "AccessDeniedException", "Forbidden", defect)
    return _refusal(403, "AccessDeniedException", _MISMATCH, defect)


def _token(token: str, runtime_id: str, defect: Defect | None) -> Answer | None:
    if not token:
        answer = _refusal(401, "UnauthorizedException", "Missing Authentication Token", defect)
        if defect is Defect.TOKEN_NOT_ASKED_FOR:
            return in_json(200, {})
        if defect is not Defect.CHALLENGE_MISSING:
            url = f"http://host/runtimes/{quote(ARN_STEM + runtime_id, safe='')}/{METADATA}"
            answer.headers["WWW-Authenticate"] = f'Bearer resource_metadata="{url}?qualifier=DEFAULT"'
        return answer
    if token != OAUTH["token"]:
        if defect is Defect.OTHER_CLIENT_ACCEPTED:
            return None
        claim = "?" if defect is Defect.CLAIM_NOT_NAMED else "client_id"
        status = 403 if defect is Defect.OTHER_CLIENT_IS_403 else 401
        message = f"Claim '{claim}' value mismatch with configuration."
        return _refusal(status, "UnauthorizedException", message, defect)
    if defect is Defect.TOKEN_REFUSED:
        return _refusal(401, "UnauthorizedException", "Invalid Bearer token", defect)
    return None


def _handshake(raw_path: str, headers: Mapping[str, str], version: Version, defect: Defect | None) -> Answer | None:
    token = token_of(headers)
    if token is not None:
        return _token("" if defect is Defect.SUBPROTOCOL_REFUSED else token, version.runtime_id, defect)
    query = query_of(raw_path)
    if "X-Amz-Date" not in query:
        needs_query = defect is Defect.SOCKET_NEEDS_QUERY or "authorization" not in headers
        return _refusal(403, "AccessDeniedException", "Missing Authentication Token", defect) if needs_query else None
    signed_at = datetime.strptime(query["X-Amz-Date"], "%Y%m%dT%H%M%S%z")
    expired = datetime.now(UTC) > signed_at + timedelta(seconds=int(query["X-Amz-Expires"]))
    if defect is Defect.PRESIGNED_REFUSED or (expired and defect is not Defect.PRESIGNED_FOR_EVER):
        return _refusal(403, "AccessDeniedException", "Signature expired", defect)
    return None
