"""A bearer token, taken from a request and verified; what its claims are worth is another matter.

PyJWT verifies the signature. Its times are left to us, because they go by the emulator's clock.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import jwt
from jwt.utils import base64url_decode, base64url_encode

from agentcore_emulator.auth.jwks import ALGORITHMS, Provider, UnknownKeyError
from agentcore_emulator.auth.timeline import Timeline

TOKEN_SIZE_MAX: Final = 16_384
_COMPACT: Final = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_PYJWT_OPTIONS: Final[Any] = {
    "verify_signature": True,
    **{f"verify_{name}": False for name in ("exp", "nbf", "iat", "aud", "iss", "sub", "jti")},
}


class InvalidTokenError(Exception):
    """The token is not one of the provider's, or not now; the text is for its bearer."""


@dataclass(frozen=True, slots=True)
class VerifiedToken:
    """The claims of a token that the provider has signed and that is good now."""

    issuer: str
    claims: Mapping[str, Any]


async def verified(token: bytes, provider: Provider, timeline: Timeline) -> VerifiedToken:
    """The token's claims, when its signature is that of a key of the provider and its time has come and not gone.

    Raises:
        InvalidTokenError: it is not good.
        ProviderUnreachableError: that cannot be found out.
    """
    text = _text(token)
    algorithm, key_id = _header(text)
    try:
        issuer, key = await provider.key(key_id, algorithm)
        claims: Mapping[str, Any] = jwt.decode(text, key.key, algorithms=[algorithm], options=_PYJWT_OPTIONS)
    except (jwt.PyJWTError, UnknownKeyError, ValueError, TypeError, RecursionError):
        raise InvalidTokenError("Invalid Bearer token") from None
    if claims.get("iss") != issuer:
        raise InvalidTokenError("Claim 'iss' value mismatch with configuration.")
    _check_times(claims, timeline)
    return VerifiedToken(issuer, claims)


def _text(token: bytes) -> str:
    text = token.decode("latin-1")
    if len(text) > TOKEN_SIZE_MAX or _COMPACT.fullmatch(text) is None or not _is_canonical(text.split(".")):
        raise InvalidTokenError("Invalid Bearer token")
    return text


def _is_canonical(segments: Sequence[str]) -> bool:
    """Whether each part is the one way to write its bytes: the spare bits at the end of base64url are zero."""
    try:
        return all(base64url_encode(base64url_decode(segment)).decode() == segment for segment in segments)
    except ValueError:
        return False


def _header(text: str) -> tuple[str, str]:
    try:
        header = jwt.get_unverified_header(text)
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
        raise InvalidTokenError("Invalid Bearer token") from None
    algorithm, key_id = header.get("alg"), header.get("kid")
    if not isinstance(algorithm, str) or not isinstance(key_id, str) or algorithm not in ALGORITHMS or "crit" in header:
        raise InvalidTokenError("Invalid Bearer token")
    return algorithm, key_id


def _check_times(claims: Mapping[str, Any], timeline: Timeline) -> None:
    issued_s = _moment(claims, "iat")
    now_s = timeline.now_s() - (0.0 if issued_s is None else timeline.shift_s(issued_s))
    expires_s, begins_s = _moment(claims, "exp"), _moment(claims, "nbf")
    if expires_s is None:
        raise InvalidTokenError("Claim 'exp' is missing")
    if now_s >= expires_s:
        raise InvalidTokenError("Token has expired")
    if begins_s is not None and now_s < begins_s:
        raise InvalidTokenError("Token is not yet valid")


def _moment(claims: Mapping[str, Any], name: str) -> float | None:
    value = claims.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidTokenError(f"Claim '{name}' must be a number")
    try:
        moment = float(value)
    except OverflowError:
        moment = math.inf
    if not math.isfinite(moment):
        raise InvalidTokenError(f"Claim '{name}' must be a number")
    return moment
