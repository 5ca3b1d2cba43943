"""Tokens that a backend has to refuse, made from a good one: other keys, other claims, no signature at all."""

import json
import time
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


def claims_of(token: str) -> dict[str, Any]:
    """Return the claims of a token, unchecked."""
    return jwt.decode(token, options={"verify_signature": False})


def signed_by_a_stranger(token: str) -> str:
    """Return the same header and claims, signed with a key that is not the pool's."""
    return jwt.encode(claims_of(token), _stranger_key(), algorithm="RS256", headers=_kept_header(token))


def unsigned(token: str) -> str:
    """Return the same claims with algorithm ``none``."""
    return jwt.encode(claims_of(token), "", algorithm="none", headers=_kept_header(token))


def signed_with_public_key(token: str, jwks: dict[str, Any]) -> str:
    """Return the same claims under HS256 with the pool's *public* key as the shared secret.

    A verifier that lets the token choose the algorithm takes it for good.
    """
    key = jwt.PyJWK.from_dict(jwks["keys"][0]).key
    secret = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    # PyJWT refuses to use a public key this way, so the token is put together by hand
    head = _segment({"alg": "HS256", "typ": "JWT", **_kept_header(token)})
    signing_input = f"{head}.{token.split('.')[1]}"
    digest = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256).sign(signing_input.encode(), secret)
    return f"{signing_input}.{_base64(digest)}"


def with_claims_changed(token: str) -> str:
    """Return the token with another user in its claims and its old signature."""
    head, _, signature = token.split(".")
    return f"{head}.{_segment({**claims_of(token), 'sub': 'somebody-else'})}.{signature}"


def re_signed_by_the_pool(token: str, **changes: Any) -> str | None:
    """Return the token with claims changed, signed with the private key that moto signs all its pools with.

    None when the installed moto keeps that key elsewhere.
    """
    key = _moto_private_key()
    if key is None:
        return None
    return jwt.encode({**claims_of(token), **changes}, key, algorithm="RS256", headers=_kept_header(token))


def expired(token: str) -> str | None:
    """Return the token as it will be when its time is over, or None when it cannot be made."""
    now = int(time.time())
    return re_signed_by_the_pool(token, iat=now - 7200, auth_time=now - 7200, exp=now - 3600)


@cache
def _stranger_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _moto_private_key() -> jwt.PyJWK | None:
    from moto.utilities.utils import load_resource

    try:
        key = load_resource("cognitoidp/resources/jwks-private.json")
        return jwt.PyJWK.from_dict(dict(key), algorithm="RS256")
    except (OSError, ValueError, TypeError, jwt.PyJWTError):
        return None


def _kept_header(token: str) -> dict[str, Any]:
    return {"kid": jwt.get_unverified_header(token)["kid"]}


def _segment(value: dict[str, Any]) -> str:
    return _base64(json.dumps(value, separators=(",", ":")).encode())


def _base64(data: bytes) -> str:
    return jwt.utils.base64url_encode(data).decode()
