"""Whether a signature is the one that its owner would have made: keys and the moment are arguments.

Source: IAM user guide, signature calculation, and error texts of other AWS services, read 2026-11-20 - documented; that
this service uses these texts, with AccessDeniedException, and allows five minutes between the clocks - assumed
"""

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Final, NoReturn

from agentcore_emulator.auth.sigv4_request import WireRequest, canonical_queries, canonical_request
from agentcore_emulator.auth.sigv4_signature import Signature
from agentcore_emulator.errors import AccessDeniedException

SERVICE: Final = "bedrock-agentcore"
SKEW_S_MAX: Final = 300.0
UNSIGNED_PAYLOAD: Final = "UNSIGNED-PAYLOAD"

_UNKNOWN_KEY: Final = "The security token included in the request is invalid."
_NO_MATCH: Final = (
    "The request signature we calculated does not match the signature you provided. "
    "Check your AWS Secret Access Key and signing method. Consult the service documentation for details."
)
_HASH_FORM: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class AccessKey:
    """What a signer knows besides the request; a session token belongs to temporary credentials."""

    secret: str
    session_token: str | None = None

    def __repr__(self) -> str:
        """Without what must not be seen."""
        return "AccessKey(…)"


def check_age(signature: Signature, age_s: float) -> None:
    """A signature in headers is good for some minutes around its moment, a presigned one until it expires.

    Args:
        age_s: how long ago it was made; negative for a moment to come.

    Raises:
        AccessDeniedException: it is not good now.
    """
    if age_s < -SKEW_S_MAX:
        _refuse(f"Signature not yet current: {signature.stamp} is more than 5 min. in the future")
    if signature.expires_s is None:
        if age_s > SKEW_S_MAX:
            _refuse(f"Signature expired: {signature.stamp} is now earlier than 5 min. ago")
    elif age_s >= signature.expires_s:
        _refuse(f"Signature expired: {signature.stamp} + {signature.expires_s} s have passed")


def known_key(signature: Signature, keys: Mapping[str, AccessKey], region: str) -> AccessKey:
    """The key that the signature names, when the signature is for this service and its session token is the key's.

    Raises:
        AccessDeniedException: there is no such key, or the scope is another one's.
    """
    key = keys.get(signature.access_key)
    if key is None:
        _refuse(_UNKNOWN_KEY)
    token = None if key.session_token is None else key.session_token.encode()
    if token is None or signature.session_token is None:
        if token is not signature.session_token:
            _refuse(_UNKNOWN_KEY)
    elif not hmac.compare_digest(token, signature.session_token):
        _refuse(_UNKNOWN_KEY)
    if signature.service != SERVICE:
        _refuse(f"Credential should be scoped to correct service: '{SERVICE}'.")
    if signature.region != region:
        _refuse(f"Credential should be scoped to a valid region, not '{signature.region}'.")
    return key


def declared_hash(request: WireRequest) -> str | None:
    """What `x-amz-content-sha256` says of the payload: its hash, `UNSIGNED-PAYLOAD`, or None without the header.

    Raises:
        AccessDeniedException: the header is there twice, or says something else.
    """
    values = request.values(b"x-amz-content-sha256")
    if not values:
        return None
    declared = values[0].decode("latin-1")
    if len(values) > 1 or (declared != UNSIGNED_PAYLOAD and _HASH_FORM.fullmatch(declared) is None):
        _refuse("x-amz-content-sha256 must be UNSIGNED-PAYLOAD or a valid sha256 value")
    return declared


def check_signature(request: WireRequest, signature: Signature, secret: str, payload_hash: str) -> None:
    """The signature is the one that this secret makes of this request.

    Raises:
        AccessDeniedException: it is not.
    """
    key = _signing_key(secret, signature.date, signature.region, signature.service)
    given = signature.value.encode()
    for query in canonical_queries(request.query):
        canonical = canonical_request(request, query, signature.signed_headers, payload_hash)
        text = f"AWS4-HMAC-SHA256\n{signature.stamp}\n{signature.scope}\n{sha256(canonical).hexdigest()}"
        if hmac.compare_digest(hmac.digest(key, text.encode(), sha256).hex().encode(), given):
            return
    _refuse(_NO_MATCH)


def check_payload(declared: str, actual: str) -> None:
    """The payload is the one whose hash was declared.

    Raises:
        AccessDeniedException: it is another.
    """
    if declared not in (UNSIGNED_PAYLOAD, actual):
        _refuse("The provided 'x-amz-content-sha256' header does not match what was computed.")


@lru_cache(maxsize=128)
def _signing_key(secret: str, date: str, region: str, service: str) -> bytes:
    key = f"AWS4{secret}".encode()
    for part in (date, region, service, "aws4_request"):
        key = hmac.digest(key, part.encode(), sha256)
    return key


def _refuse(message: str) -> NoReturn:
    raise AccessDeniedException(message)
