"""Tokens and key sets made by the test itself, so that every claim and every header can be wrong in its own way."""

import time
from dataclasses import dataclass
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

ISSUER = "https://cognito-idp.ap-southeast-2.amazonaws.com/ap-southeast-2_TestPool1"
CLIENT_ID = "3n4b5urk1ft4fl3mg5e62d9ado"
USER_ID = "0b089d4f-939c-42cf-9bb3-cbcf9a4bb197"


@dataclass(frozen=True)
class Key:
    """A signing key and its id."""

    key_id: str
    private: rsa.RSAPrivateKey

    def public_jwk(self, **changes: Any) -> dict[str, Any]:
        """The public half, as a key set lists it."""
        jwk = RSAAlgorithm.to_jwk(self.private.public_key(), as_dict=True)
        return {**jwk, "kid": self.key_id, "alg": "RS256", "use": "sig", **changes}


@cache
def key(key_id: str) -> Key:
    """The key of this id, the same one for a whole run."""
    return Key(key_id, rsa.generate_private_key(public_exponent=65537, key_size=2048))


def claims(**changes: Any) -> dict[str, Any]:
    """The claims of a good access token; a change to None leaves a claim out."""
    now = int(time.time())
    good = {
        "iss": ISSUER,
        "sub": USER_ID,
        "client_id": CLIENT_ID,
        "token_use": "access",
        "iat": now,
        "exp": now + 3600,
    }
    return {name: value for name, value in {**good, **changes}.items() if value is not None}


def token(signer: Key, *, headers: dict[str, Any] | None = None, **changes: Any) -> str:
    """A token signed with RS256."""
    return jwt.encode(
        claims(**changes),
        signer.private,
        algorithm="RS256",
        headers={"kid": signer.key_id} if headers is None else headers,
    )
